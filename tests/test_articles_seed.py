"""Plain text articles: header lines, body, hostile bytes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.articles import read_articles, seed
from embeddings.articles.bylines import is_byline, split_byline
from embeddings.articles.datelines import dateline_of, inline_dateline
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

BODY = "The harbour reopened.\n\n“It’s over,” she said."
DAY = date(2017, 2, 14)


def read(content: str | bytes, encoding: str = "utf-8") -> Article:
    data = content if isinstance(content, bytes) else content.encode(encoding)
    (article,) = read_articles(Path("news/a.txt"), "news/a.txt", data)
    assert isinstance(article, Article)
    return article


def header(content: str) -> tuple[date | None, str, str, str]:
    article = read(content)
    return article.published, article.byline, article.place, article.text


def test_the_whole_format() -> None:
    article = read(f" date 2017-02-14 Our Correspondent\n\nBeijing\n\n{BODY}")
    assert article == Article(
        id="news/a.txt",
        title="The harbour reopened.",
        text=BODY,
        path="news/a.txt",
        published=DAY,
        byline="Our Correspondent",
        place="Beijing",
        title_derived=True,
    )


def test_the_seed_that_ships_reads() -> None:
    path = Path(__file__).parent.parent / "seeds" / "000_a5594429bb00a2e7.txt"
    (article,) = read_articles(path, path.name, path.read_bytes())
    assert isinstance(article, Article)
    assert (article.published, article.byline, article.place) == (
        DAY,
        "Our Correspondent",
        "Beijing",
    )
    assert article.text.startswith("China has called for")
    assert article.text.endswith("must be countered resolutely.”")
    assert article.text in path.read_text(encoding="utf-8")
    assert article.title.startswith("China has called for")
    assert article.title.endswith("…")
    assert len(article.title) <= 100


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_line_ends_and_encodings_make_no_difference(end: str, encoding: str) -> None:
    content = f" date 2017-02-14 Zoë Roe\n\nGenève\n\n{BODY}\n\n".replace("\n", end)
    article = read(content, encoding)
    assert (article.byline, article.place, article.text) == ("Zoë Roe", "Genève", BODY)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_utf16_of_either_order_with_or_without_its_mark(codec: str, mark: str) -> None:
    assert read(mark + BODY, codec).text == BODY


@pytest.mark.parametrize(
    ("line", "published", "byline"),
    [
        ("date 2017-02-14 Jane Roe", DAY, "Jane Roe"),
        ("DATE 2017-02-14 Jane Roe", DAY, "Jane Roe"),
        ("Date: 2017/02/14 Jane Roe", DAY, "Jane Roe"),
        ("\t date 2017.2.14 By Jane Roe  ", DAY, "Jane Roe"),
        ("date 2017-02-14", DAY, ""),
        ("date 2017-02-14 10:30:00 Jane Roe", DAY, "Jane Roe"),
        ("date 2017-02-14T10:30:00Z Jane Roe", DAY, "Jane Roe"),
        ("date 2017-02-31 Jane Roe", None, "Jane Roe"),
        ("date 2017-13-01", None, ""),
        ("date 0000-00-00 Jane Roe", None, "Jane Roe"),
        ("date Our Correspondent", None, "Our Correspondent"),
        ("date None Our Correspondent", None, "Our Correspondent"),
        ("date", None, ""),
        ("date 2017-02-14 Martin Roe Jr.", DAY, "Martin Roe Jr."),
        ("date 2017-02-14 staff reporter and agencies", DAY, "staff reporter and agencies"),
        ("date 2017-02-14 José de la Cruz", DAY, "José de la Cruz"),
    ],
)
@pytest.mark.parametrize("place", ["Beijing", ""])
def test_the_date_line(line: str, published: date | None, byline: str, place: str) -> None:
    assert header(f"{line}\n\n{place}\n\n{BODY}") == (published, byline, place, BODY)


def test_header_lines_need_no_blank_lines_and_may_have_many() -> None:
    expected = (DAY, "Jane Roe", "Beijing", BODY)
    assert header(f"date 2017-02-14 Jane Roe\nBeijing\n{BODY}") == expected
    assert (
        header(f"\n\n \n date 2017-02-14 Jane Roe\n\n\t\n\nBeijing\n\n\n\n{BODY}\n\n\n") == expected
    )


@pytest.mark.parametrize("line", ["By Jane Roe", "BY JANE ROE", "By Jane Roe and John Doe"])
def test_a_signed_line_of_its_own_is_the_byline(line: str) -> None:
    expected = (DAY, line[3:], "Beijing", BODY)
    assert header(f"date 2017-02-14\n\n{line}\n\nBeijing\n\n{BODY}") == expected
    assert header(f"date 2017-02-14\nBeijing\n{line}\n\n{BODY}") == expected


def test_without_a_header_everything_is_body() -> None:
    assert header(BODY) == (None, "", "", BODY)
    assert header(f"Beijing\n\n{BODY}") == (None, "", "Beijing", BODY)
    assert header("One paragraph alone") == (None, "", "", "One paragraph alone")
    assert header("Beijing") == (None, "", "", "Beijing")


@pytest.mark.parametrize(
    "body",
    [
        "It rained.\n\nThen it stopped.",
        "Stop.\n\nThe order came at noon.",
        "He said no\n\nThat was all he said.",
        "Nothing!\n\nThat was all he said.",
        "“Never”\n\nThat was all he said.",
        "China Calls For Calm\n\nThe ministry spoke on Tuesday.",
        "Tuesday\n\nThe ministry spoke.",
        "The President of France\nsaid on Tuesday that it was over.",
        "By Tuesday it was over.\n\nThe ministry spoke.",
        "Dates are a fruit of the desert.\n\nThey are sweet.",
        "Date palms\n\nThey are tall.",
        "date palms grow in the desert near the coast.\n\nThey are tall.",
        "1. A list\n\n2. Its second line",
        "The first of five short sentences.",
    ],
)
def test_a_short_first_paragraph_stays_in_the_body(body: str) -> None:
    assert header(f"date 2017-02-14 Jane Roe\n\n{body}") == (DAY, "Jane Roe", "", body)
    assert header(body) == (None, "", "", body)


def test_a_body_on_the_date_line_is_no_byline() -> None:
    body = "China has called for international cooperation to protect its roads."
    assert header(f"date 2017-02-14 {body}") == (DAY, "", "", body)
    assert header(f"date 2017-02-14 {body}\n\n{BODY}") == (DAY, "", "", f"{body}\n\n{BODY}")


@pytest.mark.parametrize("rest", ["was a day that nobody in the town forgot.", ""])
def test_no_words_are_lost_between_header_and_body(rest: str) -> None:
    line = f"Date 2017-02-14 {rest}"
    kept = header(f"{line}\n\n{BODY}")[3]
    assert kept == (f"{line}\n\n{BODY}" if rest else BODY)


@pytest.mark.parametrize(
    "line",
    [
        "Beijing", "NEW YORK", "Washington, D.C.", "Washington D.C.", "Beijing/Geneva", "The Hague",
        "Rio de Janeiro", "St. Petersburg, Fla.", "Port-au-Prince", "São Paulo", "Sana’a", "北京",
        "London and Paris", "Stratford-upon-Avon, England", "नई दिल्ली", "القاهرة", "United Nations",
    ],
)  # fmt: skip
def test_place_lines(line: str) -> None:
    assert header(f"date 2017-02-14 Jane Roe\n\n{line}\n\n{BODY}") == (DAY, "Jane Roe", line, BODY)


def test_a_place_line_with_day_and_agency() -> None:
    article = read(f"date 2017-02-14\n\nBEIJING, Feb. 14 (Xinhua) --\n\n{BODY}")
    assert (article.place, article.outlet, article.text) == ("BEIJING", "Xinhua", BODY)


@pytest.mark.parametrize(
    ("text", "place", "agency"),
    [
        ("BEIJING, Feb. 14 (Xinhua) -- China has", "BEIJING", "Xinhua"),
        ("LONDON (Reuters) - The pound fell", "LONDON", "Reuters"),
        ("London (Reuters) - The pound fell", "London", "Reuters"),
        ("WASHINGTON (AP) _ The president", "WASHINGTON", "AP"),
        ("AUSTIN, Texas (AP) — A judge", "AUSTIN, Texas", "AP"),
        ("PARIS/LONDON (Reuters) - A train", "PARIS/LONDON", "Reuters"),
        ("KARACHI: The provincial government", "KARACHI", ""),
        ("PARIS — “It is over,” he said", "PARIS", ""),
        ("Beijing, 14 Feb -- China has", "Beijing", ""),
    ],
)
def test_inline_datelines_stay_in_the_text_but_not_in_the_title(
    text: str, place: str, agency: str
) -> None:
    article = read(text)
    assert (article.place, article.outlet, article.text) == (place, agency, text)
    dateline = inline_dateline(text)
    assert dateline is not None
    assert article.title == text[dateline.end :]
    assert read(f"Rome\n\n{text}").place == "Rome"


@pytest.mark.parametrize(
    "text",
    [
        "NASA - the agency said", "UPDATE: He said so", "TOKYO RUBBER - APR 7", "Note: he said",
        "The war — which began in May — ended", "Sen. John Smith (D-Calif.) - who spoke",
        "MONEY RATES - MARCH 3", "China — the world’s factory", "WHO: the body said", "a - b", "",
    ],
)  # fmt: skip
def test_other_openings_are_no_dateline(text: str) -> None:
    assert inline_dateline(text) is None


@pytest.mark.parametrize(
    ("line", "place", "byline", "outlet"),
    [
        ("Jane Roe, Harbour Gazette", "", "Jane Roe", "Harbour Gazette"),
        ("Jane Roe / Harbour Gazette", "", "Jane Roe", "Harbour Gazette"),
        ("Jane Roe/Harbour Gazette", "", "Jane Roe", "Harbour Gazette"),
        ("Jane Roe – Harbour Gazette", "", "Jane Roe", "Harbour Gazette"),
        ("By Jane Roe | Harbour Gazette", "", "Jane Roe", "Harbour Gazette"),
        ("Jane Roe, Beijing", "Beijing", "Jane Roe", ""),
        ("Jane Roe, BEIJING, Harbour Gazette", "Beijing", "Jane Roe", "Harbour Gazette"),
        ("Jane Roe, Staff Writer", "", "Jane Roe, Staff Writer", ""),
        ("Jane Roe, Jr.", "", "Jane Roe, Jr.", ""),
        ("Jane Roe, John Doe and Mary Major", "", "Jane Roe, John Doe and Mary Major", ""),
        ("Jane Roe, John Doe, Harbour Gazette", "", "Jane Roe, John Doe", "Harbour Gazette"),
        ("Jane Roe, Stars and Stripes", "", "Jane Roe", "Stars and Stripes"),
        ("Our Correspondent", "", "Our Correspondent", ""),
        ("Reuters", "Reuters", "Reuters", ""),
        ("Byron Roe", "", "Byron Roe", ""),
        ("Jane Roe,\xa0,", "", "Jane Roe", ""),
        (" , ", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_byline_and_outlet(line: str, place: str, byline: str, outlet: str) -> None:
    assert split_byline(line, place) == (byline, outlet)


def test_the_outlet_of_the_date_line_reaches_the_article() -> None:
    article = read(f"date 2017-02-14 Jane Roe, Harbour Gazette\n\nBeijing\n\n{BODY}")
    assert (article.byline, article.outlet) == ("Jane Roe", "Harbour Gazette")
    article = read(f"date 2017-02-14 Jane Roe, Beijing\n\nBeijing\n\n{BODY}")
    assert (article.byline, article.outlet) == ("Jane Roe", "")


def test_characters_stand_as_in_the_file_but_for_controls() -> None:
    body = "A\xa0b\tc “d” ﬁ e\u0301 \u200b\u2028f 👩\u200d🚒 g.  \nh"
    assert read(body).text == body
    assert read("a\x07b\x1bc\x0cd\x9be").text == "a b c d e"


@pytest.mark.parametrize("content", ["", " \n\r\n\t", "\ufeff", "***\n---", "\u200b"])
def test_nothing_to_read_is_an_empty_article(content: str) -> None:
    with pytest.raises(EmptyArticle):
        read(content)


def test_a_header_alone_is_an_empty_article() -> None:
    with pytest.raises(EmptyArticle):
        read("date 2017-02-14 Jane Roe\n\n")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"abc\0def", "binary"),
        (b"\0" * 100, "binary"),
        (bytes(range(256)) * 9, "binary"),
        (b"\x01\x02\x03\x04" * 40, "binary"),
        (b"%PDF-1.7\nabc", "PDF"),
        (b"PK\x03\x04abc", "ZIP"),
        (b"{\\rtf1 abc}", "RTF"),
    ],
)
def test_what_is_not_text_is_refused_with_a_reason_and_a_way_out(data: bytes, reason: str) -> None:
    with pytest.raises(ArticleError, match=reason) as caught:
        read(data)
    assert caught.value.hint


def test_a_damaged_byte_does_not_turn_a_utf8_file_into_another_encoding() -> None:
    data = "“Genève” – ‘café’ it’s said.".encode()
    assert read(data + b" end\xe2\x80").text == "“Genève” – ‘café’ it’s said. end\ufffd"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("A naïve café.", "cp1252"),
        ("Prime minister said Tuesday that it’s over. " * 20, "cp1252"),
        ("Le président français a déclaré que l’été serait très chaud.", "cp1252"),
        ("El señor Peña viajó a España — según dijo.", "cp1252"),
        ("Président Noël à Genève", "latin-1"),
        ("Президент России заявил, что переговоры продолжатся в Женеве.", "cp1251"),
        ("Президент России заявил, что переговоры продолжатся в Женеве.", "koi8-r"),
        ("中国呼吁国际社会合作保护沿线国家基础设施免受恐怖袭击。", "gb18030"),
    ],
)
def test_older_encodings_are_recognised(text: str, encoding: str) -> None:
    assert read(text.encode(encoding)).text == text.strip()


def check(article: Article) -> None:
    article.text.encode("utf-8")
    assert article.text
    assert article.text == article.text.strip()
    assert "\r" not in article.text
    assert "\0" not in article.text
    for line in (article.title, article.byline, article.place, article.outlet):
        line.encode("utf-8")
        assert len(line.splitlines()) <= 1
        assert line == line.strip()
    assert article.title
    assert len(article.title) <= 100
    assert article.title_derived


pieces = st.sampled_from(
    ["date", " date 2017-02-14", "2017-02-31", " ", "\n", "\r", "\r\n", "By ", "Beijing", ",", "/",
     "Jane Roe", "(Reuters)", " - ", "--", ":", ".", "“", "”", "\x00", "\x85", "\u2028", "a"]
)  # fmt: skip


def read_hostile(data: bytes) -> None:
    try:
        found = list(seed.read(Path("a.txt"), "a.txt", data))
    except ArticleError:
        return
    (article,) = found
    check(article)


@given(st.one_of(st.text(), st.lists(pieces).map("".join)))
def test_any_text_gives_one_sound_article_or_an_article_error(text: str) -> None:
    read_hostile(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=300))
def test_any_bytes_give_one_sound_article_or_an_article_error(data: bytes) -> None:
    read_hostile(data)


names = st.sampled_from(["Jane Roe", "Our Correspondent", "J. R. Doe", "Zoë van Dam"])
places = st.sampled_from(["Beijing", "NEW YORK", "Washington, D.C.", "Beijing/Geneva"])
sentences = st.sampled_from(["It rained.", "“No,” he said.", "China has called for calm today."])


@given(
    st.dates(date(1500, 1, 1), date(2199, 12, 31)),
    st.one_of(st.just(""), names),
    st.one_of(st.just(""), places),
    st.lists(sentences, min_size=1, max_size=4),
    st.sampled_from(["\n", "\n\n", "\r\n\r\n", "\r"]),
)
def test_what_was_written_is_read_back(
    day: date, byline: str, place: str, body: list[str], gap: str
) -> None:
    parts = [f" date {day.isoformat()} {byline}", *([place] if place else []), *body]
    plain = gap.replace("\r\n", "\n").replace("\r", "\n")
    assert header(gap.join(parts)) == (day, byline, place, plain.join(body))


@given(st.one_of(st.text(max_size=200), st.text("aB ,/|-.\xa0()", max_size=30)))
def test_line_rules_take_any_line(line: str) -> None:
    byline, outlet = split_byline(line, "Beijing")
    assert len(byline) + len(outlet) <= len(line)
    assert is_byline(line) in {True, False}
    for dateline in (dateline_of(line), inline_dateline(line)):
        assert dateline is None or (dateline.place in line and 0 < dateline.end <= len(line))
