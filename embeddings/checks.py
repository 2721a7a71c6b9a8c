"""What the doctor checks within the index: the catalog, the embeddings, the search files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from embeddings import catalog as catalog_file
from embeddings import generations
from embeddings import vectors as vectors_file
from embeddings.catalog import FORMAT, Catalog, Generation
from embeddings.database import sound
from embeddings.diagnosis import Diagnosis, State, count, some
from embeddings.encoder import Encoder
from embeddings.engine import Search
from embeddings.errors import (
    DatelineError,
    EncoderError,
    EngineUnreachable,
    EngineUnusable,
    IndexDamaged,
    IndexProblem,
)
from embeddings.passages import embedding_input
from embeddings.records import Article, Manifest, Passage
from embeddings.vectors import VectorStore, decoded, embedding_key

FindEncoder = Callable[[str, str | None, str | None], Encoder]
"""A model by its name, query prompt and passage prompt; it need not be loaded."""

EngineProblems = (EngineUnreachable, EngineUnusable)
_BATCH = 1000
_LENGTH = 0.01
"""How far from 1 the length of a vector may be that was stored as float16."""
_ALIKE = 0.99
"""Least cosine of a stored vector with the one in the dense index."""


# -- the catalog -------------------------------------------------------------------------------


def check_catalog(catalog: Catalog, found: Diagnosis) -> Generation | None:
    """The committed generation, if the catalog can be trusted to name it."""
    troubles = integrity(catalog.connection)
    try:
        with sound(Path(catalog_file.FILE_NAME)):
            orphans = catalog.connection.execute(
                "SELECT count(*) FROM main.passages "
                "WHERE article NOT IN (SELECT number FROM main.articles)"
            ).fetchone()[0]
            catalog.files()
            generation = catalog.generation()
            version = int(catalog.connection.execute("PRAGMA user_version").fetchone()[0])
        if orphans:
            troubles.append(f"{orphans:,} passages belong to no article")
    except DatelineError as error:
        troubles.append(error.message.rstrip("."))
        generation = None
    if troubles:
        found.catalog_damaged = True
        found.add("catalog", State.FAULT, f"The catalog is damaged: {some(troubles)}.")
        return None
    if generation is None:
        found.add(
            "catalog",
            State.GRAVE,
            "The index has not been built to its end yet.",
            "Build it with: dateline rebuild",
        )
        return None
    _, articles, passages = catalog.counts()
    found.add(
        "catalog",
        State.WELL,
        f"Generation {generation.number}: {articles:,} articles in {passages:,} passages.",
    )
    if version != FORMAT:
        found.outdated = True
        found.add("format", State.FAULT, f"It has format {version}; this Dateline writes {FORMAT}.")
    return generation


def integrity(connection: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong with a database file."""
    try:
        rows = connection.execute("PRAGMA integrity_check(10)").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [line for (text,) in rows for line in str(text).splitlines() if line != "ok"]


def check_model(manifest: Manifest, find_encoder: FindEncoder, found: Diagnosis) -> None:
    """Whether the model the index was built with is at hand."""
    try:
        encoder = find_encoder(manifest.encoder, manifest.query_prompt, manifest.passage_prompt)
        fingerprint = encoder.fingerprint
    except EncoderError as error:
        found.add("model", State.GRAVE, error.message, error.hint)
        return
    if fingerprint != manifest.fingerprint:
        found.outdated = True
        found.add(
            "model",
            State.FAULT,
            f"{manifest.encoder} is not the same model any more that the articles were embedded "
            "with.",
        )
        return
    found.add("model", State.WELL, f"{manifest.encoder} is at hand, the same as when embedded.")


def check_articles(catalog: Catalog, manifest: Manifest, found: Diagnosis) -> None:
    """Whether every article reads as it was taken in, and is cut and keyed as it should be."""
    digests = dict(catalog.connection.execute("SELECT id, sha256 FROM articles").fetchall())
    for article_id, digest in digests.items():
        try:
            article = catalog.article(article_id)
        except IndexDamaged:
            article = None
        if article is None or article.sha256 != digest:
            found.misread.append(article_id)
        elif not _well_cut(catalog, article, manifest):
            found.miscut.append(article_id)
    if found.misread:
        found.add(
            "articles",
            State.FAULT,
            f"{count(found.misread, 'article does', 'articles do')} not read as when taken in: "
            f"{some(found.misread)}.",
        )
    if found.miscut:
        found.add(
            "passages",
            State.FAULT,
            f"The passages of {count(found.miscut, 'article', 'articles')} do not fit the text: "
            f"{some(found.miscut)}.",
        )
    if not found.misread and not found.miscut:
        found.add("articles", State.WELL, "Every text, passage and embedding key is as written.")


def _well_cut(catalog: Catalog, article: Article, manifest: Manifest) -> bool:
    """Whether an article's passages are in order, within its text, and rightly keyed."""
    ids = sorted(catalog.passages_of([article.id]))
    try:
        passages = [passage for passage, _ in catalog.passages(ids).values()]
    except IndexDamaged:
        return False
    keys = catalog.keys_of(ids)
    if not passages or [p.ordinal for p in passages] != list(range(len(passages))):
        return False
    return all(
        _within(article, passage)
        and keys[number] == embedding_key(manifest.fingerprint, embedding_input(article, passage))
        for number, passage in zip(ids, passages, strict=True)
    )


def _within(article: Article, passage: Passage) -> bool:
    edges = [edge for sentence in passage.sentences for edge in sentence]
    return (
        0 <= passage.start < passage.end <= len(article.text)
        and edges == sorted(edges)
        and (not edges or (passage.start <= edges[0] and edges[-1] <= passage.end))
    )


# -- embeddings and search files ----------------------------------------------------------------


def check_search_files(
    index: Path, catalog: Catalog, generation: Generation, found: Diagnosis
) -> Search | None:
    """The search files, if they are whole."""
    try:
        derived = generations.open_derived(index, generation.derived, thoroughly=True)
    except IndexDamaged as error:
        found.derived_damaged = True
        found.add("search files", State.FAULT, error.message)
        return None
    except EngineProblems as error:
        found.add("search engine", State.GRAVE, error.message, error.hint)
        return None
    amiss = derived.health(catalog)
    if amiss:
        found.derived_damaged = True
        found.add("search files", State.FAULT, amiss)
        return None
    found.add("search files", State.WELL, "Both are as written, and hold every passage.")
    return derived


def check_embeddings(
    index: Path,
    catalog: Catalog,
    manifest: Manifest,
    derived: Search | None,
    found: Diagnosis,
) -> None:
    """Whether every passage has an embedding, and one that can be what was written."""
    store = open_vectors(index, found)
    if store is None:
        return
    missing = 0
    try:
        with sound(index / vectors_file.FILE_NAME):
            projection = store.projection(manifest.fingerprint)
            width = 0 if projection is None else projection.shape[1]
            for batch in _batches(catalog.passage_keys()):
                stored = store.rows([key for _, key in batch])
                missing += sum(key not in stored for _, key in batch)
                wrong = {
                    key
                    for key, (vector, tokens) in stored.items()
                    if not _plausible(vector, tokens, manifest.dimension, width)
                }
                if derived is not None and derived.exact:
                    present = [(i, key) for i, key in batch if key in stored and key not in wrong]
                    wrong |= _disagreeing(derived, present, stored)
                found.bad_keys |= wrong
    except DatelineError as error:
        found.vectors_damaged = True
        found.add("embeddings", State.FAULT, error.message)
        return
    finally:
        store.close()
    if missing:
        found.outdated = True
        found.add("embeddings", State.FAULT, f"Those of {missing:,} passages are missing.")
    if found.bad_keys:
        found.add("embeddings", State.FAULT, f"{len(found.bad_keys):,} are not what was written.")
    if not missing and not found.bad_keys:
        found.add("embeddings", State.WELL, "Every passage has its own, finite and of length 1.")


def _plausible(vector: bytes, tokens: bytes, dimension: int, width: int) -> bool:
    values = decoded(vector)
    if values is None or len(values) != dimension:
        return False
    if abs(float(np.linalg.norm(values)) - 1) > _LENGTH:
        return False
    return len(tokens) % width == 0 if width else not tokens


def _disagreeing(
    derived: Search,
    rows: Sequence[tuple[int, bytes]],
    stored: dict[bytes, tuple[bytes, bytes]],
) -> set[bytes]:
    """Keys of the vectors unlike those in an exact dense index, whose digest vouches for it."""
    if not rows:
        return set()
    try:
        searched = derived.vectors([number for number, _ in rows])
    except RuntimeError:  # of FAISS, for a passage that is not there
        return set()
    wrong = set()
    for (_, key), there in zip(rows, searched, strict=True):
        here = decoded(stored[key][0])
        length = float(np.linalg.norm(there)) or 1.0
        if here is None or float(here @ there) / length < _ALIKE:
            wrong.add(key)
    return wrong


def open_vectors(index: Path, found: Diagnosis) -> VectorStore | None:
    """The store of embeddings, if SQLite finds it whole."""
    try:
        store = VectorStore(index)
    except IndexProblem as error:
        found.vectors_damaged = True
        found.add("embeddings", State.FAULT, error.message)
        return None
    troubles = integrity(store.connection)
    if troubles:
        store.close()
        found.vectors_damaged = True
        found.add("embeddings", State.FAULT, f"Their file is damaged: {some(troubles)}.")
        return None
    if found.manifest is None:
        store.close()
        return None
    return store


def _batches(rows: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
