"""Compare libraries that take the article out of a web page or a PDF.

    python benchmarks/formats.py html        precision and recall of words, and time a page
    python benchmarks/formats.py pdf FILES   words found, and time a file

Pages are made from the invented articles in tests/newsroom, in five layouts with the menus,
teasers, notices and comments that news sites put around them. A library that is not installed
is passed over; none of them needs to be, as Dateline has those it uses.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from html import escape
from pathlib import Path

from embeddings.articles import read_here
from embeddings.records import Article

ROOT = Path(__file__).resolve().parent.parent
NEWSROOM = ROOT / "tests" / "newsroom" / "seeds"

MENU = ["Home", "World", "Politics", "Business", "Sport", "Opinion", "Weather", "Log in"]
TEASERS = [
    "Council approves new tram line after months of debate",
    "Five things to know before the weekend",
    "Why the price of bread keeps rising, and what bakers say about it",
    "In pictures: the winter market opens",
]
NOTICE = "We value your privacy. We and our partners store cookies on your device. Accept all."
SIGN_UP = "Get the morning briefing. Sign up for our newsletter, free, six days a week."
COMMENTS = ["About time somebody wrote about this!", "I was there and it was much worse."]


def links(texts: list[str], tag: str = "li") -> str:
    return "".join(f"<{tag}><a href='/{n}'>{text}</a></{tag}>" for n, text in enumerate(texts))


def semantic(title: str, body: list[str]) -> str:
    text = "".join(f"<p>{p}</p>" for p in body)
    return f"""<header><nav><ul>{links(MENU)}</ul></nav></header><main><article><h1>{title}</h1>
    <p class=byline>By Jane Roe</p>{text}</article><aside><h2>Most read</h2><ul>{links(TEASERS)}
    </ul></aside></main><footer><p>Copyright 2024. Terms. Privacy.</p></footer>"""


def soup(title: str, body: list[str]) -> str:
    half = len(body) // 2 or 1
    first, rest = ("".join(f"<p>{p}</p>" for p in part) for part in (body[:half], body[half:]))
    return f"""<div id=top><div class=nav>{links(MENU, "span")}</div></div><div class=wrap>
    <div class=col-main><div class=hd><h1>{title}</h1></div><div class=story-body>{first}
    <div class=promo><h4>{SIGN_UP}</h4></div><div class=related>{links(TEASERS, "div")}</div>
    {rest}</div></div><div class=col-side>{links(TEASERS, "div")}</div></div>
    <div class=cookie>{NOTICE}</div>"""


def tables(title: str, body: list[str]) -> str:
    text = "<br><br>".join(body)
    return f"""<table width=100%><tr><td colspan=2>{links(MENU, "font")}</td></tr><tr><td width=120>
    {links(TEASERS, "p")}</td><td><font size=5><b>{title}</b></font><br>{text}</td></tr>
    <tr><td>Best viewed at 800 x 600. Copyright 1999.</td></tr></table>"""


def cards(title: str, body: list[str]) -> str:
    card = "".join(f"<div class=card><h3>{t}</h3><p>{t}. Read more.</p></div>" for t in TEASERS * 5)
    text = "".join(f"<div class=paragraph><p>{p}</p></div>" for p in body)
    said = "".join(f"<li class=comment><p>{c}</p></li>" for c in COMMENTS * 4)
    return f"""<div class=cards>{card}</div><section class=content><h1>{title}</h1>{text}</section>
    <section id=comments><h2>Comments</h2><ul>{said}</ul></section><div class=cards>{card}</div>"""


def bare(title: str, body: list[str]) -> str:
    return f"<h1>{title}</h1>" + "".join(f"<p>{p}" for p in body)


def by_dateline(page: str) -> str:
    (article,) = read_here(Path("a.html"), "a.html", page.encode())
    assert isinstance(article, Article)
    return article.text


def by_trafilatura(page: str) -> str:
    from trafilatura import extract

    return extract(page, include_comments=False) or ""


def by_readability(page: str) -> str:
    from lxml.html import fromstring
    from readability import Document

    return str(fromstring(Document(page).summary()).text_content())


def by_resiliparse(page: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    return str(extract_plain_text(page, main_content=True))


def by_newspaper(page: str) -> str:
    from newspaper import Article as Page

    article = Page("http://example.org/a")
    article.download(input_html=page)
    article.parse()
    return str(article.text)


def by_justext(page: str) -> str:
    import justext

    paragraphs = justext.justext(page.encode(), justext.get_stoplist("English"))
    return "\n".join(p.text for p in paragraphs if not p.is_boilerplate)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def html() -> None:
    pages: dict[str, list[tuple[str, str]]] = {}
    for file in sorted(NEWSROOM.rglob("*.txt")):
        (article,) = read_here(file, file.name, file.read_bytes())
        assert isinstance(article, Article)
        body = [escape(p) for p in article.text.split("\n\n")]
        for layout in (semantic, soup, tables, cards, bare):
            page = (
                f"<html lang=en><head><title>{article.title} | Daily</title></head>"
                f"<body>{layout(escape(article.title), body)}</body></html>"
            )
            pages.setdefault(layout.__name__, []).append((page, article.text))
    readers: dict[str, Callable[[str], str]] = {
        "dateline": by_dateline,
        "trafilatura": by_trafilatura,
        "readability": by_readability,
        "resiliparse": by_resiliparse,
        "newspaper4k": by_newspaper,
        "justext": by_justext,
    }
    print(f"{'':14}{'':>12}" + "".join(f"{name:>16}" for name in pages))
    for name, reader in readers.items():
        try:
            reader(pages["bare"][0][0])
        except ImportError:
            continue
        shown, started = [], time.perf_counter()
        for of_layout in pages.values():
            right = found = wanted = 0
            for page, text in of_layout:
                got, want = words(reader(page)), words(text)
                right += (got & want).total()
                found += got.total()
                wanted += want.total()
            shown.append(f"{right / max(found, 1):>8.3f}{right / wanted:>8.3f}")
        took = (time.perf_counter() - started) / sum(map(len, pages.values()))
        print(f"{name:14}{1000 * took:>9.1f} ms" + "".join(shown))


def pdf(files: list[str]) -> None:
    def by_pypdf(file: str) -> str:
        import pypdf

        return "\f".join(page.extract_text() for page in pypdf.PdfReader(file).pages)

    def by_pdfminer(file: str) -> str:
        from pdfminer.high_level import extract_text

        return str(extract_text(file))

    def by_pdfium(file: str) -> str:
        import pypdfium2

        return "\f".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(file))

    def by_dateline(file: str) -> str:
        items = read_here(Path(file), file, Path(file).read_bytes())
        return "\f".join(item.text for item in items if isinstance(item, Article))

    readers = {
        "pypdf": by_pypdf, "pdfminer": by_pdfminer, "pdfium": by_pdfium, "dateline": by_dateline,
    }  # fmt: skip
    for name, reader in readers.items():
        started = time.perf_counter()
        count = broken = ligatures = refused = 0
        for file in files:
            try:
                text = reader(file)
            except ImportError:
                break
            except Exception:
                refused += 1
                continue
            count += words(text).total()
            broken += len(re.findall(r"\w[-\x02\xad\ufffe]\s*\n|\w[\x02\ufffe]\w", text))
            ligatures += len(re.findall("[\ufb00-\ufb06]", text))
        else:
            print(
                f"{name:10}{time.perf_counter() - started:>8.2f} s{count:>9} words"
                f"{broken:>7} broken{ligatures:>7} ligatures{refused:>4} refused"
            )


if __name__ == "__main__":
    pdf(sys.argv[2:]) if sys.argv[1:2] == ["pdf"] else html()
