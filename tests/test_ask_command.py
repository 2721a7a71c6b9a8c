"""`dateline ask`: one question, a conversation, questions from a pipe, a language model."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import sys
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_language_model import Script, serving, told
from fakes import FakeEncoder
from rich.console import Console

from embeddings import encoder as encoder_module
from embeddings.calibration import set_calibration
from embeddings.models import ModelChoice
from embeddings.records import Article, Calibration
from qa import retriever as retriever_module
from qa.records import Answer, Citation, Hit, Sentence, Status, Window
from qa.support import EVIDENCE
from ui import cli, options
from ui.ask import EXIT_NOT_SAID
from ui.render.sources import introduction
from ui.terminal_answer import places, show_answer, show_in_article

ROOT = Path(__file__).parents[1]
PORT = (
    "date 2024-03-01 Jane Roe\n\nArdmore\n\nDockers at the port of Ardmore walked out over pay. "
    "The strike at the port lasted 36 days.\n\nThe union leader Marta Venn called it a good deal."
    "\n"
)
VOTE = "date 2024-04-02 Our Staff\n\nVelin\n\nThe parliament of Velin rejected the budget.\n"
LASTED = "How long did the strike at the port last?"


@pytest.fixture(autouse=True)
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index over two articles in the current folder, by an encoder that loads no model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("DATELINE_LLM_URL", "DATELINE_LLM_MODEL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)

    def fake(choice: ModelChoice) -> FakeEncoder:
        return FakeEncoder(choice.name)

    monkeypatch.setattr(encoder_module, "open_encoder", fake)
    monkeypatch.setattr(retriever_module, "open_encoder", fake)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "port.txt").write_text(PORT)
    (tmp_path / "seeds" / "vote.txt").write_text(VOTE)
    assert dateline("rebuild").exit_code == 0
    # The fake's vectors tell less than a model's, so less of them is taken for an answer.
    set_calibration(tmp_path / "index", Calibration(answered=0.05, partly=0.02, evidence=EVIDENCE))
    return tmp_path


def dateline(*arguments: str, given: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(cli.main, arguments, input=given)
    # Anything but an exit is a traceback on a person's screen.
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


# -- one question --------------------------------------------------------------------------


def test_a_question_is_answered_with_numbered_quotes_and_their_sources() -> None:
    result = dateline("ask", *LASTED.split())
    assert result.exit_code == 0
    quoted = re.search(r"The strike at the port lasted 36 days\. \[(\d)\]", result.stdout)
    assert quoted
    assert f"[{quoted[1]}] Dockers at the port of Ardmore walked out" in result.stdout
    assert "Jane Roe · 1 March 2024 · port.txt" in result.stdout
    assert result.stderr == ""


def test_programs_get_the_record_of_the_endpoints() -> None:
    record = json.loads(dateline("ask", LASTED, "--json").stdout)
    assert record["status"] in ("answered", "partly")
    quotes = {citation["quote"]: citation["file"] for citation in record["citations"]}
    assert quotes["The strike at the port lasted 36 days."] == "port.txt"
    assert record["written_by"] == ""


def test_what_the_articles_do_not_say_has_an_exit_code_of_its_own() -> None:
    result = dateline("ask", "Who", "composed", "the", "opera", "Zorbinetta?")
    assert result.exit_code == EXIT_NOT_SAID == 3
    assert result.stdout.startswith(
        "“Zorbinetta” does not occur in the articles.\n"
        "The articles don’t say. The nearest passages:\n\n"
    )
    assert re_numbered(result.stdout) == ["[1]", "[2]"]


def re_numbered(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line.startswith("[")]


def test_time_words_are_read_from_the_clock_that_is_given_and_shown() -> None:
    asked = ("ask", "How many articles were published last month?", "--as-of", "2024-04-10")
    told_in_window = dateline(*asked)
    assert "Articles published from 1 to 31 March 2024 (“last month”)" in told_in_window.stdout
    assert "1 article appeared" in told_in_window.stdout
    assert json.loads(dateline(*asked, "--json").stdout)["window"] == {
        "since": "2024-03-01", "until": "2024-03-31", "phrase": "last month",
    }  # fmt: skip
    assert json.loads(dateline(*asked, "--no-dates", "--json").stdout)["window"] is None


@pytest.mark.parametrize(
    "narrowed", [("--since", "2024-04-01"), ("--place", "velin"), ("--path", "vote.txt")]
)
def test_the_search_is_narrowed(narrowed: tuple[str, ...]) -> None:
    record = json.loads(dateline("ask", "strike", "--json", *narrowed).stdout)
    assert {hit["file"] for hit in record["hits"]} == {"vote.txt"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", " "), "The question is empty"),
        (("ask", "w" * 5000), "5,000 characters long"),
        (("ask", "a", "--since", "2024-05-01", "--until", "2024-01-01"), "before it begins"),
        (("ask", "a", "--as-of", "yesterday"), "does not match the format"),
        (("ask", "a", "--index", "nowhere"), "There is no index"),
        (("ask", "a", "--llm-url", "localhost"), "not a web address"),
        (("ask", "a", "--llm-model", "m"), "not known where"),
        (("chat", "--llm-url", "http://localhost/v1"), "has no name"),
    ],
)
def test_wrong_usage_is_explained(arguments: tuple[str, ...], said: str) -> None:
    result = dateline(*arguments)
    assert result.exit_code == options.EXIT_ERROR
    assert said in result.stderr
    assert result.stdout == ""


# -- questions from a pipe -----------------------------------------------------------------


def test_piped_questions_are_one_conversation() -> None:
    result = dateline("ask", given=f"{LASTED}\n\n/open 1\n/new\nDid parliament reject the budget?")
    assert result.exit_code == 0
    parts = (
        f"? {LASTED}",
        "lasted 36 days. [",
        "Jane Roe · Ardmore · 1 March 2024 · port.txt",
        "  Dockers at the port of Ardmore walked out over pay. The strike at the port",
        "  The union leader Marta Venn",
        "A new conversation.",
        "? Did parliament reject the budget?",
        "rejected the budget. [",
    )
    places_found = [result.stdout.index(part) for part in parts]
    assert places_found == sorted(places_found)


def test_piped_follow_ups_lean_on_what_was_asked_until_a_new_conversation() -> None:
    given = f"{LASTED}\nand in Velin?\n/new\nand in Velin?\n"
    lines = dateline("ask", "--json", given=given).stdout.splitlines()
    first, second, third = (json.loads(line) for line in lines)
    assert first["resolved_question"] == LASTED
    assert "Velin" in second["resolved_question"]
    assert second["resolved_question"] != second["question"]
    assert third["resolved_question"] == third["question"]


def test_the_worst_of_several_questions_gives_the_exit_code() -> None:
    unsaid = "Who composed the opera Zorbinetta?\n"
    assert dateline("ask", given=f"{LASTED}\n{unsaid}").exit_code == EXIT_NOT_SAID
    wrong = dateline("ask", given=f"/open 1\n/open x y\n/nonsense\n/quit\n{unsaid}")
    assert wrong.exit_code == options.EXIT_ERROR
    assert wrong.stderr.count("/quit") == 2
    assert "The last answer has no source numbered 1." in wrong.stderr
    assert dateline("ask", given="").exit_code == 0


def test_bytes_that_are_no_text_are_asked_all_the_same() -> None:
    result = dateline("ask", given=b"\xff\xfe\x00 strike at the port\x1b[2J\n")
    assert result.exit_code in (0, EXIT_NOT_SAID)
    assert "\x1b" not in result.stdout


def test_an_article_that_has_changed_is_not_shown_as_if_it_had_not(newsroom: Path) -> None:
    from ui.terminal_talk import Conversation

    article = Article("a", "A", "Before. After.", "a")
    citation = Citation.of(1, article, 0, 7)
    answer = Answer("q", "q", Status.ANSWERED, (Sentence("Before.", (1,)),), (citation,))
    changed = Article("a", "A", "Something else.", "a")
    talk = Conversation(lambda *_: answer, lambda _: changed, Console())
    assert talk.take("q")
    assert talk.take("/open 1")
    assert talk.failed == 1


# -- the conversation at a prompt ----------------------------------------------------------

_PROGRAM = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from fakes import FakeEncoder
from qa import retriever
retriever.open_encoder = lambda choice: FakeEncoder(choice.name)
from ui.cli import main
main(["ask"])
"""


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, code: str) -> None:
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "dumb"
            os.execv(sys.executable, [sys.executable, "-c", code])
        self.seen = ""
        self.ended = False

    def wait_for(self, words: str, seconds: float = 60) -> str:
        """What was printed up to and with the words."""
        deadline = time.monotonic() + seconds
        while words not in self.seen:
            ready, _, _ = select.select([self.end], [], [], max(0, deadline - time.monotonic()))
            assert ready, self.seen
            try:
                self.seen += os.read(self.end, 4096).decode()
            except OSError as error:
                raise AssertionError(self.seen) from error
        before, _, self.seen = self.seen.partition(words)
        return before + words

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    def leave(self, keys: str, seconds: float = 60) -> int:
        """What the program ends with after these keys."""
        deadline = time.monotonic() + seconds
        self.type(keys)
        pressed = time.monotonic()
        while (found := os.waitpid(self.pid, os.WNOHANG))[0] == 0:
            assert time.monotonic() < deadline, "the program did not end"
            if time.monotonic() > pressed + 2:
                # An interrupt that comes just as readline sets the terminal up waits for a key.
                self.type(keys)
                pressed = time.monotonic()
            with suppress(OSError):  # Linux reports the end of the other side as an error.
                if select.select([self.end], [], [], 0.1)[0]:
                    os.read(self.end, 4096)
        self.ended = True
        return os.waitstatus_to_exitcode(found[1])

    def end_program(self) -> None:
        """End it where it has not ended yet, as when a test has failed."""
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.end)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(("leaving", "code"), [("/quit\n", 0), ("\x04", 0), ("\x03", 130)])
def test_a_conversation_at_a_prompt(leaving: str, code: int) -> None:
    terminal = Terminal(_PROGRAM.format(root=str(ROOT), tests=str(ROOT / "tests")))
    try:
        terminal.wait_for("? ")
        terminal.type(f"{LASTED}\n")
        assert "lasted 36 days. [" in terminal.wait_for("port.txt")
        terminal.wait_for("\n? ")
        terminal.type("/open 1\n")
        terminal.wait_for("Marta Venn")
        terminal.wait_for("\n? ")
        assert terminal.leave(leaving) == code
    finally:
        terminal.end_program()


# -- with a language model -----------------------------------------------------------------


def test_a_language_model_words_the_answer_and_its_doubts_are_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "The strike at the port lasted 36 days [1]. It was ended by troops from Orrland [1]."
    with serving(Script(told(text))) as server:
        result = dateline("ask", LASTED, "--llm-url", server.url, "--llm-model", "fake")
        monkeypatch.setenv("DATELINE_LLM_URL", server.url)
        monkeypatch.setenv("DATELINE_LLM_MODEL", "fake")
        record = json.loads(dateline("ask", LASTED, "--json").stdout)
        asked = len(server.requests)
        quoted = json.loads(dateline("ask", LASTED, "--json", "--quotes").stdout)
        assert len(server.requests) == asked == 2
    assert result.exit_code == 0
    shown = " ".join(result.stdout.split())
    assert "The strike at the port lasted 36 days. [1] It was ended by troops" in shown
    assert "(not confirmed: " in shown
    assert "[1] “The strike at the port lasted 36 days.”" in shown
    assert "Worded by fake; each sentence was checked against the articles." in shown
    assert record["written_by"] == "fake"
    assert [bool(sentence["doubts"]) for sentence in record["sentences"]] == [False, True]
    assert quoted["written_by"] == ""


def test_a_language_model_that_fails_leaves_the_quotes() -> None:
    with serving(Script(status=404, body="{}")) as server:
        result = dateline("ask", LASTED, "--llm-url", server.url, "--llm-model", "fake")
    assert result.exit_code == 0
    assert "The strike at the port lasted 36 days. [" in result.stdout
    shown = " ".join(result.stdout.split())
    assert "knows no model 'fake'" in shown
    assert "is quoted from the articles instead." in shown


def test_a_language_model_words_follow_ups_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_LLM_REWRITE", "yes")
    worded = "How long did the strike at the port last in Velin?"
    lasted = Script(told("The strike at the port lasted 36 days [1]."))
    with serving(lasted, Script(told(worded)), lasted) as server:
        arguments = ("--llm-url", server.url, "--llm-model", "fake", "--json")
        result = dateline("ask", *arguments, given=f"{LASTED}\nand in Velin?\n")
        assert len(server.requests) == 3
    assert json.loads(result.stdout.splitlines()[1])["resolved_question"] == worded


def test_counts_are_left_alone_by_a_language_model() -> None:
    with serving(Script(told("Ninety articles mention it [1]."))) as server:
        result = dateline(
            "ask", "How many articles mention the strike?",
            "--llm-url", server.url, "--llm-model", "fake",
        )  # fmt: skip
        assert server.requests == []
    assert "1 article mentions “strike”" in result.stdout


# -- what is printed -----------------------------------------------------------------------


def printed(answer: Answer) -> str:
    console = Console(width=70, record=True, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    show_answer(console, answer)
    console.file.close()
    return console.export_text()


def test_everything_that_an_answer_says_is_printed_and_nothing_is_obeyed() -> None:
    text = "First \x1b[31mline.\n\nSecond [bold]line[/bold]."
    article = Article("a.pdf", "\x1b]0;title\x07 A", text, "a.pdf", date(2024, 1, 2), pages=(0, 15))
    quotes = (Citation.of(1, article, 0, 17), Citation.of(2, article, 18, len(text)))
    answer = Answer(
        "and then?",
        "What then?",
        Status.PARTLY,
        tuple(Sentence(quote.quote, (quote.number,)) for quote in quotes),
        quotes,
        window=Window(date(2024, 1, 1), None, "since January"),
        notes=("A note.",),
        summary="Two outlets differ.",
        follow_ups=("Who else?",),
    )
    text = printed(answer)
    assert "\x1b" not in text
    for part in (
        "Read as: What then?",
        "Articles published from 1 January 2024 on (“since January”)",
        "Two outlets differ.",
        introduction(answer),
        "Second [bold]line[/bold]. [2]",
        "[1] [2] ",
        "2 January 2024 · a.pdf · pp. 1, 2",
        "A note.",
        "Ask next: Who else?",
    ):
        assert part in text
    assert not any(line.endswith(" ") for line in text.splitlines() if "[" in line)


def test_a_list_shows_each_article_with_its_sentence_once() -> None:
    from fakes_ui import HARBOUR, REPAIRS, hit

    articles = [Article(f"{n}.txt", f"Title {n}", f"Words {n}.", f"{n}.txt") for n in range(1, 5)]
    quotes = tuple(Citation.of(n, a, 0, len(a.text)) for n, a in enumerate(articles, start=1))
    told = tuple(Sentence(quote.quote, (quote.number,)) for quote in quotes)
    listed = Answer("q", "q", Status.ANSWERED, told, quotes, summary="4 articles.")
    lines = printed(listed).splitlines()
    assert lines[0] == "4 articles."
    at = lines.index("[2] Title 2")
    assert lines[at + 1 : at + 4] == ["    undated · 2.txt", "    Words 2.", ""]
    assert sum("Words 2." in line for line in lines) == 1
    nothing = Answer("q", "q", Status.NOT_IN_ARTICLES, summary="No article mentions “x”.")
    assert printed(nothing).strip() == "No article mentions “x”."
    near = Answer("q", "q", Status.NOT_IN_ARTICLES, hits=(hit(HARBOUR, REPAIRS),))
    assert "The articles don’t say. The nearest passages:" in printed(near)


def test_of_a_near_passage_the_sentence_with_the_words_of_the_question_is_shown() -> None:
    from embeddings.records import Passage

    sentences = [f"Sentence number {n} is one of many that say little." for n in range(20)]
    sentences[9] = "A whale was led back to sea."
    text = "\n\n".join(sentences)
    spans = tuple((text.index(one), text.index(one) + len(one)) for one in sentences)
    article = Article("a", "A " + "long " * 40 + "title", text, "a")
    near = Hit(Passage("a", 0, 0, len(text), text, spans), article, 1.0, query=("whale", "sea"))
    shown = printed(Answer("q", "q", Status.NOT_IN_ARTICLES, hits=(near,)))
    assert "    … A whale was led back to sea. Sentence number 10" in shown
    assert "Sentence number 8" not in shown
    assert len(shown) < 600
    assert not any(line != line.rstrip() for line in shown.splitlines())
    assert sum("title" in line or "long…" in line for line in shown.splitlines()) <= 1


def test_silence_of_a_language_model_shows_the_nearest_passages() -> None:
    from fakes_ui import HARBOUR, REPAIRS, hit

    near: tuple[Hit, ...] = (hit(HARBOUR, REPAIRS),)
    said = (Sentence("The articles do not say.", ()),)
    answer = Answer("q", "q", Status.NOT_IN_ARTICLES, said, hits=near, written_by="m")
    text = printed(answer)
    assert text.startswith("The articles do not say.")
    assert "[1] Port of Lisbon" in text
    (place,) = places(answer)
    assert HARBOUR.text[slice(*place.span)] == place.text


def test_a_cited_passage_is_shown_among_the_paragraphs_around_it() -> None:
    paragraphs = [f"Paragraph number {n}." for n in range(9)]
    article = Article("a", "Title", "\n\n".join(paragraphs), "a")
    start = article.text.index("number 4")
    console = Console(width=70, record=True, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    show_in_article(console, article, (start, start + 8))
    console.file.close()
    text = console.export_text(clear=False, styles=True)
    assert [n for n in range(9) if f" {n}." in text] == [2, 3, 5, 6]
    assert "\x1b[1mnumber 4\x1b[0m." in text
    assert text.count("…") == 2
