"""Fitting when to answer to a user's own questions, and keeping it in the index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from fakes import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from embeddings import encoder as encoder_module
from embeddings.calibration import set_calibration
from embeddings.errors import IndexBusy, IndexMissing, QuestionsProblem
from embeddings.locking import writer_lock
from embeddings.models import ModelChoice
from embeddings.rebuild import rebuild
from embeddings.records import Calibration, IndexStatus, Manifest, PassageParameters
from qa import retriever as retriever_module
from qa.evaluation import Evaluation, Question
from qa.evaluation.answers import Judged
from qa.evaluation.calibration import LEAST, Decisions, Fit, calibrate, check_questions
from qa.evaluation.run import Outcome
from qa.records import Status
from qa.retriever import Retriever
from qa.support import EVIDENCE, calibration_in_use
from ui import cli, evaluate
from ui.evaluation_tables import show_fit

# -- the fit -------------------------------------------------------------------------------


SHIPPED = "answers from 0.25 (0.10 where articles have no date), outright from 0.45"


def confidence(logit: float, calibration: Calibration) -> float:
    return float(1 / (1 + np.exp(-(calibration.slope * logit + calibration.intercept))))


def judged(sure: float) -> Judged:
    return Judged(
        Status.ANSWERED, True, sure, (), "", "", 0, None, None, None, 0, 0, None
    )  # fmt: skip


def evaluation(
    logits: Sequence[tuple[float, bool]],
    used: Calibration | None = None,
    twins: Sequence[float] = (),
) -> Evaluation:
    """An evaluation that saw these log-odds of the evidence, under the calibration in use."""
    now = calibration_in_use(used)
    outcomes = [
        Outcome(
            Question(str(n), "q", answerable=answerable),
            {},
            answer=judged(confidence(logit, now)),
            without=judged(confidence(twins[n], now)) if n < len(twins) else None,
        )
        for n, (logit, answerable) in enumerate(logits)
    ]
    manifest = Manifest(1, "fake", None, None, "f", 3, PassageParameters(), "seeds", used)
    status = IndexStatus(1, datetime.now(UTC), 0, 0, 0, None, None, (), manifest)
    return Evaluation(status, {}, tuple(outcomes), {}, ())


def drawn(seed: int, yes: float, no: float, n: int = 100) -> list[tuple[float, bool]]:
    random = np.random.default_rng(seed)
    rows = [(float(x), True) for x in random.normal(yes, 1, n)]
    return rows + [(float(x), False) for x in random.normal(no, 1, n)]


def test_evidence_that_is_stronger_everywhere_is_answered_from_higher_up() -> None:
    # By the thresholds as shipped nearly all of these would be answered.
    fit = calibrate(evaluation(drawn(1, 6, 2)))
    assert fit.before.false_answers > 0.9
    assert fit.better
    assert fit.after.false_answers < 0.15
    assert fit.after.wrong_refusals < 0.05
    assert (fit.answerable, fit.unanswerable) == (100, 100)
    kept = fit.calibration
    assert kept.evidence == EVIDENCE
    assert 0 < kept.partly <= kept.answered < 1
    # The two normal curves cross at 4, where either kind is as likely.
    assert confidence(4, kept) == pytest.approx(0.5, abs=0.1)
    assert confidence(6, kept) > 0.95
    outright = [confidence(x, kept) >= kept.answered for x, yes in drawn(1, 6, 2) if not yes]
    assert sum(outright) <= 10


def test_what_is_decided_well_already_is_left_alone() -> None:
    cut = float(np.log(0.25 / 0.75))
    fit = calibrate(evaluation(drawn(2, cut + 1, cut - 1.2)))
    assert fit.after.right == pytest.approx(fit.before.right, abs=0.05)
    assert not replace(fit, after=fit.before).better


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 1000),
    st.floats(0.2, 4),
    st.floats(-3, 3),
)
def test_a_second_fit_under_the_first_comes_to_the_same(
    seed: int, slope: float, intercept: float
) -> None:
    """The evidence is what is fitted, whatever calibration it was seen through."""
    rows = drawn(seed, 1, -1, 40)
    used = Calibration(slope, intercept, 0.5, 0.25, EVIDENCE)
    plain, through = calibrate(evaluation(rows)), calibrate(evaluation(rows, used))
    assert through.calibration.slope == pytest.approx(plain.calibration.slope, abs=1e-3)
    assert through.calibration.intercept == pytest.approx(plain.calibration.intercept, abs=1e-3)
    assert through.after == plain.after


def test_questions_without_their_own_articles_count_as_unanswerable() -> None:
    rows = [row for row in drawn(3, 2, -2, 30) if row[1]]
    twins = [logit - 4 for logit, _ in rows]
    fit = calibrate(evaluation(rows, twins=twins))
    assert (fit.answerable, fit.unanswerable) == (30, 30)


def test_what_was_not_weighed_does_not_count() -> None:
    seen = evaluation(drawn(4, 1, -1, LEAST))
    first = seen.outcomes[0]
    for spoilt in (
        replace(first, answer=judged(1.0)),
        replace(first, answer=judged(0.0)),
        replace(first, question=replace(first.question, count=3)),
        replace(first, question=replace(first.question, answerable=None)),
    ):
        with pytest.raises(QuestionsProblem, match=f"these are {LEAST - 1} and {LEAST}"):
            calibrate(replace(seen, outcomes=(spoilt, *seen.outcomes[1:])))
    assert calibrate(seen).answerable == LEAST


def test_too_few_questions_are_told_before_they_are_asked() -> None:
    named = Question("1", "q", relevant_ids=("a",), answerable=True)
    check_questions([named] * LEAST)
    for questions in (
        [named] * (LEAST - 1),
        [replace(named, relevant_ids=())] * LEAST,
        [replace(named, count=1)] * LEAST,
        [replace(named, answerable=False)] * LEAST,
    ):
        with pytest.raises(QuestionsProblem, match=f"takes {LEAST} questions") as told:
            check_questions(questions)
        assert "`answerable`" in (told.value.hint or "")


def test_evidence_that_points_the_wrong_way_is_no_calibration() -> None:
    with pytest.raises(QuestionsProblem, match="nothing to calibrate"):
        calibrate(evaluation(drawn(5, -1, 1)))


# -- what the index keeps ------------------------------------------------------------------

STORIES = {
    "port.txt": "Dockers at Ardmore port walked out. The strike at the port lasted 36 days.",
    "vote.txt": "Parliament in Velin rejected the budget by four votes after a long night.",
}
FITTED = Calibration(0.5, 0.1, 0.7, 0.3, EVIDENCE)


def manifest(index: Path) -> Manifest:
    with Retriever.open(index, FakeEncoder()) as retriever:
        return retriever.status().manifest


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def opened(choice: ModelChoice) -> FakeEncoder:
        return FakeEncoder(choice.name)

    monkeypatch.setattr(encoder_module, "open_encoder", opened)
    monkeypatch.setattr(retriever_module, "open_encoder", opened)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds").mkdir()
    for name, text in STORIES.items():
        (tmp_path / "seeds" / name).write_text(f"date 2024-03-01 Jane Roe\n\n{text}\n")
    rebuild(tmp_path / "seeds", tmp_path / "index", FakeEncoder())
    return tmp_path


def test_an_open_reader_answers_by_it_at_once_and_rebuilds_keep_it(place: Path) -> None:
    index = place / "index"
    question = "How long did the strike at the port last?"
    with Retriever.open(index, FakeEncoder()) as retriever:
        before = retriever.ask(question)
        never = Calibration(1.0, 0.0, 1.0, 1.0, EVIDENCE)
        set_calibration(index, never)
        assert retriever.ask(question).status is Status.NOT_IN_ARTICLES
        (place / "seeds" / "new.txt").write_text("A whale was led back to sea on Tuesday.\n")
        rebuild(place / "seeds", index, FakeEncoder())
        assert retriever.status().manifest.calibration == never
        assert retriever.ask(question).status is Status.NOT_IN_ARTICLES
        # Fitted to other evidence it means nothing, and is not followed.
        set_calibration(index, replace(never, evidence="other"))
        assert retriever.ask(question).status is before.status
        set_calibration(index, None)
        assert retriever.ask(question).status is before.status


def test_another_model_drops_it_and_says_so(place: Path) -> None:
    set_calibration(place / "index", FITTED)
    report = rebuild(place / "seeds", place / "index", FakeEncoder("another"))
    assert any("dateline evaluate --calibrate" in note for note in report.notes)
    with Retriever.open(place / "index", FakeEncoder("another")) as retriever:
        assert retriever.status().manifest.calibration is None


def test_it_is_not_written_without_an_index_or_beside_another_writer(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(IndexMissing):
        set_calibration(place / "nowhere", FITTED)
    assert not (place / "nowhere").exists()
    monkeypatch.setattr("embeddings.calibration._WAIT_SECONDS", 0.1)
    with writer_lock(place / "index"), pytest.raises(IndexBusy):
        set_calibration(place / "index", FITTED)
    assert manifest(place / "index").calibration is None


# -- the command ---------------------------------------------------------------------------


def dateline(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments, catch_exceptions=False)


def asked(place: Path, monkeypatch: pytest.MonkeyPatch, logits: list[tuple[float, bool]]) -> None:
    """Questions enough in a file, and answers of this evidence to them."""
    row = {"question": "How long did the strike last?", "relevant_ids": ["port.txt"],
           "answerable": True}  # fmt: skip
    lines = [json.dumps({**row, "id": str(n)}) for n in range(LEAST)]
    (place / "questions.jsonl").write_text("\n".join(lines))
    seen = evaluation(logits)

    def run(retriever: Retriever, *_: object, **__: object) -> Evaluation:
        return replace(seen, status=retriever.status())

    monkeypatch.setattr(evaluate, "run", run)


def test_a_fit_is_shown_kept_and_taken_back(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(place, monkeypatch, drawn(1, 6, 2))
    result = dateline("evaluate", "--questions", "questions.jsonl", "--calibrate")
    assert result.exit_code == 0
    assert "unanswerable, yet answered" in result.stdout
    assert "It is kept in index: answers from a confidence of" in result.stdout
    kept = manifest(place / "index").calibration
    assert kept
    assert kept.evidence == EVIDENCE
    said = f"answers from {kept.partly:.2f}, outright from {kept.answered:.2f} (calibrated"
    assert said in dateline("status").stdout
    told = json.loads(dateline("status", "--json").stdout)
    assert told["manifest"]["calibration"]["partly"] == kept.partly
    result = dateline("evaluate", "--forget-calibration")
    assert result.stdout == "index answers by the thresholds Dateline ships with.\n"
    assert manifest(place / "index").calibration is None
    assert f"{SHIPPED} (as shipped)" in dateline("status").stdout


def test_programs_get_the_fit(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(place, monkeypatch, drawn(1, 6, 2))
    plain = dateline("evaluate", "--questions", "questions.jsonl", "--json")
    assert json.loads(plain.stdout)["fit"] is None
    result = dateline("evaluate", "--questions", "questions.jsonl", "--json", "--calibrate")
    fit = json.loads(result.stdout)["fit"]
    assert fit["kept"] is True
    assert fit["after"]["false_answers"] < fit["before"]["false_answers"]


def test_a_calibration_of_another_version_is_named(place: Path) -> None:
    set_calibration(place / "index", replace(FITTED, evidence="other"))
    text = " ".join(dateline("status").stdout.split())
    assert f"{SHIPPED} (as shipped; the calibration" in text
    assert "dateline evaluate --calibrate" in text


def test_a_fit_that_is_no_better_changes_nothing(place: Path) -> None:
    same = Decisions(0.5, 0.1)
    console = Console(record=True, width=100)
    show_fit(console, Fit(FITTED, 30, 30, same, same), place / "index")
    assert "no better than what is in use, so nothing was changed" in console.export_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing option '--questions'"),
        (("--questions", "q.jsonl", "--forget-calibration"), "asks no questions"),
        (("--calibrate", "--forget-calibration"), "asks no questions"),
        (("--questions", "q.jsonl", "--calibrate", "--no-answers"), "leave out --no-answers"),
        (("--questions", "q.jsonl", "--calibrate", "--seeds", "seeds"), "which index"),
        (("--forget-calibration", "--index", "nowhere"), "There is no index"),
        (("--questions", "q.jsonl", "--calibrate"), "these are 1 and 0"),
    ],
)
def test_wrong_usage_is_explained(place: Path, arguments: tuple[str, ...], said: str) -> None:
    (place / "q.jsonl").write_text('{"question": "Why?", "answerable": true}\n')
    result = dateline("evaluate", *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert manifest(place / "index").calibration is None
