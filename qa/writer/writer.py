"""The writer: a question and its passages in, checked drafts and an answer out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from embeddings.encoder import Encoder
from embeddings.errors import LanguageModelError
from qa.conversation import Turn
from qa.records import Answer, Citation, Hit, Sentence, Status
from qa.writer.client import Reply, require_client
from qa.writer.draft import DraftSentence, sentences_of
from qa.writer.prompt import answer_messages
from qa.writer.rewrite import reworded
from qa.writer.settings import LanguageModelSettings
from qa.writer.silence import says_nothing
from qa.writer.support import Checker, Evidence

QUOTED_INSTEAD = "The answer is quoted from the articles instead."


class Writer:
    """Words answers by a language model; every sentence is checked before it is given out.

    Safe to use from several threads. Making one touches neither the network nor the client.

    Raises:
        LanguageModelError: the client is not installed.
    """

    def __init__(self, settings: LanguageModelSettings) -> None:
        require_client()
        self.settings = settings

    def write(
        self,
        question: str,
        hits: Sequence[Hit],
        quoted: Answer,
        encoder: Encoder | None = None,
    ) -> Iterator[Answer]:
        """Drafts that grow sentence by sentence, and last the answer.

        Whatever goes wrong, the last is a whole answer: `quoted`, with a note that says why,
        takes over when the model fails or writes nothing that the passages support. No
        sentence appears in a draft before it has been checked. Closing the iterator early
        ends the request.

        Args:
            question: as it stands alone, after the conversation has been read into it.
            hits: the passages that the model is shown, best first.
            quoted: the answer without a language model; what it says of the window, the
                confidence and the hits is kept.
            encoder: the collection's, for similarity; words alone are compared without it.
        """
        shown = list(hits[: self.settings.passages])
        if not shown:
            yield quoted
            return
        page = _Page(question, shown, quoted, encoder, self.settings.model)
        messages = answer_messages(question, shown, self.settings.passage_characters, quoted.window)
        reply = Reply(messages, self.settings)
        try:
            for sentence in sentences_of(reply):
                page.add(sentence)
                yield page.answer()
        except LanguageModelError as error:
            yield _fallen_back(quoted, error.message)
            return
        if not page.sentences:
            yield _fallen_back(quoted, "The language model gave an empty answer.")
        elif not page.supported:
            yield _fallen_back(
                quoted, "Nothing of what the language model wrote is supported by the articles."
            )
        else:
            yield page.answer(final=True, cut_short=reply.cut_short)

    def rewrite(self, question: str, history: Sequence[Turn]) -> str:
        """The question worded to stand alone, by the model where ``settings.rewrite`` is on.

        Falls back on the rules of `qa.conversation.resolve` whenever the model fails or brings
        in what the conversation does not hold. Never raises.
        """
        return reworded(question, history, self.settings)


class _Page:
    """What has been written so far, and checked."""

    def __init__(
        self,
        question: str,
        hits: Sequence[Hit],
        quoted: Answer,
        encoder: Encoder | None,
        model: str,
    ) -> None:
        self._question = question
        self._quoted = quoted
        self._model = model
        self._checker = Checker(hits, encoder)
        self._numbers: dict[tuple[str, int, int], int] = {}
        self._citations: list[Citation] = []
        self.sentences: list[Sentence] = []
        self._silent = 0

    @property
    def supported(self) -> bool:
        """Whether anything stands that is not in doubt."""
        return any(sentence.supported for sentence in self.sentences)

    def add(self, draft: DraftSentence) -> None:
        """Check a sentence and cite its evidence; what is in doubt cites what comes nearest."""
        if says_nothing(draft.text, self._question):
            self._silent += 1
            self.sentences.append(Sentence(draft.text, ()))
            return
        verdict = self._checker.check(draft)
        numbers = tuple(dict.fromkeys(self._number(piece) for piece in verdict.evidence))
        self.sentences.append(Sentence(draft.text, numbers, verdict.doubts))

    def answer(self, final: bool = False, cut_short: bool = False) -> Answer:
        """The answer as it stands."""
        notes = list(self._quoted.notes)
        doubtful = sum(not sentence.supported for sentence in self.sentences)
        if final:
            if doubtful:
                notes.append(_doubt_note(doubtful, len(self.sentences)))
            if cut_short:
                notes.append("The language model's answer was cut short at its greatest length.")
        return replace(
            self._quoted,
            status=self._status(doubtful),
            sentences=tuple(self.sentences),
            citations=tuple(self._citations),
            notes=tuple(notes),
            summary="",
            written_by=self._model,
        )

    def _status(self, doubtful: int) -> Status:
        if self._silent == len(self.sentences):
            return Status.NOT_IN_ARTICLES
        if doubtful or self._silent or self._quoted.status is Status.NOT_IN_ARTICLES:
            return Status.PARTLY
        return Status.ANSWERED

    def _number(self, evidence: Evidence) -> int:
        """The citation's number, by order of appearance; the same sentence has one number."""
        key = (evidence.article.id, evidence.start, evidence.end)
        if key not in self._numbers:
            number = len(self._citations) + 1
            self._numbers[key] = number
            self._citations.append(
                Citation.of(number, evidence.article, evidence.start, evidence.end)
            )
        return self._numbers[key]


def _fallen_back(quoted: Answer, reason: str) -> Answer:
    return replace(quoted, notes=(*quoted.notes, f"{reason} {QUOTED_INSTEAD}"))


def _doubt_note(doubtful: int, total: int) -> str:
    marked = "is marked" if doubtful == 1 else "are marked"
    return f"{doubtful} of {total} sentences could not be confirmed from the articles and {marked}."
