"""Bringing the index up to date with the articles folder, doing only what changed."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from embeddings import articles as readers
from embeddings import catalog as catalog_file
from embeddings import generations
from embeddings.articles import limits
from embeddings.catalog import FORMAT, Catalog, FileState, Generation
from embeddings.encoder import Encoder, Vectors
from embeddings.errors import (
    ArticleError,
    EncodingFailed,
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    LibraryMissing,
    SeedsProblem,
)
from embeddings.passages import embedding_input, split_article
from embeddings.records import (
    Action,
    Article,
    LedgerEntry,
    Manifest,
    PassageParameters,
    RebuildReport,
)
from embeddings.seeds import SeedFile, scan
from embeddings.tokens import fit_projection, pack
from embeddings.vectors import VectorStore, embedding_key

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and how much there is."""

_EMBED_BATCH = 256
_CLOCK_GRAIN_NS = 2_000_000_000
_LOCK_NAME = "writer.lock"
_RETRY = ""
"""A digest no file has: the file is read again at the next rebuild, changed or not."""

_LISTED_PROBLEMS = 50
"""Reasons kept for one file; a table of a million rows may have one for each."""


def rebuild(
    seeds: Path,
    index: Path,
    encoder: Encoder,
    *,
    parameters: PassageParameters | None = None,
    prompts: tuple[str | None, str | None] = (None, None),
    fresh: bool = False,
    allow_empty: bool = False,
    progress: Progress | None = None,
) -> RebuildReport:
    """Bring the index in `index` up to date with the articles in `seeds`.

    One transaction: readers see the generation before until the new one is whole, and a
    kill at any instant leaves the one before. What was embedded up to then is kept.

    Args:
        seeds: a folder of articles, or one article file.
        index: the index folder; made where there is none.
        encoder: loaded only if some passage has never been embedded.
        parameters: how to cut passages; the defaults when ``None``.
        prompts: query and passage prompts chosen by hand, for the manifest.
        fresh: forget what is indexed and read everything again (embeddings are kept).
        allow_empty: accept that a collection that held articles now holds none.
        progress: told how each stage gets on.

    Raises:
        SeedsProblem: no such folder, or it is empty and was not.
        IndexBusy: another process is rebuilding this index.
        IndexDamaged, IndexMismatch: the index cannot be used; `fresh` starts over.
        EncoderError: the model is needed and cannot be used.
    """
    started = time.perf_counter()
    with _writer_lock(index):
        catalog = _open_catalog(index, fresh)
        try:
            run = _Rebuild(
                seeds=seeds.absolute(),
                index=index,
                catalog=catalog,
                vectors=VectorStore(index),
                encoder=encoder,
                parameters=parameters or PassageParameters(),
                prompts=prompts,
                progress=progress or (lambda stage, done, total: None),
            )
            try:
                return run.run(fresh=fresh, allow_empty=allow_empty, started=started)
            finally:
                run.vectors.close()
                readers.close()
        except sqlite3.DatabaseError as error:
            raise _storage_error(index, error) from error
        finally:
            catalog.close()


def mend(index: Path) -> None:
    """Make the derived indexes of the committed generation again, if they are not whole.

    Raises:
        IndexDamaged: embeddings are missing as well; a rebuild is needed.
        IndexBusy: another process has been rebuilding for a minute.
    """
    with _writer_lock(index, timeout=60):
        catalog = Catalog.open(index)
        vectors = VectorStore(index)
        try:
            catalog.connection.execute("BEGIN IMMEDIATE")
            generation = catalog.generation()
            if generation is None:
                raise IndexMissing(
                    f"The index in {index} has not been built to its end yet.",
                    "Build it with: dateline rebuild",
                )
            with contextlib.suppress(IndexDamaged):
                generations.open_derived(index, generation.derived)
                return
            name = generations.new_name(generation.number)
            dimension = generation.manifest.dimension
            generations.derive(index, name, catalog, vectors, dimension)
            catalog.set_generation(
                Generation(generation.number, name, generation.rebuilt_at, generation.manifest)
            )
            catalog.connection.execute("COMMIT")
            generations.sweep(index, {name})
        finally:
            vectors.close()
            catalog.close()


@contextlib.contextmanager
def _writer_lock(index: Path, timeout: float = 0) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        index.mkdir(parents=True, exist_ok=True)
        # The system drops this lock with the process that holds it, however it ends.
        lock = FileLock(index / _LOCK_NAME, timeout=timeout)
        lock.acquire()
    except Timeout as error:
        raise IndexBusy(
            f"Another rebuild of {index} is running.", "Wait for it to end, then try again."
        ) from error
    except OSError as error:
        raise IndexDamaged(
            f"The index folder {index} cannot be written: {error.strerror}.",
            "Check its permissions and the free space, or name another with --index.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _open_catalog(index: Path, fresh: bool) -> Catalog:
    try:
        return Catalog.open(index, create=True)
    except (IndexDamaged, IndexMismatch):
        if not fresh:
            raise
    # Kept aside, not deleted: it may be the only copy of articles whose files are gone.
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for suffix in ("", "-wal", "-shm"):
        file = index / f"{catalog_file.FILE_NAME}{suffix}"
        if file.exists():
            file.rename(index / f"set-aside-{stamp}-{file.name}")
    return Catalog.open(index, create=True)


def _storage_error(index: Path, error: sqlite3.DatabaseError) -> IndexDamaged:
    return IndexDamaged(
        f"The index in {index} could not be written: {error}.",
        "Check the free space; if it persists, build it anew with: dateline rebuild --fresh",
    )


@dataclass
class _Rebuild:
    """One run: what it works on, and what it has done so far."""

    seeds: Path
    index: Path
    catalog: Catalog
    vectors: VectorStore
    encoder: Encoder
    parameters: PassageParameters
    prompts: tuple[str | None, str | None]
    progress: Progress
    entries: list[LedgerEntry] = field(default_factory=list)
    unchanged: int = 0
    still_failing: int = 0
    told_before: set[str] = field(default_factory=set)
    removed_passages: list[int] = field(default_factory=list)
    added_passages: int = 0
    notes: list[str] = field(default_factory=list)

    def run(self, *, fresh: bool, allow_empty: bool, started: float) -> RebuildReport:
        self.catalog.connection.execute("BEGIN IMMEDIATE")
        before = self.catalog.generation()
        last_id = self.catalog.last_passage_id()
        manifest = self._manifest(before)
        recut = self._recut_reason(before, manifest)
        if fresh:
            self.catalog.clear()
        elif recut:
            self.notes.append(recut)
            self._recut()
        self._read_files(allow_empty)
        embedded, reused = self._embed()
        if before and not (fresh or recut or embedded or self._touched_articles()):
            derived = before.derived
            try:
                generations.check(self.index, derived)
            except IndexDamaged:
                derived = generations.new_name(before.number)
                self.notes.append("The search files were damaged, and were made again.")
                generations.derive(
                    self.index, derived, self.catalog, self.vectors, manifest.dimension
                )
            generation = Generation(before.number, derived, before.rebuilt_at, manifest)
            if generation != before:
                self.catalog.set_generation(generation)
        else:
            number = before.number + 1 if before else 1
            name = generations.new_name(number)
            self.progress("Indexing", 0, 1)
            reuse = before is not None and not (fresh or recut)
            dimension = self._dimension(manifest)
            manifest = replace(manifest, dimension=dimension)
            generations.derive(
                self.index,
                name,
                self.catalog,
                self.vectors,
                dimension,
                base=before.derived if before and reuse else None,
                removed=[i for i in self.removed_passages if i <= last_id],
                added_after=last_id if reuse else 0,
            )
            generation = Generation(number, name, datetime.now(UTC), manifest)
            self.catalog.set_generation(generation)
            self.progress("Indexing", 1, 1)
        news = [entry for entry in self.entries if self._is_news(entry)]
        if news:
            self.catalog.write_ledger(generation.number, datetime.now(UTC), news)
        _, articles, passages = self.catalog.counts()
        self.catalog.connection.execute("COMMIT")
        self._clean_up(before, generation)
        counts = Counter(entry.action for entry in self.entries)
        counts[Action.UNCHANGED] = self.unchanged
        return RebuildReport(
            generation=generation.number,
            entries=tuple(self.entries),
            counts={action: counts[action] for action in Action},
            articles=articles,
            passages=passages,
            embedded=embedded,
            reused=reused,
            seconds=time.perf_counter() - started,
            notes=tuple(self.notes),
        )

    # -- what the index was built with ----------------------------------------------------

    def _manifest(self, before: Generation | None) -> Manifest:
        return Manifest(
            format=FORMAT,
            encoder=self.encoder.name,
            query_prompt=self.prompts[0],
            passage_prompt=self.prompts[1],
            fingerprint=self.encoder.fingerprint,
            dimension=before.manifest.dimension if before else 0,
            parameters=self.parameters,
            seeds=str(self.seeds),
        )

    def _recut_reason(self, before: Generation | None, now: Manifest) -> str:
        if before is None:
            return ""
        old = before.manifest
        if old.fingerprint != now.fingerprint:
            return (
                f"The index was built with {old.encoder}; every passage is embedded anew "
                f"with {now.encoder}."
            )
        if old.parameters != now.parameters:
            return "Passages are cut differently now; every article is cut anew."
        return ""

    def _recut(self) -> None:
        """Cut every indexed article again, from the catalog's own copy of its text."""
        ids = self.catalog.article_ids()
        for done, article_id in enumerate(ids):
            article = self.catalog.article(article_id)
            if article is not None:
                self._remove(article_id)
                self._add(article)
            self.progress("Cutting", done + 1, len(ids))

    def _dimension(self, manifest: Manifest) -> int:
        for _, key in self.catalog.passage_keys():
            for _, vector in self.vectors.vectors([key]):
                return len(vector)
        # Nothing to search yet: any dimension will do until there is.
        return manifest.dimension or 1

    # -- files ---------------------------------------------------------------------------

    def _read_files(self, allow_empty: bool) -> None:
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
                self._remove(article_id)
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
            if len(changes) >= _EMBED_BATCH:
                self._replace(changes)
                changes = []
        if seen:
            self._replace(changes)
            for article_id in left:
                self._remove(article_id)
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
            self._remove(article.id)
            self._add(article)

    def _remove(self, article_id: str) -> None:
        self.removed_passages += self.catalog.remove_article(article_id)

    def _add(self, article: Article) -> None:
        passages = split_article(
            article,
            self.encoder.count_tokens,
            self.parameters,
            self.encoder.window,
            self.encoder.special_tokens,
        )
        fingerprint = self.encoder.fingerprint
        keys = [embedding_key(fingerprint, embedding_input(article, p)) for p in passages]
        self.catalog.add_article(article, passages, keys)
        self.added_passages += len(passages)

    def _is_news(self, entry: LedgerEntry) -> bool:
        """Whether the ledger does not hold it yet: what fails or is skipped does so each time."""
        return entry.action is not Action.SKIPPED and entry.path not in self.told_before

    def _touched_articles(self) -> bool:
        return bool(self.added_passages or self.removed_passages)

    # -- embeddings ----------------------------------------------------------------------

    def _embed(self) -> tuple[int, int]:
        """Embed what has never been embedded; how many that was, and how many were known."""
        if not self._touched_articles() and self.vectors.count() >= self.catalog.key_count():
            return 0, 0
        keys = [key for _, key in self.catalog.passage_keys()]
        missing = self.vectors.missing(keys)
        total, done = len(missing), 0
        if missing:
            self.progress("Embedding", 0, total)
            self._projection()
        batch: dict[bytes, str] = {}
        for key, passage, article in self.catalog.passages_with_keys(missing):
            batch[key] = embedding_input(article, passage)
            if len(batch) == _EMBED_BATCH:
                done += self._embed_batch(batch)
                self.progress("Embedding", done, total)
                batch = {}
        if batch:
            done += self._embed_batch(batch)
            self.progress("Embedding", done, total)
        return done, max(0, self.added_passages - done)

    def _embed_batch(self, batch: dict[bytes, str]) -> int:
        embedded = self.encoder.encode_passages(list(batch.values()))
        if len(embedded) != len(batch):
            raise EncodingFailed(
                f"The model gave {len(embedded)} vectors for {len(batch)} passages.",
                "Choose another model with --model.",
            )
        projection = self._projection()
        self.vectors.add(
            (key, item.vector, pack(item, projection))
            for key, item in zip(batch, embedded, strict=True)
        )
        return len(batch)

    def _projection(self) -> Vectors:
        fingerprint = self.encoder.fingerprint
        projection = self.vectors.projection(fingerprint)
        if projection is None:
            projection = fit_projection(self.encoder)
            self.vectors.set_projection(fingerprint, projection)
        return projection

    def _clean_up(self, before: Generation | None, generation: Generation) -> None:
        if self.removed_passages:
            self.vectors.keep_only(key for _, key in self.catalog.passage_keys())
        keep = {generation.derived} | ({before.derived} if before else set())
        generations.sweep(self.index, keep)
        if generation != before:
            self.catalog.shorten_log()


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
