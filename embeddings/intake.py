"""From files to the catalog: what a rebuild takes in, and what it finds gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from embeddings import articles as readers
from embeddings.articles import limits
from embeddings.catalog import Arrival, Catalog, FileState
from embeddings.encoder import Encoder
from embeddings.errors import ArticleError, LibraryMissing, SeedsProblem
from embeddings.passages import embedding_input, split_article
from embeddings.records import Action, Article, LedgerEntry, PassageParameters
from embeddings.seeds import SeedFile, scan
from embeddings.vectors import embedding_key

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and how much there is."""

_CLOCK_GRAIN_NS = 2_000_000_000
_REPLACED_AT_ONCE = 256
_RETRY = ""
"""A digest no file has: the file is read again at the next rebuild, changed or not."""

_UNFINISHED = "unfinished: a download, or an editor's copy, by its name"

_LISTED_PROBLEMS = 50
"""Reasons kept for one file; a table of a million rows may have one for each."""


@dataclass
class Intake:
    """One look through the articles folder, within the catalog's open transaction.

    ``entries`` and ``notes`` are for the report; ``removed_passages`` are the ids of those
    that went and ``removed_keys`` name their embeddings, ``added_passages`` how many came.
    ``generation`` is the one that is being made.
    """

    seeds: Path
    index: Path
    catalog: Catalog
    encoder: Encoder
    parameters: PassageParameters
    progress: Progress
    generation: int = 0
    entries: list[LedgerEntry] = field(default_factory=list)
    unchanged: int = 0
    still_failing: int = 0
    told_before: set[str] = field(default_factory=set)
    removed_passages: list[int] = field(default_factory=list)
    removed_keys: set[bytes] = field(default_factory=set)
    added_passages: int = 0
    notes: list[str] = field(default_factory=list)

    def read_files(self, allow_empty: bool) -> None:
        """Take in every file that was added, changed, renamed or deleted since.

        Raises:
            SeedsProblem: there is no such folder, or it is empty, was not, and may not be.
        """
        found = scan(self.seeds, exclude=self.index)
        known = self.catalog.files()
        files = [file for file in found.files if readers.supported(file.relative)]
        if not files and not found.unreadable and known and not allow_empty:
            raise SeedsProblem(
                f"{self.seeds} holds no articles, but {self.catalog.counts()[1]} are indexed.",
                "If it is not mounted, mount it; to empty the index run: "
                "dateline rebuild --allow-empty",
            )
        for file in found.files:
            if not readers.supported(file.relative):
                reason = f"no reader for {Path(file.relative).suffix or 'files without a suffix'}"
                self.entries.append(LedgerEntry(file.relative, Action.SKIPPED, 0, (reason,)))
        for where in found.unfinished:
            self.entries.append(LedgerEntry(where, Action.SKIPPED, 0, (_UNFINISHED,)))
        present = {file.relative for file in files}
        gone = {path: state for path, state in known.items() if path not in present}
        now = time.time_ns()
        for where, reason in found.unreadable.items():
            nowhere = SeedFile(self.seeds / where, where, 0, 0)
            self._fail(nowhere, known.get(where), now, "", reason)
            # What lies behind a closed door is not gone.
            for path in [p for p in gone if p == where or p.startswith(f"{where}/")]:
                del gone[path]
        total = sum(file.size for file in files)
        done = 0
        pending: list[tuple[SeedFile, str]] = []
        by_digest: dict[tuple[str, str], list[str]] = {}
        for path, state in sorted(gone.items()):
            by_digest.setdefault((state.sha256, Path(path).suffix), []).append(path)
        renamed: dict[str, str] = {}
        self.progress("Reading", 0, total)
        for file in files:
            known_state = known.get(file.relative)
            if known_state and _looks_same(known_state, file):
                self._pass_over(known_state)
                done += file.size
                continue
            before = self._same_content_gone(file, known_state, by_digest)
            if before:
                renamed[file.relative] = before
            pending.append((file, before))
        for path in sorted(set(gone) - set(renamed.values())):
            for article_id in self.catalog.article_digests(path):
                self.remove(article_id)
            self.catalog.forget_file(path)
            if gone[path].articles or not gone[path].failed:
                self.entries.append(LedgerEntry(path, Action.REMOVED, articles=gone[path].articles))
        for file, before in pending:
            self.progress("Reading", done, total)
            if before:
                self._rename(file, before, known[before], now)
            else:
                self._read_file(file, known.get(file.relative), now)
            done += file.size
        self.progress("Reading", total, total)
        if self.still_failing:
            self.notes.append(
                f"Unchanged files that have problems: {self.still_failing:,}; "
                "list them with: dateline status --failed"
            )

    def _pass_over(self, state: FileState) -> None:
        self.unchanged += 1
        self.still_failing += state.failed

    def _same_content_gone(
        self,
        file: SeedFile,
        state: FileState | None,
        by_digest: dict[tuple[str, str], list[str]],
    ) -> str:
        """The file that is gone and had the same bytes, if `file` is new: a rename."""
        if state is not None or not by_digest:
            return ""
        try:
            digest = _sha256(file.path.read_bytes())
        except OSError:
            return ""
        paths = by_digest.get((digest, Path(file.relative).suffix))
        return paths.pop(0) if paths else ""

    def _rename(self, file: SeedFile, before: str, state: FileState, now: int) -> None:
        for article_id in self.catalog.article_digests(before):
            is_path = article_id == before or article_id.startswith((f"{before}#", f"{before}/"))
            new_id = file.relative + article_id[len(before) :] if is_path else article_id
            self.removed_passages += self.catalog.move_article(article_id, new_id, file.relative)
        self.catalog.forget_file(before)
        self.catalog.put_file(_seen(state, file, now))
        self.entries.append(
            LedgerEntry(file.relative, Action.RENAMED, state.articles, before=before)
        )

    def _read_file(self, file: SeedFile, state: FileState | None, now: int) -> None:
        try:
            data = _read_steadily(file.path)
        except (OSError, ArticleError) as error:
            self._fail(file, state, now, "", _reason(error))
            return
        digest = _sha256(data)
        if state and state.sha256 == digest:
            self._pass_over(state)
            self.catalog.put_file(_seen(state, file, now))
            return
        try:
            count, problems, complete = self._take_articles(file, data)
        except LibraryMissing as error:
            self._fail(file, state, now, _RETRY, _reason(error))
            return
        except ArticleError as error:
            self._fail(file, state, now, digest, _reason(error))
            return
        digest = digest if complete else _RETRY
        if count == 0:
            # Its articles of before stay: a file that suddenly gives none is suspect.
            self._fail(file, state, now, digest, *(problems or ("holds no article",)))
            return
        self.catalog.put_file(
            FileState(
                file.relative, file.size, file.changed_ns, now,
                digest, count, bool(problems), tuple(problems),
            )
        )  # fmt: skip
        action = Action.CHANGED if state and state.articles else Action.ADDED
        self.entries.append(LedgerEntry(file.relative, action, count, tuple(problems)))

    def _fail(
        self, file: SeedFile, state: FileState | None, now: int, digest: str, *problems: str
    ) -> None:
        articles = state.articles if state else 0
        if articles:
            problems = (*problems, f"what it held before ({articles}) stays indexed")
        if state and state.problems == problems:
            self.told_before.add(file.relative)
        self.catalog.put_file(
            FileState(
                file.relative, file.size, file.changed_ns, now, digest, articles, True, problems
            )
        )
        self.entries.append(LedgerEntry(file.relative, Action.FAILED, articles, problems))

    def _take_articles(self, file: SeedFile, data: bytes) -> tuple[int, list[str], bool]:
        """Bring one file's articles up to date.

        How many it holds, what was left out, and whether nothing was left out for want of a
        library.
        """
        left = self.catalog.article_digests(file.relative)
        seen: set[str] = set()
        problems: list[str] = []
        complete = True
        changes: list[Article] = []
        for number, item in enumerate(
            readers.read_articles(file.path, file.relative, data), start=1
        ):
            if isinstance(item, ArticleError):
                complete = complete and not isinstance(item, LibraryMissing)
                problems.append(_reason(item))
                continue
            article = self._with_free_id(item, number, seen)
            seen.add(article.id)
            if left.pop(article.id, "") != article.sha256:
                changes.append(article)
            if len(changes) >= _REPLACED_AT_ONCE:
                self._replace(changes)
                changes = []
        if seen:
            self._replace(changes)
            for article_id in left:
                self.remove(article_id)
        return len(seen), _listed(problems), complete

    def _with_free_id(self, article: Article, number: int, seen: set[str]) -> Article:
        owner = self.catalog.path_of(article.id)
        if article.id not in seen and owner in (None, article.path):
            return article
        own = f"{article.path}#{number}"
        self.notes.append(f"The id {article.id} occurs twice; in {article.path} it became {own}.")
        return replace(article, id=own)

    def _replace(self, articles: list[Article]) -> None:
        for article in articles:
            revised = self.catalog.arrival(article.id) is not None
            self.remove(article.id)
            self.add(article, (self.generation, revised))

    def remove(self, article_id: str) -> None:
        """Take an article and its passages out."""
        gone = self.catalog.remove_article(article_id)
        self.removed_passages += gone
        self.removed_keys.update(gone.values())

    def add(self, article: Article, arrival: Arrival) -> None:
        """Cut an article into passages and store both."""
        passages = split_article(
            article,
            self.encoder.count_tokens,
            self.parameters,
            self.encoder.window,
            self.encoder.special_tokens,
        )
        fingerprint = self.encoder.fingerprint
        keys = [embedding_key(fingerprint, embedding_input(article, p)) for p in passages]
        self.catalog.add_article(article, passages, keys, arrival)
        self.added_passages += len(passages)

    def is_news(self, entry: LedgerEntry) -> bool:
        """Whether the ledger does not hold it yet: what fails or is skipped does so each time."""
        return entry.action is not Action.SKIPPED and entry.path not in self.told_before

    def touched_articles(self) -> bool:
        """Whether any passage came or went."""
        return bool(self.added_passages or self.removed_passages)


def _looks_same(state: FileState, file: SeedFile) -> bool:
    return (
        bool(state.sha256)
        and state.size == file.size
        and state.changed_ns == file.changed_ns
        and state.changed_ns < state.seen_ns - _CLOCK_GRAIN_NS
    )


def _seen(state: FileState, file: SeedFile, now: int) -> FileState:
    """The state of the same bytes, found as `file` is now."""
    return replace(
        state, path=file.relative, size=file.size, changed_ns=file.changed_ns, seen_ns=now
    )


def _read_steadily(path: Path) -> bytes:
    """The file's bytes, read while nobody was writing it."""
    for _ in range(2):
        before = path.stat()
        limits.check_size(before.st_size, limits.FILE_BYTES)
        data = path.read_bytes()
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return data
    raise ArticleError("It is being written.", "Run dateline rebuild again when it is complete.")


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _listed(problems: list[str]) -> list[str]:
    more = len(problems) - _LISTED_PROBLEMS
    return [*problems[:_LISTED_PROBLEMS], f"and {more:,} more like these"] if more > 0 else problems


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return str(error)
