"""The retriever: a question in, the best passages out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType

from embeddings.encoder import Encoder, ModelChoice, SentenceTransformerEncoder
from embeddings.errors import DatelineError, IndexMismatch, QuestionError
from embeddings.index import DEFAULT_FOLDER, Index, Snapshot
from embeddings.lexical import term_spans, terms_of
from embeddings.records import Article, Filter, IndexStatus, Manifest
from qa.answer import passages_answer
from qa.ranking import Candidate, RetrievalSettings, fuse
from qa.records import Answer, Hit

MAX_QUESTION_CHARACTERS = 20_000


class Retriever:
    """An open index with its encoder; any number of threads may ask at once."""

    def __init__(self, index: Index, encoder: Encoder | None = None) -> None:
        self.index = index
        self._encoder = encoder
        self._given = encoder is not None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path | str = DEFAULT_FOLDER, encoder: Encoder | None = None) -> Retriever:
        """Open the index in a folder.

        Args:
            path: the index folder, ``index`` by default.
            encoder: the model it was built with; found by the manifest when ``None``.

        Raises:
            IndexMissing: nothing has been built there yet.
            IndexMismatch: another format version wrote it.
            IndexDamaged: it cannot be read, nor mended.
        """
        return cls(Index.open(path), encoder)

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def __enter__(self) -> Retriever:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def warm_up(self) -> None:
        """Load the model now, so that the first question need not wait for it."""
        with self.index.snapshot() as snapshot:
            self._encoder_for(snapshot.generation.manifest).encode_query("warm up")

    def retrieve(
        self,
        question: str,
        k: int = 8,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
        settings: RetrievalSettings | None = None,
    ) -> list[Hit]:
        """The k passages that bear most on the question, best first.

        Fewer come back only when fewer exist that the filter lets through.

        Args:
            question: any text; what exceeds the encoder's window counts for its words only.
            k: how many passages.
            since: first day of publication, inclusive; narrows `where`.
            until: last day of publication, inclusive.
            where: outlet, place, path and window the articles must match.
            as_of: the day the question is asked, today when ``None``.
            settings: how to rank; the measured defaults when ``None``.

        Raises:
            QuestionError: the question is empty, `k` is below 1, or the window is reversed.
            IndexMismatch: the index was rebuilt with a model other than the one given.
        """
        text = checked_question(question)
        if k < 1:
            raise QuestionError(f"k is {k}.", "Ask for one passage or more.")
        where = narrowed(where or Filter(), since, until)
        with self.index.snapshot() as snapshot:
            if len(snapshot) == 0:
                return []
            return self._search(snapshot, text, k, where, settings or RetrievalSettings())

    def ask(
        self,
        question: str,
        history: Sequence[object] | None = None,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
    ) -> Answer:
        """Answer with the passages nearest to the question, each cited.

        Raises:
            QuestionError: the question is empty, or the window is reversed.
        """
        hits = self.retrieve(question, since=since, until=until, where=where, as_of=as_of)
        return passages_answer(question, hits)

    def article(self, article_id: str) -> Article:
        """One article whole.

        Raises:
            DatelineError: the collection holds no such article.
        """
        with self.index.snapshot() as snapshot:
            article = snapshot.article(article_id)
        if article is None:
            raise DatelineError(
                f"There is no article {article_id!r} in the collection.",
                "It may have been removed or renamed since.",
            )
        return article

    def articles(self, where: Filter | None = None, limit: int = 1000) -> list[Article]:
        """Articles the filter lets through, newest first, undated ones last."""
        with self.index.snapshot() as snapshot:
            return [a for _, a in zip(range(limit), snapshot.articles(where), strict=False)]

    def status(self) -> IndexStatus:
        """The state of the collection."""
        return self.index.status()

    def _search(
        self, snapshot: Snapshot, text: str, k: int, where: Filter, settings: RetrievalSettings
    ) -> list[Hit]:
        depth = max(settings.candidates, 2 * k)
        terms = terms_of(text)
        dense: dict[int, float] = {}
        lexical: dict[int, float] = {}
        vector = None
        if settings.dense_weight > 0:
            vector = self._encoder_for(snapshot.generation.manifest).encode_query(text).vector
            dense = dict(snapshot.dense(vector, depth, where))
        if settings.dense_weight < 1:
            lexical = dict(snapshot.lexical(terms, depth, where))
        # A passage that only one side found still has a score with the other.
        if vector is not None:
            only = [i for i in lexical if i not in dense]
            dense.update(zip(only, map(float, snapshot.dense_scores(vector, only)), strict=True))
        if lexical:
            lexical.update(snapshot.lexical_scores(terms, [i for i in dense if i not in lexical]))
        ranked = fuse(dense, lexical, settings)[:k]
        return self._hits(snapshot, ranked, terms)

    def _hits(self, snapshot: Snapshot, ranked: list[Candidate], terms: list[str]) -> list[Hit]:
        found = snapshot.passages([candidate.passage_id for candidate in ranked])
        hits = []
        for candidate in ranked:
            passage, article = found[candidate.passage_id]
            spans = tuple(
                (passage.start + start, passage.start + end)
                for _, (start, end) in term_spans(passage.text, terms)
            )
            hits.append(Hit(passage, article, candidate.score, candidate.scores, spans))
        return hits

    def _encoder_for(self, manifest: Manifest) -> Encoder:
        """The encoder whose vectors this generation holds."""
        with self._lock:
            if self._encoder is None or (
                not self._given and self._encoder.fingerprint != manifest.fingerprint
            ):
                self._encoder = SentenceTransformerEncoder(
                    ModelChoice(manifest.encoder, manifest.query_prompt, manifest.passage_prompt)
                )
            if self._encoder.fingerprint != manifest.fingerprint:
                raise IndexMismatch(
                    f"The index was built with {manifest.encoder}, and the model at hand is "
                    f"another ({self._encoder.name}).",
                    "Rebuild the index with the model at hand: dateline rebuild",
                )
            return self._encoder


def retrieve(
    question: str,
    k: int = 8,
    *,
    index: Path | str = DEFAULT_FOLDER,
    since: date | None = None,
    until: date | None = None,
    where: Filter | None = None,
    as_of: date | None = None,
) -> list[Hit]:
    """The k best passages for one question; the index stays open for the next call.

    Arguments and errors are those of `Retriever.open` and `Retriever.retrieve`.
    """
    return _shared(Path(index).absolute()).retrieve(
        question, k, since=since, until=until, where=where, as_of=as_of
    )


_open: dict[Path, Retriever] = {}
_open_lock = threading.Lock()


def _shared(path: Path) -> Retriever:
    with _open_lock:
        if path not in _open:
            _open[path] = Retriever.open(path)
        return _open[path]


def checked_question(question: str) -> str:
    """The question without blanks around it, and no longer than is worth reading.

    Raises:
        QuestionError: nothing is left of it.
    """
    text = question.strip()
    if not text:
        raise QuestionError("The question is empty.", "Type what you would like to know.")
    return text[:MAX_QUESTION_CHARACTERS]


def narrowed(where: Filter, since: date | None, until: date | None) -> Filter:
    """The filter with its window cut down to the one given as well.

    Raises:
        QuestionError: the window ends before it begins.
    """
    firsts = [day for day in (where.since, since) if day]
    lasts = [day for day in (where.until, until) if day]
    where = replace(where, since=max(firsts, default=None), until=min(lasts, default=None))
    if where.since and where.until and where.since > where.until:
        raise QuestionError(
            f"The window from {where.since} to {where.until} ends before it begins.",
            "Give the earlier day as since, the later as until.",
        )
    return where
