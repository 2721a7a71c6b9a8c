// What the chat page does in the browser: open and close the article pane, copy, save, place
// tooltips. Runs once, as the body of a function given `element` (the pane), `trigger` (send an
// event to Python) and `watch` (run when Python has answered).

const narrow = window.matchMedia("(max-width: 899px)");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
let opener = null;
let request = 0;

const reading = () => document.body.classList.contains("dl-reading");
const chat = () => document.getElementById("dl-chat");

// Under the sheet of a narrow screen nothing can be reached; beside the pane everything can.
function settle() {
  const covered = reading() && narrow.matches;
  for (const id of ["dl-top", "dl-chat"]) {
    const part = document.getElementById(id);
    if (part) part.inert = covered;
  }
  const sheet = element.querySelector(".dl-sheet");
  if (!sheet) return;
  sheet.setAttribute("role", covered ? "dialog" : "complementary");
  if (covered) sheet.setAttribute("aria-modal", "true");
  else sheet.removeAttribute("aria-modal");
}

function open(button) {
  let wish;
  try {
    wish = JSON.parse(button.value);
  } catch {
    return;
  }
  // Chips are drawn anew while an answer streams in, so the button is found again by what it says.
  opener = { button, value: button.value, kind: button.className };
  for (const other of document.querySelectorAll(".dl-current")) other.classList.remove("dl-current");
  for (const same of document.querySelectorAll(".dl-open"))
    if (same.value === button.value) same.classList.add("dl-current");
  request += 1;
  element.classList.add("dl-loading");
  trigger("click", { ...wish, request });
}

function shown() {
  element.classList.remove("dl-loading");
  const article = element.querySelector(".dl-article");
  if (!article) return;
  document.body.classList.add("dl-reading");
  settle();
  article.focus({ preventScroll: true });
  const scroller = element.querySelector(".dl-scroll");
  const mark = document.getElementById("dl-mark");
  if (!mark) {
    scroller.scrollTop = 0;
    return;
  }
  const gap = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  const top = scroller.scrollTop + gap - scroller.clientHeight / 4;
  scroller.scrollTo({ top, behavior: calm.matches ? "auto" : "smooth" });
}

function close() {
  if (!reading()) return;
  document.body.classList.remove("dl-reading");
  settle();
  for (const other of document.querySelectorAll(".dl-current")) other.classList.remove("dl-current");
  if (!opener) return;
  const again = opener.button.isConnected
    ? opener.button
    : [...document.querySelectorAll(".dl-open")].find((b) => b.value === opener.value);
  if (again) again.focus();
}

async function copy(button) {
  let done = "Copied";
  try {
    await navigator.clipboard.writeText(button.value);
  } catch {
    done = "Copying is not allowed here";
  }
  const word = button.textContent;
  button.textContent = done;
  setTimeout(() => (button.textContent = word), 1600);
}

function save() {
  const answers = [...document.querySelectorAll(".dl-copy")].map((button) => button.value);
  if (!answers.length) return;
  const blob = new Blob(["# Dateline\n\n" + answers.join("\n---\n\n")], { type: "text/markdown" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "dateline.md";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// A tooltip is fixed to the window, so that no scrolling box cuts it off.
function place(event) {
  const cite = event.target.closest?.(".dl-cite");
  if (!cite) return;
  const tip = cite.querySelector(".dl-tip");
  const chip = cite.getBoundingClientRect();
  const width = Math.min(352, window.innerWidth - 24);
  const left = Math.max(12, Math.min(chip.left - 24, window.innerWidth - width - 12));
  tip.style.width = `${width}px`;
  tip.style.left = `${left}px`;
  const above = chip.top > window.innerHeight / 2;
  tip.style.top = above ? "auto" : `${chip.bottom + 6}px`;
  tip.style.bottom = above ? `${window.innerHeight - chip.top + 6}px` : "auto";
  cite.classList.remove("dl-hushed");
}

// A new question goes to the top of the view, and its answer is read from its beginning; who
// scrolls by hand is left alone.
let questions = 0;
let following = false;
function follow() {
  // Gradio names each bubble by all of its markup.
  for (const bubble of document.querySelectorAll("#dl-talk [aria-label*=\"message: <\"]"))
    bubble.setAttribute("aria-label", bubble.querySelector(".dl-answer") ? "Answer" : "Question");
  const asked = document.querySelectorAll("#dl-talk .dl-question");
  if (asked.length !== questions) {
    following = asked.length > questions;
    questions = asked.length;
  }
  if (!following || !asked.length) return;
  const last = asked[asked.length - 1];
  const scroller = last.closest(".bubble-wrap");
  if (!scroller) return;
  const gap = last.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTop += gap - 16;
}
new MutationObserver(follow).observe(chat() ?? document.body, { childList: true, subtree: true });
for (const move of ["wheel", "touchmove", "keydown", "pointerdown"])
  document.addEventListener(move, (event) => {
    if (event.target.closest?.("#dl-talk")) following = false;
  }, { passive: true });

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  if (button.classList.contains("dl-open")) open(button);
  else if (button.classList.contains("dl-close")) close();
  else if (button.classList.contains("dl-copy")) copy(button);
  else if (button.classList.contains("dl-save")) save();
});
document.addEventListener("pointerover", place);
document.addEventListener("focusin", place);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const tips = [...document.querySelectorAll(".dl-cite:not(.dl-hushed)")].filter(
    (cite) => getComputedStyle(cite.querySelector(".dl-tip")).display !== "none",
  );
  for (const cite of tips) cite.classList.add("dl-hushed");
  close();
});
narrow.addEventListener("change", settle);
watch("value", shown);
