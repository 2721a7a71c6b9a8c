"""Invented collections of any size, with an encoder of their own that costs next to nothing.

Words are drawn from a Zipf vocabulary: general words, and words of a topic. A word's vector
is random, near that of its topic, with variance that falls off over the dimensions as that of
real embeddings does; a passage's vector is the weighted mean of its words' vectors. So vectors
are clustered, and texts that share words are near each other, but they are no language:
figures on such a collection tell what search and rebuilds cost and how many of the exact
neighbours are found, not how well questions are answered.

Articles, passages and vectors go through the project's own catalog and vector store; only
reading files and cutting passages is passed over.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from embeddings.catalog import Catalog, FileState  # noqa: E402
from embeddings.encoder import Embedded, Vectors, unit_rows  # noqa: E402
from embeddings.passages import embedding_input  # noqa: E402
from embeddings.records import Article, Passage, Span  # noqa: E402
from embeddings.tokens import fit_projection, pack  # noqa: E402
from embeddings.vectors import VectorStore, embedding_key  # noqa: E402

DIMENSION = 384
GENERAL, TOPICS, TOPIC_WORDS = 6_000, 1_000, 40
SENTENCES, SENTENCE_WORDS, ARTICLE_PASSAGES = 6, 20, 4
TOKENS = 120
"""Token vectors kept of a passage, one a word; a real passage has 120 to 200."""
FUNCTION_WORDS = 40
"""The commonest words, which stand in texts and not in questions: real ones lose theirs."""
FILE_ARTICLES = 1_000
FIRST_DAY, DAYS = date(2010, 1, 1), 5_000


class InventedEncoder:
    """Vectors of invented words; the same for the same text, always."""

    name = "invented"
    fingerprint = "invented words, 1"
    window = 256
    precision = "float32"
    special_tokens = 2

    @cached_property
    def words(self) -> list[str]:
        """The vocabulary: general words first, then each topic's."""
        letters = "bcdfghklmnprtvz"
        syllables = [one + other for one in letters for other in "aiou"]
        count = GENERAL + TOPICS * TOPIC_WORDS
        # Ends that the stemmer leaves alone, so that two words stay two.
        names = [
            syllables[n % 60] + syllables[n // 60 % 60] + syllables[n // 3600 % 60] + "k"
            for n in range(count)
        ]
        return [names[i] for i in np.random.default_rng(1).permutation(count)]

    @cached_property
    def table(self) -> Vectors:
        """Vectors of all words, float32 of shape (words, DIMENSION), unit rows."""
        chance = np.random.default_rng(2)
        spectrum = (1 + np.arange(DIMENSION)) ** -0.4
        centres = unit_rows(chance.standard_normal((TOPICS, DIMENSION)) * spectrum)
        own = unit_rows(chance.standard_normal((len(self.words), DIMENSION)) * spectrum)
        own[GENERAL:] = unit_rows(own[GENERAL:] + np.repeat(centres, TOPIC_WORDS, axis=0))
        return own

    @cached_property
    def weights(self) -> Vectors:
        """What each word counts for: common words less."""
        ranks = np.minimum(np.arange(len(self.words)), GENERAL) + 10.0
        return np.asarray(np.log(ranks) / np.log(GENERAL), dtype=np.float32)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Each word's row."""
        return {word: number for number, word in enumerate(self.words)}

    def numbers_of(self, text: str) -> NDArray[np.int64]:
        """The rows of the words of a text that are known."""
        known = (self.numbers.get(word.strip(".?,")) for word in text.lower().split())
        return np.array([n for n in known if n is not None] or [0], dtype=np.int64)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        return [[] for _ in texts]

    def vocabulary(self) -> list[str]:
        return self.words

    def encode_passages(self, texts: Sequence[str]) -> list[Embedded]:
        return [self.encode_query(text) for text in texts]

    def encode_query(self, text: str) -> Embedded:
        numbers = self.numbers_of(text)
        rows = self.table[numbers]
        return Embedded(
            unit_rows(self.weights[numbers] @ rows),
            rows[:TOKENS],
            numbers[:TOKENS].astype(np.int32),
        )


@dataclass(frozen=True, slots=True)
class Draw:
    """The words of some articles: int64 of shape (articles, passages, words)."""

    first: int
    numbers: NDArray[np.int64]


def draws(passages: int, seed: int = 0, at_once: int = 1_000) -> Iterator[Draw]:
    """The words of a whole collection, some articles at a time; always the same."""
    chance = np.random.default_rng(seed)
    general = np.cumsum(1 / (1 + np.arange(GENERAL)))
    topical = np.cumsum(1 / (1 + np.arange(TOPIC_WORDS)) ** 0.7)
    articles = -(-passages // ARTICLE_PASSAGES)
    for first in range(0, articles, at_once):
        count = min(at_once, articles - first)
        shape = (count, ARTICLE_PASSAGES, SENTENCES * SENTENCE_WORDS)
        common = np.searchsorted(general, chance.random(shape) * general[-1])
        own = np.searchsorted(topical, chance.random(shape) * topical[-1])
        topics = chance.integers(0, TOPICS, (count, 1, 1))
        told = GENERAL + topics * TOPIC_WORDS + own
        yield Draw(first, np.where(chance.random(shape) < 0.3, told, common))


def article_of(number: int, rows: NDArray[np.int64], words: Sequence[str]) -> Article:
    """An article of so many passages, one paragraph each."""
    paragraphs = []
    for row in rows.tolist():
        parts = [row[n : n + SENTENCE_WORDS] for n in range(0, len(row), SENTENCE_WORDS)]
        sentences = [" ".join([words[n] for n in part]).capitalize() for part in parts]
        paragraphs.append(". ".join(sentences) + ".")
    path = f"{number // FILE_ARTICLES:05}.jsonl"
    return Article(
        id=f"{path}#{number % FILE_ARTICLES + 1}",
        title=" ".join(words[n] for n in rows[0, :6].tolist()).capitalize(),
        text="\n\n".join(paragraphs),
        path=path,
        published=FIRST_DAY + timedelta(days=number * 7919 % DAYS),
        outlet=f"Outlet {number % 20}",
    )


def passages_of(article: Article) -> list[Passage]:
    """One passage a paragraph."""
    found, start = [], 0
    for ordinal, text in enumerate(article.text.split("\n\n")):
        spans, at = [], start
        for sentence in text.split(". "):
            spans.append((at, at + len(sentence) + (sentence[-1] != ".")))
            at += len(sentence) + 2
        end = start + len(text)
        found.append(Passage(article.id, ordinal, start, end, text, tuple(spans)))
        start = end + 2
    return found


def fill(seeds: Path, index: Path, passages: int, encoder: InventedEncoder) -> None:
    """Write a collection's files, catalog and vectors; a rebuild then makes the indexes.

    The files hold one article a line, and the catalog knows them: a rebuild passes over them
    as it does over any that have not changed.
    """
    seeds.mkdir(parents=True, exist_ok=True)
    index.mkdir(parents=True, exist_ok=True)
    catalog, store = Catalog.open(index, create=True), VectorStore(index)
    projection = store.projection(encoder.fingerprint)
    if projection is None:
        projection = fit_projection(encoder)
        store.set_projection(encoder.fingerprint, projection)
    # Every word's packed token vector, made once.
    width = projection.shape[1]
    whole = Embedded(encoder.table[0], encoder.table, np.zeros(0, dtype=np.int32))
    packed = np.frombuffer(pack(whole, projection), dtype=np.int8).reshape(-1, width)
    catalog.connection.execute("BEGIN IMMEDIATE")
    for draw in draws(passages):
        lines, rows = [], []
        for offset, numbers in enumerate(draw.numbers):
            article = article_of(draw.first + offset, numbers, encoder.words)
            cut = passages_of(article)
            keys = [embedding_key(encoder.fingerprint, embedding_input(article, p)) for p in cut]
            catalog.add_article(article, cut, keys)
            lines.append(
                json.dumps(
                    {
                        "title": article.title,
                        "text": article.text,
                        "date": str(article.published),
                        "outlet": article.outlet,
                    }
                )
            )
            sums = [encoder.weights[row] @ encoder.table[row] for row in numbers]
            vectors = unit_rows(np.stack(sums))
            rows += [
                (key, vector, packed[row[:TOKENS]].tobytes())
                for key, vector, row in zip(keys, vectors, numbers, strict=True)
            ]
        store.add(rows)
        file = seeds / f"{draw.first // FILE_ARTICLES:05}.jsonl"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        status = file.stat()
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        catalog.put_file(
            FileState(
                file.name, status.st_size, changed, changed + 10**10, "known", len(lines), False, ()
            )
        )
    catalog.connection.execute("COMMIT")
    catalog.shorten_log()
    catalog.close()
    store.close()


def questions(passages: int, count: int, encoder: InventedEncoder) -> list[str]:
    """Questions that some passage answers: eight of its words, most of them telling, in order."""
    chance = np.random.default_rng(7)
    articles = -(-passages // ARTICLE_PASSAGES)
    wanted = set(chance.choice(articles, min(count, articles), replace=False).tolist())
    found = []
    for draw in draws(passages):
        for number in sorted(wanted & set(range(draw.first, draw.first + len(draw.numbers)))):
            words = draw.numbers[number - draw.first, chance.integers(ARTICLE_PASSAGES)]
            distinct = np.unique(words)
            telling = distinct[distinct >= 300]
            common = distinct[(distinct >= FUNCTION_WORDS) & (distinct < 300)]
            taken = np.concatenate(
                [
                    chance.choice(telling, min(5, len(telling)), replace=False),
                    chance.choice(common, min(3, len(common)), replace=False),
                ]
            )
            ordered = [n for n in dict.fromkeys(words.tolist()) if n in taken]
            found.append(" ".join(encoder.words[n] for n in ordered) + "?")
    return [found[i] for i in chance.permutation(len(found))]
