"""Questions about the collection itself: how many articles mention X, which ones, whose.

They are answered over the whole index and exactly: the lexical index brings every passage
with all of the words, and the text decides. What is counted is a mention, which can be
checked; whether an article is "about" something is a matter of opinion, so such questions get
the mentions, and how many of them stand in a title or opening.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from embeddings.index import Snapshot
from embeddings.lexical import term_spans, terms_of
from embeddings.records import Article, Filter, Passage, Span
from qa.counting_requests import Request
from qa.records import Answer, Citation, Sentence, Status, Window

LISTED = 50
"""How many articles an answer shows; a `ArticleList` holds all of them."""
OPENING = 200
"""Characters at the start of a text that say what it is about."""

# One character for another, so that offsets stay what they are.
_ALIKE = str.maketrans("’‘‛′`“”„«»‐‑‒–—―−\u00a0\u2009\u202f", "'''''\"\"\"\"\"-------   ")


@dataclass(frozen=True, slots=True)
class Listed:
    """An article that was found, and where: ``citation`` quotes the first sentence concerned.

    ``mentions`` counts how often the words stand in title and text; ``prominent`` says that
    they stand in the title or the opening.
    """

    article: Article
    citation: Citation
    mentions: int
    prominent: bool


@dataclass(frozen=True, slots=True)
class ArticleList:
    """Every article that meets a request, newest first, undated ones last.

    ``criterion`` says what was looked for: "mention", the words as they stand; "words", all of
    them in one passage, since nowhere do they stand together; or "published", any article.
    ``undated`` counts articles that would do but have no date to hold against the window.
    """

    request: Request
    criterion: str
    articles: tuple[Listed, ...]
    window: Window | None = None
    outlet: str = ""
    undated: int = 0

    @property
    def outlets(self) -> dict[str, int]:
        """How many of the articles each outlet published, most first; "" where unknown."""
        counts = Counter(listed.article.outlet for listed in self.articles)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def find_articles(
    snapshot: Snapshot, request: Request, where: Filter, window: Window | None = None
) -> ArticleList | None:
    """Every article that the request asks for, of those the filter and the window let through.

    ``None`` when it names an outlet that the collection does not have, or that may be several:
    then it is likely no question about the collection.
    """
    outlet = (
        outlet_named(request.outlet, (name for name, _ in snapshot.outlets()))
        if request.outlet
        else ""
    )
    if request.outlet and not outlet:
        return None
    where = replace(where, outlet=outlet or where.outlet)
    inside = where
    if window is not None:
        firsts = [day for day in (where.since, window.since) if day]
        lasts = [day for day in (where.until, window.until) if day]
        inside = replace(where, since=max(firsts, default=None), until=min(lasts, default=None))
    if not request.term:
        everything = [_whole(article) for article in snapshot.articles(inside)]
        return ArticleList(request, "published", _ordered(everything), window, outlet)
    found, criterion = _mentions(snapshot, request.term, inside), "mention"
    if not found and len(terms_of(request.term)) > 1:
        # Perhaps no one writes it so; all the words in one passage are the next best.
        found = _words(snapshot, request.term, inside)
        criterion = "words" if found else "mention"
    undated = 0
    if (inside.since or inside.until) and criterion == "mention":
        anywhere = _mentions(snapshot, request.term, replace(inside, since=None, until=None))
        undated = sum(listed.article.published is None for listed in anywhere)
    return ArticleList(request, criterion, _ordered(found), window, outlet, undated)


def listing_answer(question: str, resolved_question: str, listing: ArticleList) -> Answer:
    """The listing as an answer: the count in our own words, then a quote from each article."""
    shown = [
        replace(listed.citation, number=number)
        for number, listed in enumerate(listing.articles[:LISTED], start=1)
    ]
    notes = []
    if len(listing.articles) > LISTED:
        notes.append(f"The {LISTED} newest of {len(listing.articles)} are listed.")
    if listing.undated:
        notes.append(
            f"{_articles(listing.undated)} with the same words "
            f"{'has' if listing.undated == 1 else 'have'} no date, and could not be counted."
        )
    return Answer(
        question=question,
        resolved_question=resolved_question,
        status=Status.ANSWERED if listing.articles else Status.NOT_IN_ARTICLES,
        sentences=tuple(Sentence(citation.quote, (citation.number,)) for citation in shown),
        citations=tuple(shown),
        window=listing.window,
        notes=tuple(notes),
        confidence=1.0,
        summary=summary_of(listing),
    )


def summary_of(listing: ArticleList) -> str:
    """What was counted, and how many there are, in one or two sentences."""
    count = len(listing.articles)
    if listing.request.outlets and any(listing.outlets):
        return _outlets_summary(listing)
    if not count:
        said = _said(listing, 1) if listing.request.term else "appeared"
        return f"No article {said}{_scope(listing)}."
    if not (listing.request.term or listing.window or listing.outlet):
        return f"The collection holds {_articles(count)}."
    said = _said(listing, count)
    return f"{_articles(count)} {said}{_scope(listing)}{_prominence(listing)}."


def _outlets_summary(listing: ArticleList) -> str:
    known = {outlet: number for outlet, number in listing.outlets.items() if outlet}
    named = ", ".join(f"{outlet} ({number})" for outlet, number in known.items())
    said = f"{_count(len(known), 'outlet')} {_said(listing, len(known))}{_scope(listing)}"
    without = len(listing.articles) - sum(known.values())
    rest = f" {_articles(without)} {'names' if without == 1 else 'name'} no outlet."
    return f"{said}: {named}.{rest if without else ''}"


def _said(listing: ArticleList, count: int) -> str:
    quoted = f"“{listing.request.term}”"
    if listing.criterion == "published":
        return "appeared"
    if listing.criterion == "words":
        return f"{'has' if count == 1 else 'have'} all the words of {quoted}, if not together"
    return f"{'mentions' if count == 1 else 'mention'} {quoted}"


def _prominence(listing: ArticleList) -> str:
    """For "about": how many of the mentions are where an article says what it is about."""
    if not listing.request.about or listing.criterion != "mention":
        return ""
    count, prominent = len(listing.articles), sum(one.prominent for one in listing.articles)
    place = "in the title or the opening"
    if prominent in (0, count):
        return f", {'' if prominent else 'but not '}{place}"
    return f", {prominent} of them {place}"


def outlet_named(said: str, outlets: Iterable[str]) -> str:
    """The one outlet that a question means by "the Courier", empty if none or several may be."""
    wanted = _name_words(said)
    fitting = [outlet for outlet in outlets if wanted and wanted <= _name_words(outlet)]
    exact = [outlet for outlet in fitting if _name_words(outlet) == wanted]
    chosen = exact or fitting
    return chosen[0] if len(chosen) == 1 else ""


def mention_pattern(term: str) -> re.Pattern[str]:
    """What finds the words of a term standing together, whatever their case.

    Kinds of quotation mark, apostrophe and dash are one, and between words a hyphen is as
    good as a blank; the text searched must have gone through `alike` first.
    """
    words = [re.escape(word) for word in re.split(r"[\s-]+", alike(term)) if word]
    return re.compile(r"(?<!\w)" + r"[\s-]+".join(words) + r"(?!\w)", re.IGNORECASE)


def alike(text: str) -> str:
    """The text with its quotation marks, dashes and blanks made one; as long as before."""
    return text.translate(_ALIKE)


def _mentions(snapshot: Snapshot, term: str, where: Filter) -> list[Listed]:
    term = unicodedata.normalize("NFC", term)
    pattern = mention_pattern(term)
    if not terms_of(term) or not re.search(r"\w", pattern.pattern):
        return []
    listed = []
    for article, passages in _candidates(snapshot, term, where):
        spans = [match.span() for match in pattern.finditer(alike(article.text))]
        titles = [] if article.title_derived else pattern.findall(alike(article.title))
        if not spans and not titles:
            continue
        start, end = _around(spans[0], passages) if spans else passages[0].sentences[0]
        listed.append(
            Listed(
                article,
                Citation.of(0, article, start, end),
                len(spans) + len(titles),
                bool(titles) or spans[0][0] < OPENING,
            )
        )
    return listed


def _words(snapshot: Snapshot, term: str, where: Filter) -> list[Listed]:
    """Articles that have a passage with every word of the term, in whatever form."""
    wanted = terms_of(term)
    listed = []
    for article, passages in _candidates(snapshot, term, where):
        best: tuple[int, Span] | None = None
        for passage in passages:
            for start, end in passage.sentences:
                matched = {word for word, _ in term_spans(article.text[start:end], wanted)}
                if best is None or len(matched) > best[0]:
                    best = (len(matched), (start, end))
        if best is not None:
            prominent = best[1][0] < OPENING
            listed.append(Listed(article, Citation.of(0, article, *best[1]), 1, prominent))
    return listed


def _candidates(
    snapshot: Snapshot, term: str, where: Filter
) -> list[tuple[Article, list[Passage]]]:
    """Articles with a passage that has every word of the term, and those passages in order."""
    ids = snapshot.containing(terms_of(term), where)
    found: dict[str, list[Passage]] = defaultdict(list)
    articles: dict[str, Article] = {}
    for passage, article in snapshot.passages(ids).values():
        articles[article.id] = article
        found[article.id].append(passage)
    return [
        (article, sorted(found[key], key=lambda passage: passage.ordinal))
        for key, article in articles.items()
    ]


def _around(span: Span, passages: Iterable[Passage]) -> Span:
    """The sentence a span lies in, or the span itself where it lies in none whole."""
    for passage in passages:
        for start, end in passage.sentences:
            if start <= span[0] and span[1] <= end:
                return start, end
    return span


def _whole(article: Article) -> Listed:
    """An article listed for itself, with its opening line."""
    start = len(article.text) - len(article.text.lstrip())
    end = article.text.find("\n", start)
    end = len(article.text.rstrip()) if end < 0 else end
    return Listed(article, Citation.of(0, article, start, max(end, start + 1)), 0, True)


def _ordered(found: Iterable[Listed]) -> tuple[Listed, ...]:
    return tuple(
        sorted(
            found,
            key=lambda listed: (
                -(listed.article.published or date.min).toordinal(),
                listed.article.id,
            ),
        )
    )


def _name_words(name: str) -> frozenset[str]:
    words = re.findall(r"\w+", name.casefold())
    return frozenset(words) - {"the", "a", "an", "of"}


def _scope(listing: ArticleList) -> str:
    text = f" in {listing.outlet}" if listing.outlet else ""
    window = listing.window
    if window is None:
        return text
    if window.since and window.until:
        if window.since == window.until:
            return f"{text} on {_day(window.since)}"
        return f"{text} from {_day(window.since)} to {_day(window.until)}"
    if window.since:
        return f"{text} since {_day(window.since)}"
    return f"{text} up to {_day(window.until)}" if window.until else text


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _articles(count: int) -> str:
    return _count(count, "article")


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
