"""Lexical search: passages by BM25 over stemmed words. The only file that knows tantivy."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.catalog import key_of
from embeddings.errors import IndexDamaged, IndexUnwritable
from embeddings.records import Article, Filter, Span
from embeddings.sharing import share

if TYPE_CHECKING:
    import tantivy

TITLE_BOOST = 1.0
PAIR_BOOST = 0.25
"""What two neighbouring words of the query are worth side by side in a passage.

The score of a pair is that of its two words together, so this is added to what each of them
brings by itself."""
_PAIR_SLOP = 1
_COMMON = 20_000
"""Passages that hold a word from which on it is too common to be looked for in a pair: two such
words side by side tell little, and finding where takes longer than all the rest."""
_LOOKED_UP = 500
"""Ids up to which each is looked up by itself, a third of the time that the set of them takes."""
MAX_TERMS = 64
_WRITER_BYTES = 64_000_000
# Runs of letters and digits are words; scripts that write no spaces are read by character.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}"
_WORD = rf"[{_UNSPACED}]|[[\p{{L}}\p{{N}}\p{{M}}]--[{_UNSPACED}]]+"

# Text in Latin letters and ordinary punctuation is cut into words by Python, which is several
# times faster than to make an object of every token; `_WORD` finds the same words in it.
_UNUSUAL = re.compile(r"[^\x00-\u02af\u2000-\u206f\u20a0-\u20cf]").search
_USUAL_WORDS = re.compile(r"[^\W_]+").findall


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    from tantivy import Filter as TokenFilter
    from tantivy import TextAnalyzerBuilder, Tokenizer

    return (
        TextAnalyzerBuilder(Tokenizer.regex(_WORD))
        .filter(TokenFilter.remove_long(80))
        .filter(TokenFilter.lowercase())
        .filter(TokenFilter.ascii_fold())
        .filter(TokenFilter.stemmer("english"))
        .build()
    )


@lru_cache(maxsize=50_000)
def _term_of(word: str) -> str:
    """The term that stands for one word in the index; empty for one too long to be there."""
    return "".join(_analyzer().analyze(word))


@cache
def _stop_words() -> frozenset[str]:
    """Function words, stemmed: they say nothing about which passage is meant."""
    words = (
        "a an and are as at be but by did do does for from had has have he her him his how i if "
        "in into is it its may me my no nor not of on or our s she so such than that the their "
        "them then there these they this those to us was we were what when where which who whom "
        "whose why will with would you your about can could should been being am"
    )
    return frozenset(_analyzer().analyze(words))


def terms_of(text: str, limit: int = MAX_TERMS) -> list[str]:
    """The distinct words of a query as they stand in the index, in order.

    Function words are left out unless there are no others.
    """
    terms = list(dict.fromkeys(_analyzer().analyze(text[:20_000])))
    telling = [term for term in terms if term not in _stop_words()]
    return (telling or terms)[:limit]


def term_spans(text: str, terms: Iterable[str]) -> list[tuple[str, Span]]:
    """Where words of `text` match one of the terms: the term and its character span."""
    wanted = set(terms)
    if not wanted:
        return []
    if not _UNUSUAL(text):
        return _usual_term_spans(text, wanted)
    return [
        (token.text, (token.char_offset_from, token.char_offset_to))
        for token in _analyzer().pre_tokenize(text).tokens
        if token.text in wanted
    ]


def _usual_term_spans(text: str, wanted: set[str]) -> list[tuple[str, Span]]:
    found: list[tuple[str, Span]] = []
    for word in set(_USUAL_WORDS(text)):
        term = _term_of(word)
        if term not in wanted:
            continue
        start, size = text.find(word), len(word)
        while start >= 0:
            end = start + size
            # Not where it is a part of a longer word.
            if not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
                found.append((term, (start, end)))
            start = text.find(word, end)
    return sorted(found, key=lambda match: match[1])


@cache
def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    builder.add_text_field("title", tokenizer_name="words", index_option="freq")
    builder.add_text_field("body", tokenizer_name="words", index_option="position")
    builder.add_integer_field("day", indexed=True, fast=True)
    for name in ("outlet", "place", "path"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    return builder.build()


class LexicalIndex:
    """A BM25 index over passage ids in a folder of its own."""

    def __init__(self, folder: Path, index: tantivy.Index) -> None:
        self.folder = folder
        self._index = index
        self._index.register_tokenizer("words", _analyzer())

    @classmethod
    def create(cls, folder: Path, base: LexicalIndex | None = None) -> LexicalIndex:
        """Make an index in a new folder, empty or as a copy of `base`.

        tantivy never changes a segment file it has written, so a copy shares them by hard
        link where the file system has such links.
        """
        import tantivy

        folder.mkdir(parents=True)
        if base is not None:
            for file in base.folder.iterdir():
                if file.suffix == ".lock":
                    continue
                target = folder / file.name
                if file.suffix == ".json":
                    shutil.copyfile(file, target)
                    continue
                share(file, target)
        return cls(folder, tantivy.Index(_schema(), path=str(folder)))

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Open the index in `folder` for searching.

        Raises:
            IndexDamaged: tantivy cannot read it, or another Dateline laid it out.
        """
        import tantivy

        advice = "Run dateline rebuild: it is made again from the catalog."
        try:
            opened = folder if os.access(folder, os.W_OK) else _with_locks_elsewhere(folder)
            index = tantivy.Index.open(str(opened))
        except (ValueError, OSError) as error:
            raise IndexDamaged(f"The lexical index in {folder} cannot be read.", advice) from error
        if index.schema != _schema():
            raise IndexDamaged(
                f"The lexical index in {folder} was laid out by another version.", advice
            )
        return cls(folder, index)

    def update(self, removed: Sequence[int], added: Iterable[tuple[int, str, Article]]) -> None:
        """Take passages out by id, then add others: id, text, article.

        Raises:
            IndexUnwritable: it cannot be written, for want of space or permission.
        """
        try:
            self._update(removed, added)
        except ValueError as error:
            raise IndexUnwritable(
                f"The lexical index {self.folder} could not be written: {error}.",
                "Check the free space and the folder's permissions.",
            ) from error

    def _update(self, removed: Sequence[int], added: Iterable[tuple[int, str, Article]]) -> None:
        import tantivy

        writer = self._index.writer(_WRITER_BYTES, 1)
        for passage_id in removed:
            writer.delete_documents_by_query(tantivy.Query.term_query(_schema(), "id", passage_id))
        for passage_id, text, article in added:
            writer.add_document(_document(passage_id, text, article))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def search(
        self,
        terms: Sequence[str],
        k: int,
        where: Filter | None = None,
        excluded: Sequence[int] = (),
    ) -> list[tuple[int, float]]:
        """The k passages with the highest BM25 scores for the terms, best first.

        The index knows passages, not articles: whoever searches turns the articles that
        `where` excludes into the passages to leave out.
        """
        import tantivy
        from tantivy import Occur

        if not terms or k <= 0:
            return []
        clauses = [(Occur.Must, _any_of(terms, self._telling_pairs(terms)))]
        clauses += [(Occur.Must, query) for query in _filters(where or Filter())]
        if excluded:
            among = tantivy.Query.term_set_query(_schema(), "id", list(excluded))
            clauses.append((Occur.MustNot, among))
        return self._run(clauses, k)

    def containing(self, terms: Sequence[str], where: Filter | None = None) -> list[int]:
        """Every passage that has all of the terms, in its body or its article's title."""
        from tantivy import Occur

        if not terms or not len(self):
            return []
        clauses = [(Occur.Must, _any_of([term])) for term in terms]
        clauses += [(Occur.Must, query) for query in _filters(where or Filter())]
        return sorted(i for i, _ in self._run(clauses, len(self)))

    def scores(self, terms: Sequence[str], ids: Sequence[int]) -> dict[int, float]:
        """BM25 scores of the given passages; those without any of the terms are left out."""
        import tantivy
        from tantivy import Occur

        if not terms or not ids:
            return {}
        among = tantivy.Query.const_score_query(_with_ids(ids), 0.0)
        wanted = _any_of(terms, self._telling_pairs(terms))
        return dict(self._run([(Occur.Must, wanted), (Occur.Must, among)], len(ids)))

    def _run(
        self, clauses: list[tuple[tantivy.Occur, tantivy.Query]], k: int
    ) -> list[tuple[int, float]]:
        import tantivy

        searcher = self._index.searcher()
        query = tantivy.Query.boolean_query(clauses)
        found = searcher.search(query, min(k, max(1, searcher.num_docs)), count=False).hits
        ids = searcher.fast_field_values("id", [address for _, address in found])
        hits = [(int(i), float(score)) for i, (score, _) in zip(ids, found, strict=True) if i]
        # Equal scores come in segment order, which depends on the index's history.
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def _telling_pairs(self, terms: Sequence[str]) -> list[tuple[str, str]]:
        """Neighbours among the terms, at least one of them not too common."""
        common = {term for term in terms if self.document_frequency(term) > _COMMON}
        return [pair for pair in pairwise(terms) if not common.issuperset(pair)]

    def document_frequency(self, term: str) -> int:
        """How many passages hold the term in their body."""
        return int(self._index.searcher().doc_freq("body", term))


def _with_locks_elsewhere(folder: Path) -> Path:
    """A folder of links to the files of one that cannot be written.

    tantivy makes a lock file beside an index that it only reads. The links are left to the
    system's temporary folder, for as long as the program runs.
    """
    links = Path(tempfile.mkdtemp(prefix="dateline-"))
    atexit.register(shutil.rmtree, links, ignore_errors=True)
    for file in folder.iterdir():
        if file.suffix != ".lock":
            (links / file.name).symlink_to(file.absolute())
    return links


def _document(passage_id: int, text: str, article: Article) -> tantivy.Document:
    import tantivy

    document = tantivy.Document()
    document.add_unsigned("id", passage_id)
    # A title taken from the lead is in the body already and would count twice.
    document.add_text("title", "" if article.title_derived else article.title)
    document.add_text("body", text)
    if article.published:
        document.add_integer("day", article.published.toordinal())
    document.add_text("outlet", key_of(article.outlet))
    document.add_text("place", key_of(article.place))
    parts = article.path.split("/")
    for depth in range(1, len(parts) + 1):
        document.add_text("path", "/".join(parts[:depth]))
    return document


def _any_of(terms: Sequence[str], pairs: Sequence[tuple[str, str]] = ()) -> tantivy.Query:
    """The terms in the body or the title, and pairs of them side by side in the body.

    Function words are not among the terms, so "Bank of England" asks for "bank england" with
    room for one word between. Source of the idea: Metzler and Croft, "A Markov Random Field
    Model for Term Dependencies", SIGIR 2005 (sequential dependence).
    """
    import tantivy

    def match(field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(_schema(), field, term, "freq")

    def boosted(query: tantivy.Query, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(query, boost)

    queries = [match("body", term) for term in terms]
    queries += [boosted(match("title", term), TITLE_BOOST) for term in terms]
    for pair in pairs:
        phrase = tantivy.Query.phrase_query(_schema(), "body", list(pair), _PAIR_SLOP)
        queries.append(boosted(phrase, PAIR_BOOST))
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _with_ids(ids: Sequence[int]) -> tantivy.Query:
    """The passages with these ids."""
    import tantivy

    if len(ids) > _LOOKED_UP:
        return tantivy.Query.term_set_query(_schema(), "id", list(ids))
    each = [tantivy.Query.term_query(_schema(), "id", one, "basic") for one in ids]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in each])


def _filters(where: Filter) -> list[tantivy.Query]:
    """The filter as queries that add nothing to the score."""
    import tantivy

    queries = []
    if where.since or where.until:
        queries.append(
            tantivy.Query.range_query(
                _schema(),
                "day",
                tantivy.FieldType.Integer,
                (where.since or date.min).toordinal(),
                (where.until or date.max).toordinal(),
            )
        )
    for field, value in (
        ("outlet", key_of(where.outlet)),
        ("place", key_of(where.place)),
        ("path", where.path.strip("/")),
    ):
        if value:
            queries.append(tantivy.Query.term_query(_schema(), field, value, "basic"))
    return [tantivy.Query.const_score_query(query, 0.0) for query in queries]
