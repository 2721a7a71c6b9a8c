"""A retriever for the page's tests: a handful of articles, answers told beforehand."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from embeddings.browse import Heading, Listing
from embeddings.errors import DatelineError
from embeddings.lexical import terms_of
from embeddings.rebuild import Progress
from embeddings.records import (
    Action,
    Article,
    Filter,
    IndexStatus,
    Manifest,
    Passage,
    PassageParameters,
    RebuildReport,
)
from qa.conversation import Turn
from qa.records import Answer, Citation, Hit, Score, Sentence, Status, Window
from qa.writer import Writer

HARBOUR = Article(
    id="2017/harbour.txt",
    title="Port of Lisbon reopens after three days of storms",
    text=(
        "The port of Lisbon reopened on Tuesday after three days of storms, the harbour "
        "master said.\n\n"
        "“We had forty ships waiting outside,” said Ana Couto, who runs the container "
        "terminal.\n\n"
        + "\n\n".join(
            f"Ship number {n} was among those that waited at anchor off Cascais, its crew told "
            f"the paper by radio, and its cargo of grain was dry."
            for n in range(1, 25)
        )
        + "\n\nTwo cranes were damaged. Repairs will cost 3.2 million euros, the Port "
        "Authority said, and should be done by May.\n\nNobody was hurt."
    ),
    path="2017/harbour.txt",
    published=date(2017, 2, 14),
    byline="Rui Lopes",
    place="Lisbon",
    outlet="The Coast Gazette",
    language="en",
)
BRIDGE = Article(
    id="2017/bridge.txt",
    title="Tram bridge over the Tagus is to close for the summer…",
    text=(
        "The tram bridge over the Tagus is to close for the summer, the city said.\n\n"
        "Engineers found rust in two of the Tagus Bridge’s oldest cables. The Port Authority "
        "was told on Monday."
    ),
    path="2017/bridge.txt",
    published=date(2017, 2, 10),
    byline="Our Correspondent",
    title_derived=True,
)
HOSTILE_TEXT = (
    '<script>window.hacked = 1</script> <img src=x onerror="window.hacked = 1">'
    "<img src='https://outside.example/a.png'> **bold** [link](https://outside.example/b) "
    "![picture](https://outside.example/c.png) $$x^2$$ `code` {{7*7}} ${window.hacked = 1} "
    "</div></button></article> &lt;b&gt; \x00\x07\x1b[31m\u202egnp.exe \ud800 @children "
    "<style>body{display:none}</style> <iframe src='https://outside.example/d'></iframe> "
    + "w" * 10_000
    + " Everything ends here."
)
HOSTILE = Article(
    id="odd/<b>&\"'#1 %2F..txt",
    title="<img src=x onerror=alert(1)> **A** [title](https://outside.example/) $$y$$",
    text="A first paragraph.\n\n" + HOSTILE_TEXT + "\n\nA last one.",
    path="odd/<b>&\"'.jsonl",
    outlet="<u>Outlet</u>",
    byline='"><script>window.hacked = 1</script>',
)
ARABIC = Article(
    id="ar.txt",
    title="إعادة فتح ميناء لشبونة",
    text="أعيد فتح ميناء لشبونة يوم الثلاثاء.\n\nقالت السلطات إن أربعين سفينة كانت تنتظر.",
    path="ar.txt",
    language="ar",
)
CHINESE = Article(
    id="zh.txt",
    title="里斯本港口重新开放",
    text="里斯本港口星期二重新开放。\n\n四十艘船在外面等候。",
    path="zh.txt",
    published=date(2017, 2, 15),
    language="zh",
)
ARTICLES = (CHINESE, HARBOUR, BRIDGE, HOSTILE, ARABIC)


def cite(number: int, article: Article, quote: str) -> Citation:
    start = article.text.index(quote)
    return Citation.of(number, article, start, start + len(quote))


def hit(article: Article, quote: str, score: float = 1.0, terms: Sequence[str] = ()) -> Hit:
    start = article.text.index(quote)
    passage = Passage(
        article.id, 0, start, start + len(quote), quote, ((start, start + len(quote)),)
    )
    return Hit(passage, article, score, query=tuple(terms_of(" ".join(terms))))


REPAIRS = "Repairs will cost 3.2 million euros, the Port Authority said, and should be done by May."
RUST = "Engineers found rust in two of the Tagus Bridge’s oldest cables."


def repairs_answer(question: str) -> Answer:
    cranes = cite(1, HARBOUR, "Two cranes were damaged.")
    return Answer(
        question,
        question,
        Status.ANSWERED,
        sentences=(
            Sentence(cranes.quote, (1,)),
            Sentence(REPAIRS, (2,)),
            Sentence(RUST, (3,)),
        ),
        citations=(cranes, cite(2, HARBOUR, REPAIRS), cite(3, BRIDGE, RUST)),
        hits=(
            replace(
                hit(HARBOUR, "Two cranes were damaged. " + REPAIRS, 0.9, ["cranes", "Repairs"]),
                scores=(Score("dense", 0.71, 1, 0.6), Score("lexical", 12.3, 2, 0.3)),
            ),
            hit(BRIDGE, RUST, 0.7),
            hit(BRIDGE, "The tram bridge over the Tagus is to close", 0.5, ["bridge"]),
            hit(CHINESE, "四十艘船在外面等候。", 0.2),
        ),
    )


def passages_answer(question: str, articles: Sequence[Article]) -> Answer:
    """Each article's second paragraph whole, as the passages nearest to the question."""
    hits = tuple(hit(article, article.text.split("\n\n")[1]) for article in articles)
    citations = tuple(
        Citation.of(number, h.article, h.passage.start, h.passage.end)
        for number, h in enumerate(hits, start=1)
    )
    sentences = tuple(Sentence(c.quote, (c.number,)) for c in citations)
    return Answer(question, question, Status.PASSAGES, sentences, citations, hits)


class Call(NamedTuple):
    """How a question was put."""

    question: str
    history: tuple[Turn, ...]
    since: date | None
    until: date | None
    read_dates: bool


def report(articles: int = 0, **counts: int) -> RebuildReport:
    told = {action: counts.get(action.value, 0) for action in Action}
    return RebuildReport(2, (), told, articles, 2 * articles, 0, 0, 0.1)


def nothing_new(progress: Progress | None) -> RebuildReport:
    return report(len(ARTICLES), unchanged=len(ARTICLES))


def context_answer(question: str, history: Sequence[Turn], read_dates: bool) -> Answer:
    """As `repairs_answer`, with everything that can be said of how a question was read."""
    resolved = "What will the repairs of the port cost?" if history else question
    return replace(
        repairs_answer(question),
        resolved_question=resolved,
        window=Window(date(2017, 2, 1), date(2017, 2, 28), "in February") if read_dates else None,
        summary="2 articles mention the port.",
        notes=("Nothing newer is in the collection.",),
        confidence=0.8,
        follow_ups=("Who found the rust?", "When will the repairs be done?"),
    )


class FakeRetriever:
    """Answers by the first word of its script that stands in the question."""

    def __init__(self, articles: Sequence[Article] = ARTICLES) -> None:
        self.articles_given = articles
        self.release = threading.Event()
        self.reset()
        self.script: dict[str, Callable[[str], Answer]] = {
            "repairs": repairs_answer,
            "hostile": lambda q: passages_answer(q, [HOSTILE]),
            "scripts": lambda q: passages_answer(q, [ARABIC, CHINESE]),
            "moon": lambda q: Answer(
                q, q, Status.NOT_IN_ARTICLES, hits=(hit(BRIDGE, RUST), hit(HARBOUR, REPAIRS))
            ),
            "refuse": self._refuse,
            "break": self._break,
            "slow": self._slow,
        }

    def reset(self) -> None:
        """Forget what was asked and changed."""
        self.held = {article.id: article for article in self.articles_given}
        self.asked: list[str] = []
        self.calls: list[Call] = []
        self.seeds = Path("seeds")
        self.failed: tuple[tuple[str, str], ...] = ()
        self.rebuilding: Callable[[Progress | None], RebuildReport] = nothing_new
        self.release.set()

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
        self.asked.append(question)
        self.calls.append(Call(question, tuple(history or ()), since, until, read_dates))
        if "context" in question:
            return context_answer(question, history or (), read_dates)
        for word, answer in self.script.items():
            if word in question:
                return answer(question)
        return Answer(question, question, Status.NOT_IN_ARTICLES)

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
        answer = self.ask(question, history, since=since, until=until, read_dates=read_dates)
        if writer is None:
            yield answer
        else:
            yield from writer.write(question, answer.hits, answer)

    def retrieve(
        self,
        question: str,
        k: int = 8,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
    ) -> list[Hit]:
        return list(self.ask(question).hits[:k])

    def article(self, article_id: str) -> Article:
        try:
            return self.held[article_id]
        except KeyError:
            raise DatelineError(
                f"There is no article {article_id!r} in the collection.", "It may be gone."
            ) from None

    def articles(self, where: Filter | None = None, limit: int = 1000) -> list[Article]:
        return list(self.held.values())[:limit]

    def browse(
        self, words: str = "", where: Filter | None = None, offset: int = 0, limit: int = 20
    ) -> Listing:
        where = where or Filter()
        found = [
            article
            for article in sorted(
                self.held.values(), key=lambda a: a.published or date.min, reverse=True
            )
            if words.casefold() in f"{article.title} {article.outlet}".casefold()
            and (not where.outlet or article.outlet == where.outlet)
            and (not where.since or (article.published or date.min) >= where.since)
            and (not where.until or (article.published or date.max) <= where.until)
        ]
        page = found[offset : offset + limit]
        headings = (
            Heading(a.id, a.title, a.path, a.published, a.byline, a.outlet, a.title_derived)
            for a in page
        )
        return Listing(len(found), offset, tuple(headings))

    def outlets(self) -> list[tuple[str, int]]:
        return Counter(a.outlet for a in self.held.values() if a.outlet).most_common()

    def days(self) -> list[tuple[date, int]]:
        return sorted(Counter(a.published for a in self.held.values() if a.published).items())

    def rebuild(self, progress: Progress | None = None) -> RebuildReport:
        return self.rebuilding(progress)

    def status(self) -> IndexStatus:
        return status_of(list(self.held.values()), self.failed, seeds=str(self.seeds))

    def _refuse(self, question: str) -> Answer:
        raise DatelineError("The index was rebuilt <i>elsewhere</i>.", "Start the page again.")

    def _break(self, question: str) -> Answer:
        raise RuntimeError("secret detail /etc/passwd")

    def _slow(self, question: str) -> Answer:
        self.release.wait(20)
        return repairs_answer(question)


def status_of(
    articles: Sequence[Article],
    failed: tuple[tuple[str, str], ...] = (),
    rebuilt_at: datetime | None = None,
    seeds: str = "seeds",
) -> IndexStatus:
    days = [article.published for article in articles if article.published]
    return IndexStatus(
        generation=1,
        rebuilt_at=rebuilt_at or datetime.now(UTC),
        files=len(articles),
        articles=len(articles),
        passages=2 * len(articles),
        first_published=min(days, default=None),
        newest_published=max(days, default=None),
        failed=failed,
        manifest=Manifest(1, "fake", None, None, "f", 64, PassageParameters(), seeds),
    )
