"""The retriever: a question in, the best passages out."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from embeddings.articles.cleaning import clean_text
from embeddings.browse import Listing
from embeddings.encoder import Encoder, open_encoder
from embeddings.errors import DatelineError, IndexMismatch, QuestionError
from embeddings.index import DEFAULT_FOLDER, Index, Snapshot
from embeddings.lexical import terms_of
from embeddings.models import ModelChoice
from embeddings.news import News
from embeddings.records import (
    Article,
    Filter,
    IndexStatus,
    Manifest,
    RebuildReport,
)
from embeddings.reranker import CrossEncoderReranker, Reranker
from qa.ask import answer_question
from qa.conversation import Turn
from qa.dates import read_timing
from qa.ranking import Ranking, RetrievalSettings, suited
from qa.recency import any_recent, strength, with_recency
from qa.records import Answer, Hit
from qa.search import Prior, hits_of, rank, reread

if TYPE_CHECKING:
    from embeddings.rebuild import Progress
    from qa.writer import Writer

MAX_QUESTION_CHARACTERS = 20_000


class Retriever:
    """An open index with its encoder; any number of threads may ask at once."""

    def __init__(
        self, index: Index, encoder: Encoder | None = None, reranker: Reranker | None = None
    ) -> None:
        self.index = index
        self.reranker = reranker
        self._encoder = encoder
        self._given = encoder is not None
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls,
        path: Path | str = DEFAULT_FOLDER,
        encoder: Encoder | None = None,
        reranker: Reranker | str | None = None,
        engine_uri: str = "",
    ) -> Retriever:
        """Open the index in a folder.

        Args:
            path: the index folder, ``index`` by default.
            encoder: the model it was built with; found by the manifest when ``None``.
            reranker: a cross-encoder that reads the best passages with the question, by
                folder or hub name; none by default, for it takes seconds a question.
            engine_uri: where the search engine is now, if not where it was at the last rebuild.

        Raises:
            IndexMissing: nothing has been built there yet.
            IndexMismatch: another format version wrote it.
            IndexDamaged: it cannot be read, nor mended.
            EngineUnreachable: the engine that holds its search indexes does not answer.
        """
        if isinstance(reranker, str):
            reranker = CrossEncoderReranker(reranker)
        return cls(Index.open(path, engine_uri), encoder, reranker)

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
        self.encoder().encode_query("warm up")

    def encoder(self) -> Encoder:
        """The model that questions are encoded with, loaded if it was not yet.

        Raises:
            IndexMismatch: the index was rebuilt with a model other than the one given.
        """
        with self.index.snapshot() as snapshot:
            return self.encoder_for(snapshot.generation.manifest)

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
            as_of, settings = as_of or date.today(), settings or RetrievalSettings()
            recent = settings.recency_weight * strength(read_timing(text, as_of), where)
            settings = replace(settings, recency_weight=recent)
            return self._search(snapshot, text, k, where, settings, as_of)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] | None = None,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
        read_dates: bool = True,
    ) -> Answer:
        """Answer with the sentences of the articles that answer best, each cited.

        Args:
            question: any text; a follow-up is understood from `history`.
            history: the conversation so far, oldest first (`Turn.of` makes one of an answer).
            since: first day of publication, inclusive; narrows `where`.
            until: last day of publication, inclusive.
            where: outlet, place, path and window the articles must match.
            as_of: the day the question is asked, today when ``None``.
            read_dates: read the question's time words as a window of publication days,
                where none is given.

        Raises:
            QuestionError: the question is empty, or the window is reversed.
        """
        return answer_question(
            self,
            checked_question(question),
            history or (),
            where=narrowed(where or Filter(), since, until),
            as_of=as_of or date.today(),
            read_dates=read_dates,
        )

    def answers(
        self,
        question: str,
        history: Sequence[Turn] | None = None,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
        read_dates: bool = True,
        writer: Writer | None = None,
    ) -> Iterator[Answer]:
        """Drafts worded by a language model, and last the answer; that of `ask` without one.

        A draft names its model in `written_by`. Whatever fails in the writing, the last is a
        whole answer. Counts and lists are exact, and no language model words them.

        Args:
            writer: the language model; it words follow-ups as well, if it is set to.
            question, history, since, until, where, as_of, read_dates: as `ask` takes them.

        Raises (when the first is asked for):
            QuestionError: the question is empty, or the window is reversed.
        """
        question, history = checked_question(question), history or ()
        quoted = answer_question(
            self,
            question,
            history,
            where=narrowed(where or Filter(), since, until),
            as_of=as_of or date.today(),
            read_dates=read_dates,
            resolved=writer.rewrite(question, history) if writer else "",
        )
        if writer is None:
            yield quoted
            return
        yield from writer.write(quoted.resolved_question, quoted.hits, quoted, self.encoder())

    def published_range(self) -> tuple[date | None, date | None]:
        """First and newest publication day of the collection, ``None`` where it has no dates."""
        with self.index.snapshot() as snapshot:
            return snapshot.published_range()

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

    def browse(
        self, words: str = "", where: Filter | None = None, offset: int = 0, limit: int = 20
    ) -> Listing:
        """A page of articles without their text, newest first, undated ones last.

        Each of the words must stand in the title, outlet, byline, place or file name.
        """
        with self.index.snapshot() as snapshot:
            return snapshot.listing(words, where, offset, limit)

    def news(self, since: date | datetime | None = None, limit: int = 100) -> News:
        """What came since a day or a moment, the latest first.

        If none is given: what the last rebuild brought that brought any. A moment without a
        time zone is local time.
        """
        with self.index.snapshot() as snapshot:
            return snapshot.news(since, limit)

    def outlets(self) -> list[tuple[str, int]]:
        """Every outlet with its number of articles, the most prolific first."""
        with self.index.snapshot() as snapshot:
            return snapshot.outlets()

    def days(self) -> list[tuple[date, int]]:
        """Every day of publication with its number of articles, in order."""
        with self.index.snapshot() as snapshot:
            return snapshot.days()

    def rebuild(self, progress: Progress | None = None) -> RebuildReport:
        """Take in what has changed in the articles folder the index was built from.

        The model and the cut of the passages stay as they are. Questions may be asked
        meanwhile, and are answered from the state before until the new one is whole.

        Raises:
            SeedsProblem, IndexBusy, EncoderError: as `embeddings.rebuild.rebuild` does.
        """
        from embeddings.rebuild import rebuild

        with self.index.snapshot() as snapshot:
            manifest = snapshot.generation.manifest
        return rebuild(
            Path(manifest.seeds),
            self.index.folder,
            self.encoder_for(manifest),
            parameters=manifest.parameters,
            prompts=(manifest.query_prompt, manifest.passage_prompt),
            progress=progress,
        )

    def _search(
        self,
        snapshot: Snapshot,
        text: str,
        k: int,
        where: Filter,
        settings: RetrievalSettings,
        as_of: date,
    ) -> list[Hit]:
        terms = terms_of(text)
        encoder = self.encoder_for(snapshot.generation.manifest)
        query = encoder.encode_query(text)
        settings = suited(settings, encoder.count_tokens([text])[0])
        depth = max(settings.candidates, 2 * k)
        prior = _recency(snapshot, settings.recency_weight, as_of)
        while True:
            ranking = rank(snapshot, query, terms, depth, where, settings, prior)
            if self.reranker is not None and settings.reranker_weight:
                count, weight = max(settings.reranked, k), settings.reranker_weight
                ranking = reread(snapshot, ranking, text, self.reranker, count, weight)
            if prior:
                ranking = prior(ranking)
            hits = hits_of(snapshot, ranking, terms, k, settings.collapse)
            # Copies that were folded away may leave too few: look deeper, while there is more.
            if len(hits) == k or len(ranking.ids) < depth:
                return hits
            depth *= 4

    def encoder_for(self, manifest: Manifest) -> Encoder:
        """The encoder whose vectors this generation holds."""
        with self._lock:
            if self._encoder is None or (
                not self._given and self._encoder.fingerprint != manifest.fingerprint
            ):
                self._encoder = open_encoder(
                    ModelChoice(manifest.encoder, manifest.query_prompt, manifest.passage_prompt)
                )
            if self._encoder.fingerprint != manifest.fingerprint:
                raise IndexMismatch(
                    f"The index was built with {manifest.encoder}, and the model at hand is "
                    f"another ({self._encoder.name}).",
                    "Rebuild the index with the model at hand: dateline rebuild",
                )
            return self._encoder


def _recency(snapshot: Snapshot, weight: float, as_of: date) -> Prior | None:
    """The prior for articles from just before a day, none where the collection has none."""
    if not weight or not any_recent(snapshot.published_range(), as_of):
        return None
    published: dict[int, date | None] = {}

    def prior(ranking: Ranking) -> Ranking:
        ids = ranking.ids.tolist()
        if unknown := [i for i in ids if i not in published]:
            articles = snapshot.passage_articles(unknown)
            published.update((i, articles[i][1]) for i in unknown)
        return with_recency(ranking, [published[i] for i in ids], as_of, weight)

    return prior


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
    """The question cleaned as articles are, and no longer than is worth reading.

    Raises:
        QuestionError: nothing is left of it.
    """
    text = clean_text(question.strip()[:MAX_QUESTION_CHARACTERS])
    if not text:
        raise QuestionError("The question is empty.", "Type what you would like to know.")
    return text


def narrowed(where: Filter, since: date | None, until: date | None) -> Filter:
    """The filter, its texts cleaned, with its window cut down to the one given as well.

    Raises:
        QuestionError: the window ends before it begins.
    """
    firsts = [day for day in (where.since, since) if day]
    lasts = [day for day in (where.until, until) if day]
    where = replace(
        where,
        since=max(firsts, default=None),
        until=min(lasts, default=None),
        outlet=clean_text(where.outlet),
        place=clean_text(where.place),
        path=clean_text(where.path),
    )
    if where.since and where.until and where.since > where.until:
        raise QuestionError(
            f"The window from {where.since} to {where.until} ends before it begins.",
            "Give the earlier day as since, the later as until.",
        )
    return where
