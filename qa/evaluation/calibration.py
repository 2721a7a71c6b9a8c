"""Fitting when to answer, and how sure of it to be, to a user's own questions.

The correction of the confidence is Platt's logistic fit, with his targets that keep a small
file from certainty (Platt, "Probabilistic Outputs for Support Vector Machines", 1999). The two
kinds of question weigh the same, however many there are of each: a file of questions does not
tell how often readers ask for what the articles do not say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from embeddings.errors import QuestionsProblem
from embeddings.records import Calibration
from qa.evaluation.questions import Question
from qa.evaluation.run import Evaluation
from qa.support import EVIDENCE, calibration_in_use

Values = npt.NDArray[np.float64]

LEAST = 20
"""Questions of each kind, with an answer and without, that a calibration takes."""
PASSED_OFF = 0.10
"""Share of the questions without an answer that may count as answered outright."""
FOLDS = 5
_SEED = 20
_FINEST = 1e-6


@dataclass(frozen=True, slots=True)
class Decisions:
    """Shares from 0 to 1: ``false_answers`` of the questions that the articles do not answer,
    ``wrong_refusals`` of those they do."""

    false_answers: float
    wrong_refusals: float

    @property
    def right(self) -> float:
        """The share decided rightly, both kinds weighing the same."""
        return 1 - (self.false_answers + self.wrong_refusals) / 2


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration, and what it would have decided.

    ``before`` are the decisions of the calibration in use. ``after`` are those of calibrations
    fitted like this one, each on four fifths of the questions and judged on the other fifth.
    """

    calibration: Calibration
    answerable: int
    unanswerable: int
    before: Decisions
    after: Decisions

    @property
    def better(self) -> bool:
        """Whether it decides more rightly on questions it was not fitted to."""
        return self.after.right > self.before.right


@dataclass(frozen=True, slots=True)
class _Examples:
    """Log-odds of the evidence (n,), whether the articles answer (n,), and the question (n,)."""

    logits: Values
    answerable: npt.NDArray[np.bool_]
    question: npt.NDArray[np.intp]

    def __getitem__(self, chosen: npt.NDArray[np.bool_]) -> _Examples:
        return _Examples(self.logits[chosen], self.answerable[chosen], self.question[chosen])

    def enough(self, least: int) -> bool:
        """Whether there are that many of each kind."""
        yes = int(self.answerable.sum())
        return min(yes, len(self.answerable) - yes) >= least


def calibrate(evaluation: Evaluation) -> Fit:
    """Fit a calibration to the answers of an evaluation.

    Every question marked as answerable or not counts, and every answerable one again with its
    own articles left out of the search, when nothing answers it any more. Counts, lists and
    plain requests for news do not, as no evidence is weighed for them.

    Raises:
        QuestionsProblem: there are too few questions of a kind, or the evidence does not tell
            the kinds apart.
    """
    used = calibration_in_use(evaluation.status.manifest.calibration)
    examples = _examples(evaluation, used)
    yes = int(examples.answerable.sum())
    no = len(examples.answerable) - yes
    _check_enough(yes, no)
    fitted = _fitted(examples)
    if fitted is None:
        raise QuestionsProblem(
            "The evidence is no stronger for the questions that the articles answer than for "
            "the others, so there is nothing to calibrate.",
            "See with --report how they were answered, and whether `answerable` is right in "
            "the questions file.",
        )
    return Fit(fitted, yes, no, _decisions(examples, used), _held_out(examples, used))


def check_questions(questions: Sequence[Question]) -> None:
    """Tell, before any is asked, whether there can be enough of them to calibrate with.

    Raises:
        QuestionsProblem: there are too few of a kind.
    """
    weighed = [question for question in questions if question.count is None]
    answerable = [question for question in weighed if question.answerable]
    twins = sum(question.judged for question in answerable)
    unanswerable = sum(question.answerable is False for question in weighed)
    _check_enough(len(answerable), unanswerable + twins)


def _check_enough(yes: int, no: int) -> None:
    if min(yes, no) < LEAST:
        raise QuestionsProblem(
            f"A calibration takes {LEAST} questions that the articles answer and {LEAST} that "
            f"they do not; these are {yes} and {no}.",
            "Mark questions with `answerable`. Those that name their articles in `relevant_ids` "
            "count on both sides: once more with these articles left out. Counts, lists and "
            "requests for the news count on neither.",
        )


def _examples(evaluation: Evaluation, used: Calibration) -> _Examples:
    rows: list[tuple[float, bool, int]] = []
    for n, outcome in enumerate(evaluation.outcomes):
        if outcome.question.count is not None:
            continue
        for judged, answerable in (
            (outcome.answer, outcome.question.answerable),
            (outcome.without, False),
        ):
            # At 0 nothing was found, at 1 nothing was weighed.
            if judged and answerable is not None and 0 < judged.confidence < 1:
                odds = math.log(judged.confidence) - math.log1p(-judged.confidence)
                rows.append(((odds - used.intercept) / used.slope, answerable, n))
    return _Examples(
        np.array([row[0] for row in rows], dtype=np.float64),
        np.array([row[1] for row in rows], dtype=np.bool_),
        np.array([row[2] for row in rows], dtype=np.intp),
    )


def _fitted(examples: _Examples) -> Calibration | None:
    """The calibration of these examples, ``None`` where they are not told apart."""
    slope, intercept = _platt(examples.logits, examples.answerable)
    if slope < _FINEST:
        return None
    sure = _confidence(examples.logits, slope, intercept)
    partly = _best_cut(sure, examples.answerable)
    answered = float(np.quantile(sure[~examples.answerable], 1 - PASSED_OFF))
    return Calibration(slope, intercept, max(answered, partly), partly, EVIDENCE)


def _platt(logits: Values, answerable: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of the logistic function that fits best."""
    from scipy.optimize import minimize
    from scipy.special import expit

    yes, no = answerable.sum(), (~answerable).sum()
    targets = np.where(answerable, (yes + 1) / (yes + 2), 1 / (no + 2))
    weights = np.where(answerable, 0.5 / yes, 0.5 / no)

    def loss(ab: Values) -> tuple[float, Values]:
        z = ab[0] * logits + ab[1]
        slack = weights * (expit(z) - targets)
        return float(weights @ (np.logaddexp(0, z) - targets * z)), np.array(
            [slack @ logits, slack.sum()]
        )

    slope, intercept = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS").x
    return float(slope), float(intercept)


def _confidence(logits: Values, slope: float, intercept: float) -> Values:
    from scipy.special import expit

    return np.asarray(expit(slope * logits + intercept), dtype=np.float64)


def _best_cut(sure: Values, answerable: npt.NDArray[np.bool_]) -> float:
    """The confidence from which to answer, so that most is decided rightly.

    Both kinds weigh the same. Of the cuts within one standard error of the best the lowest is
    taken, as a quote too many can be read and judged, and one too few cannot; it lies halfway
    to the next lower value. Source of the rule: Breiman et al., "Classification and Regression
    Trees", 1984.
    """
    values = np.unique(sure)
    cuts = np.concatenate([values[:1], (values[1:] + values[:-1]) / 2])
    yes, no = sure[answerable], sure[~answerable]
    kept = (yes[None, :] >= cuts[:, None]).mean(axis=1)
    declined = (no[None, :] < cuts[:, None]).mean(axis=1)
    right = (kept + declined) / 2
    best = np.argmax(right)
    variance = kept * (1 - kept) / len(yes) + declined * (1 - declined) / len(no)
    return float(cuts[np.argmax(right >= right[best] - math.sqrt(variance[best]) / 2)])


def _answers(examples: _Examples, calibration: Calibration) -> npt.NDArray[np.bool_]:
    sure = _confidence(examples.logits, calibration.slope, calibration.intercept)
    return np.asarray(sure >= calibration.partly)


def _decisions(examples: _Examples, calibration: Calibration) -> Decisions:
    return _counted(examples, _answers(examples, calibration))


def _counted(examples: _Examples, answered: npt.NDArray[np.bool_]) -> Decisions:
    return Decisions(
        float(answered[~examples.answerable].mean()),
        float((~answered[examples.answerable]).mean()),
    )


def _held_out(examples: _Examples, used: Calibration) -> Decisions:
    # A question and its twin without articles are held out together.
    questions = np.unique(examples.question)
    fold_of = np.random.default_rng(_SEED).permutation(len(questions)) % FOLDS
    folds = fold_of[np.searchsorted(questions, examples.question)]
    answered = np.zeros(len(folds), dtype=np.bool_)
    for fold in range(FOLDS):
        held = folds == fold
        rest = examples[~held]
        fitted = _fitted(rest) if rest.enough(1) else None
        answered[held] = _answers(examples[held], fitted or used)
    return _counted(examples, answered)
