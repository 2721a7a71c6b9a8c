// What the chat page does in the browser: open and close the article and the collection, send on
// what is pressed, copy, save, place tooltips. Runs once, as the body of a function given
// `element` (the article pane), `trigger` (send an event to Python) and `watch` (run when Python
// has answered).

const narrow = window.matchMedia("(max-width: 899px)");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const part = (id) => document.getElementById(id);
const has = (name) => document.body.classList.contains(name);
let opener = null;
let request = 0;

// --- the article and the collection beside the chat ---

// Under the sheet of a narrow screen nothing can be reached; beside the panes everything can.
function settle() {
  const covered = (has("dl-reading") || has("dl-shelved")) && narrow.matches;
  for (const id of ["dl-top", "dl-chat"]) if (part(id)) part(id).inert = covered;
  for (const sheet of [element.querySelector(".dl-sheet"), part("dl-shelf")]) {
    if (!sheet) continue;
    sheet.setAttribute("role", covered ? "dialog" : "complementary");
    if (covered) sheet.setAttribute("aria-modal", "true");
    else sheet.removeAttribute("aria-modal");
  }
  part("dl-shelf")?.setAttribute("aria-label", "The collection");
  document.querySelector(".dl-shelve")?.setAttribute("aria-expanded", String(has("dl-shelved")));
}

function open(button, more = {}) {
  let wish;
  try {
    wish = JSON.parse(button.value);
  } catch {
    return;
  }
  // Chips are drawn anew while an answer streams in, so the button is found again by what it says.
  opener = { button, value: button.value };
  for (const other of document.querySelectorAll(".dl-current")) other.classList.remove("dl-current");
  for (const same of document.querySelectorAll(".dl-open"))
    if (same.value === button.value) same.classList.add("dl-current");
  request += 1;
  element.classList.add("dl-loading");
  trigger("click", { ...wish, ...more, request });
}

function shown() {
  element.classList.remove("dl-loading");
  const article = element.querySelector(".dl-article");
  if (!article) return;
  document.body.classList.add("dl-reading");
  settle();
  article.focus({ preventScroll: true });
  const scroller = element.querySelector(".dl-scroll");
  const mark = part("dl-mark");
  if (!mark) {
    scroller.scrollTop = 0;
    return;
  }
  const gap = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  const at = scroller.scrollTop + gap;
  // Where the quote is seen from the top, the headline is to be seen too.
  const top = at < scroller.clientHeight * 0.6 ? 0 : at - scroller.clientHeight / 4;
  scroller.scrollTo({ top, behavior: calm.matches ? "auto" : "smooth" });
}

function closeArticle() {
  document.body.classList.remove("dl-reading");
  settle();
  for (const other of document.querySelectorAll(".dl-current")) other.classList.remove("dl-current");
  if (!opener) return;
  const again = opener.button.isConnected
    ? opener.button
    : [...document.querySelectorAll(".dl-open")].find((b) => b.value === opener.value);
  if (again) again.focus();
}

function openShelf() {
  document.body.classList.remove("dl-reading");
  document.body.classList.add("dl-shelved");
  settle();
  trigger("expand");
  part("dl-shelf")?.querySelector(".dl-close")?.focus();
}

function closeShelf() {
  document.body.classList.remove("dl-shelved");
  settle();
  document.querySelector(".dl-shelve")?.focus();
}

function close() {
  if (has("dl-reading")) closeArticle();
  else if (has("dl-shelved")) closeShelf();
}

// --- taking away ---

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

// --- tooltips ---

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

// --- words selected in an answer are found in their article ---

const finder = document.createElement("button");
finder.type = "button";
finder.id = "dl-finder";
finder.textContent = "Find in the article";
finder.hidden = true;
document.body.append(finder);

function selected() {
  const selection = document.getSelection();
  const words = selection.toString().trim();
  const from = selection.anchorNode?.parentElement?.closest(".dl-piece");
  const chip = from?.querySelector(".dl-open");
  if (selection.isCollapsed || !words || !chip) {
    if (document.activeElement !== finder) finder.hidden = true;
    return;
  }
  const area = selection.getRangeAt(0).getBoundingClientRect();
  finder.hidden = false;
  const left = Math.min(area.left, window.innerWidth - finder.offsetWidth - 12);
  finder.style.left = `${Math.max(12, left)}px`;
  finder.style.top = `${Math.min(area.bottom + 6, window.innerHeight - 48)}px`;
  finder.onclick = () => {
    finder.hidden = true;
    open(chip, { words });
  };
}
document.addEventListener("selectionchange", selected);

// --- the conversation ---

// A new question goes to the top of the view, and its answer is read from its beginning; who
// scrolls by hand is left alone.
let questions = 0;
let following = false;
function follow() {
  // Gradio names each bubble by all of its markup.
  for (const bubble of document.querySelectorAll('#dl-talk [aria-label*="message: <"]'))
    bubble.setAttribute("aria-label", bubble.querySelector(".dl-answer") ? "Answer" : "Question");
  // Gradio calls the example questions a list, of buttons that are no items of one.
  for (const examples of document.querySelectorAll("#dl-talk .examples[role=list]")) {
    examples.setAttribute("role", "group");
    examples.setAttribute("aria-label", "Questions to begin with");
  }
  // Gradio lets no state of a button through in a message.
  for (const button of document.querySelectorAll("#dl-talk .dl-rate"))
    button.setAttribute("aria-pressed", String(button.classList.contains("dl-on")));
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
  scroller.scrollTop += gap - 12;
}
follow();
new MutationObserver(follow).observe(part("dl-chat") ?? document.body, {
  childList: true,
  subtree: true,
});
for (const move of ["wheel", "touchmove", "keydown", "pointerdown"])
  document.addEventListener(move, (event) => {
    if (event.target.closest?.("#dl-talk")) following = false;
  }, { passive: true });

// Which question of the conversation a button stands under.
function numbered(button) {
  const questions = [...document.querySelectorAll("#dl-talk .dl-question")];
  const before = (other) =>
    other === button || other.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING;
  return questions.filter(before).length - 1;
}

// --- the timeline: one stop for Tab, arrows within ---

function step(event, bar) {
  const bars = [...document.querySelectorAll(".dl-bin")];
  const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -bars.length, End: bars.length };
  if (!(event.key in moves)) return;
  event.preventDefault();
  const at = bars.indexOf(bar) + moves[event.key];
  const next = bars[Math.max(0, Math.min(at, bars.length - 1))];
  for (const other of bars) other.tabIndex = other === next ? 0 : -1;
  next.focus();
}

// --- files dropped anywhere on the page ---

const basket = () => document.querySelector("#dl-add input[type=file]");
const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event) || !part("dl-add")) return;
  event.preventDefault();
  document.body.classList.add("dl-dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dl-dropping");
});
document.addEventListener("drop", (event) => {
  document.body.classList.remove("dl-dropping");
  // The panel's own box takes what is dropped on it.
  if (!holdsFiles(event) || !basket() || event.target.closest?.("#dl-add")) return;
  event.preventDefault();
  openShelf();
  basket().files = event.dataTransfer.files;
  basket().dispatchEvent(new Event("change", { bubbles: true }));
});

// --- what is pressed ---

const pressed = {
  "dl-open": (button) => open(button),
  "dl-close": close,
  "dl-shelve": () => (has("dl-shelved") && !has("dl-reading") ? closeShelf() : openShelf()),
  "dl-copy": copy,
  "dl-save": save,
  "dl-ask": (button) => trigger("submit", { question: button.value }),
  "dl-retry": (button) => trigger("retry", { at: numbered(button) }),
  "dl-change": (button) => trigger("retry", { at: numbered(button), change: button.value }),
  "dl-edit": (button) => {
    trigger("edit", { at: numbered(button) });
    document.querySelector("#dl-question textarea")?.focus();
  },
  "dl-clear": () => trigger("clear"),
  "dl-undo": () => trigger("undo"),
  "dl-rate": (button) => trigger("like", { at: numbered(button), rating: button.value }),
  "dl-bin": (button, event) => {
    const [since, until] = JSON.parse(button.value);
    trigger("select", { since, until, extend: event.shiftKey });
  },
  "dl-unlimit": () => trigger("select", {}),
  "dl-turn": (button) => {
    trigger("input", { offset: Number(button.value) });
    part("dl-listing")?.scrollIntoView({ block: "start" });
  },
};
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  for (const name of button.classList) pressed[name]?.(button, event);
});
document.addEventListener("pointerover", place);
document.addEventListener("focusin", place);
document.addEventListener("keydown", (event) => {
  if (event.target.classList?.contains("dl-bin")) step(event, event.target);
  if (event.key !== "Escape") return;
  const tips = [...document.querySelectorAll(".dl-cite:not(.dl-hushed)")].filter(
    (cite) => getComputedStyle(cite.querySelector(".dl-tip")).display !== "none",
  );
  for (const cite of tips) cite.classList.add("dl-hushed");
  close();
});
narrow.addEventListener("change", settle);
settle();
watch("value", shown);
