"""Make the files in this folder: real ones, from LibreOffice, pandoc, Chromium and friends.

    python tests/files/make.py

They are committed, as the tests must not need these programs. On Debian:
apt-get install libreoffice-writer-nogui pandoc chromium hyphen-en-us poppler-utils
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import tarfile
import tempfile
import zipfile
from email.message import EmailMessage
from pathlib import Path

HERE = Path(__file__).resolve().parent

TITLE = "Ferry crews accept night sailings after nine-day stoppage"
BYLINE = "Ines Calder and Tom Brandt"
OUTLET = "The Velden Harbour Post"
DAY = "2023-05-09"
LEAD = (
    "VELDEN (Harbour Wire) - Ferry crews voted on Tuesday to accept a new roster of night "
    "sailings, ending a nine-day stoppage that had cut the island of Oske off from the mainland."
)
STORY = [
    LEAD,
    "Of 412 members who returned a ballot, 287 were in favour, the Deckhands’ Association said. "
    "“It is not the offer we wanted, but it is an offer we can work with,” said its chair, "
    "Marit Solheim, on the steps of the harbour office.",
    "The first boat, the Storfjell, left Velden at 18:40 with 96 cars on board. Passengers who "
    "had slept in the terminal cheered when the ramp was lifted, and the café on the upper deck "
    "ran out of coffee before the lighthouse was passed.",
    "Under the agreement no crew will sail more than three nights in a row, and the operator, "
    "Nordlys Ferries, will hire fourteen officers before the summer timetable begins. The "
    "company’s chief executive, Pieter Aalbers, put the yearly cost at 3.8 million crowns.",
    "Shopkeepers on Oske said the first shelves to empty had been those with milk and batteries. "
    "The island’s pharmacist, Runa Vik, kept insulin in the school kitchen after a fishing boat "
    "brought it across in a picnic box. “Nobody went without, but it was close,” she said.",
    "The island council wants the operator’s licence, which runs until 2027, to name a smallest "
    "number of crossings a day. A spokeswoman for the transport ministry called the proposal "
    "well-founded and said that it would be studied before the autumn.",
    "Fishermen had offered to take passengers across for the price of the fuel, but the coast "
    "guard forbade it after a skiff with eleven people on board lost its engine in the sound on "
    "Friday. Nobody was hurt. Its owner, Halvard Moe, was fined 2,500 crowns.",
    "Hotels in Velden reported 640 cancelled nights. The harbour’s director, Lotte Riis, said "
    "that freight would take until the end of the week to clear: 58 lorries stood on the quay on "
    "Tuesday evening, eleven of them with fish that could no longer be sold.",
    "The dispute began on 30 April, when the company announced a timetable with two crossings "
    "after midnight and no additional staff. A mediator, Judge Emil Sandvik, met both sides for "
    "sixteen hours on Sunday and left them with a single sheet of paper.",
    "Both sides said that the sheet would be framed.",
]
SHORT = {
    "title": "Lighthouse keeper’s house to become a weather station",
    "author": "Tom Brandt",
    "date": "2023-06-02",
    "text": (
        "OSKE (Harbour Wire) - The empty house beside the Oske lighthouse will measure wind and "
        "waves from September, the meteorological office said on Friday. It will cost 410,000 "
        "crowns and send its readings to ships every ten minutes."
    ),
}
SECOND = {
    "title": "Velden library lends out 300 umbrellas",
    "author": "Ines Calder",
    "date": "2023-07-14",
    "text": (
        "VELDEN (Harbour Wire) - The town library has lent out all of its 300 umbrellas in the "
        "wettest July since 1954. “Eleven have come back,” said the librarian, Aasta Bruun. "
        "The others are thought to be at the bus station."
    ),
}


def main() -> None:
    """Make every file anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        markdown(folder)
        word(folder)
        pdfs(folder)
        pages()
        book(folder)
        mail()
        records()
        archives()


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=180)


def office(source: Path, kind: str, folder: Path) -> Path:
    run("soffice", "--headless", "--convert-to", kind, "--outdir", folder, source)
    return folder / f"{source.stem}.{kind.split(':')[0]}"


# -- Markdown, Word, e-book ----------------------------------------------------------------

FRONT = f"""---
title: "{TITLE}"
author: [Ines Calder, Tom Brandt]
date: {DAY}
lang: en-GB
---

"""


def markdown(folder: Path) -> None:
    body = "\n\n".join(STORY)
    body = body.replace("night sailings", "**night sailings**").replace(
        "Nordlys Ferries", "[Nordlys Ferries](https://nordlys.example/about)"
    )
    tail = "\n\n## The roster\n\n| Route | Crews |\n|---|---|\n| North | 14 |\n| South | 9 |\n"
    (HERE / "ferry.md").write_text(FRONT + body + tail, encoding="utf-8")
    # As people write it: a colon in an unquoted title is not valid YAML.
    (HERE / "colon.md").write_text(
        f"---\ntitle: Library: 300 umbrellas lent\nauthor: Ines Calder\ndate: 2023-07-14\n"
        f"source: {OUTLET}\ntags: [rain, library]\n---\n\n{SECOND['text']}\n",
        encoding="utf-8",
    )


def word(folder: Path) -> None:
    """A document with a changed word, a note and a table, saved by LibreOffice."""
    changed = STORY[0].replace(
        "accept",
        '[accept]{.insertion author="E" date="2023-05-09T00:00:00Z"}'
        '[reject]{.deletion author="E" date="2023-05-09T00:00:00Z"}',
    )
    tail = "\n\n| Route | Crews |\n|---|---|\n| North | 14 |\n| South | 9 |\n"
    note = "\n\n[^1]: The ballot closed at noon.\n"
    source = folder / "ferry.md"
    source.write_text(FRONT + "\n\n".join([changed + "[^1]", *STORY[1:]]) + tail + note)
    run("pandoc", source, "-o", folder / "ferry.docx")
    made = office(folder / "ferry.docx", "docx:MS Word 2007 XML", folder / "office")
    (HERE / "ferry.docx").write_bytes(made.read_bytes())


def book(folder: Path) -> None:
    """A magazine of two pieces, from pandoc."""
    pieces = [
        f"# {piece['title']}\n\nBy {piece['author']}\n\n{piece['text']}"
        for piece in (SHORT, SECOND)
    ]
    source = folder / "magazine.md"
    source.write_text(
        "---\ntitle: Velden Quarterly\nauthor: The editors\ndate: 2023-09-01\nlang: en\n---\n\n"
        + "\n\n".join(pieces)
    )
    run("pandoc", source, "--epub-chapter-level=1", "--toc", "-o", HERE / "magazine.epub")


# -- PDF -----------------------------------------------------------------------------------


def flat_document() -> str:
    """Two columns, justified and hyphenated, with a running head and numbered feet."""
    body = "".join(f'<text:p text:style-name="Body">{p}</text:p>' for p in STORY * 3)
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (
            ("office", "office"), ("text", "text"), ("style", "style"), ("meta", "meta"),
            ("fo", "xsl-fo-compatible"), ("svg", "svg-compatible"),
        )
    )  # fmt: skip
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {spaces} xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"
  office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:title>{TITLE}</dc:title><meta:initial-creator>{BYLINE}</meta:initial-creator>
</office:meta>
<office:styles>
 <style:style style:name="Body" style:family="paragraph">
  <style:paragraph-properties fo:text-align="justify" fo:text-indent="0.4cm"/>
  <style:text-properties fo:font-size="11pt" style:font-name="Liberation Serif"
    fo:language="en" fo:country="US" fo:hyphenate="true"
    fo:hyphenation-remain-char-count="2" fo:hyphenation-push-char-count="2"/>
 </style:style>
 <style:style style:name="Headline" style:family="paragraph">
  <style:text-properties fo:font-size="20pt" fo:font-weight="bold"/></style:style>
 <style:style style:name="Plain" style:family="paragraph"/>
</office:styles>
<office:automatic-styles>
 <style:style style:name="Columns" style:family="section"><style:section-properties>
  <style:columns fo:column-count="2" fo:column-gap="0.7cm"/>
  </style:section-properties></style:style>
 <style:page-layout style:name="Page"><style:page-layout-properties fo:page-width="14.8cm"
   fo:page-height="21cm" fo:margin="1.5cm"/>
  <style:header-style><style:header-footer-properties svg:height="0.8cm"/></style:header-style>
  <style:footer-style><style:header-footer-properties svg:height="0.8cm"/></style:footer-style>
 </style:page-layout>
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="Page">
 <style:header><text:p text:style-name="Plain">{OUTLET}, Tuesday edition</text:p></style:header>
 <style:footer><text:p text:style-name="Plain">Page <text:page-number/> of
  <text:page-count/></text:p></style:footer></style:master-page></office:master-styles>
<office:body><office:text>
 <text:p text:style-name="Headline">{TITLE}</text:p>
 <text:p text:style-name="Plain">By {BYLINE}</text:p>
 <text:p text:style-name="Plain">9 May 2023</text:p>
 <text:section text:style-name="Columns" text:name="Story">{body}</text:section>
</office:text></office:body></office:document>"""


def pdfs(folder: Path) -> None:
    source = folder / "ferry.fodt"
    source.write_text(flat_document(), encoding="utf-8")
    made = office(source, "pdf", folder / "office")
    (HERE / "ferry.pdf").write_bytes(made.read_bytes())
    lock = json.dumps(
        {
            "EncryptFile": {"type": "boolean", "value": "true"},
            "DocumentOpenPassword": {"type": "string", "value": "secret"},
        }
    )
    locked = office(source, f"pdf:writer_pdf_Export:{lock}", folder / "locked")
    (HERE / "locked.pdf").write_bytes(locked.read_bytes())
    # A scan: the first page as a picture, and nothing else.
    run("pdftoppm", "-r", "60", "-gray", "-f", "1", "-l", "1", "-png", made, folder / "scan")
    picture = next(folder.glob("scan*.png"))
    printed(
        f"<style>@page {{margin: 0}} img {{width: 100%}}</style><img src='{picture.as_uri()}'>",
        HERE / "scan.pdf",
        folder,
    )
    # A page as a browser prints it.
    printed(
        f"<html lang=en><title>{SHORT['title']}</title><body style='hyphens:auto'>"
        f"<h1>{SHORT['title']}</h1><p>By {SHORT['author']}<p>Published 2 June 2023"
        f"<p>{SHORT['text']}</body></html>",
        HERE / "printed.pdf",
        folder,
    )


def printed(page: str, to: Path, folder: Path) -> None:
    source = folder / "printed.html"
    source.write_text(f"<meta charset=utf-8>{page}", encoding="utf-8")
    run(
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
        f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={to}", source.as_uri(),
    )  # fmt: skip


# -- web pages -----------------------------------------------------------------------------


def pages() -> None:
    linked = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": OUTLET},
            {
                "@type": "NewsArticle",
                "headline": TITLE,
                "datePublished": f"{DAY}T19:05:00+02:00",
                "dateline": "Velden",
                "inLanguage": "en-GB",
                "author": [{"@type": "Person", "name": n} for n in ("Ines Calder", "Tom Brandt")],
                "publisher": {"@type": "NewsMediaOrganization", "name": OUTLET},
            },
        ],
    }
    menu = "".join(f'<li><a href="/{n}">{n}</a></li>' for n in ("News", "Sport", "Tides", "Log in"))
    teasers = "".join(f'<li><a href="/{n}">{n} more stories for you</a></li>' for n in range(9))
    story = "".join(f"<p>{p}</p>" for p in STORY)
    (HERE / "linked-data.html").write_text(
        f"""<!doctype html><html lang="en-GB"><head><meta charset="utf-8">
<title>{TITLE} | {OUTLET}</title>
<link rel="canonical" href="https://harbour-post.example/2023/05/09/ferry">
<script type="application/ld+json">{json.dumps(linked)}</script>
<script>var shown = "not a word of this";</script></head>
<body><header><nav><ul>{menu}</ul></nav></header>
<div class="cookie-banner">We use cookies to improve your visit. <button>Accept all</button></div>
<main><article><h1>{TITLE}</h1><p class="byline">By Ines Calder and Tom Brandt</p>{story}
<aside><h3>Most read</h3><ul>{teasers}</ul></aside></article></main>
<section id="comments"><h2>Comments</h2><p>seagull77: about time!</p></section>
<footer><p>Copyright {OUTLET}. All rights reserved. Terms. Privacy.</p></footer></body></html>
""",
        encoding="utf-8",
    )
    # An older page: OpenGraph only, and an encoding of its own.
    (HERE / "open-graph.html").write_text(
        f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1252">
<meta property="og:title" content="{SECOND["title"]}">
<meta property="og:site_name" content="{OUTLET}">
<meta property="article:published_time" content="2023-07-14T08:00:00Z">
<meta name="author" content="Ines Calder">
<meta property="og:url" content="https://harbour-post.example/u">
</head><body><table width=100%><tr><td><a href=/>Home</a> <a href=/news>News</a></td></tr>
<tr><td><font size=5>{SECOND["title"]}</font><p>{SECOND["text"]}</p></td></tr></table></body></html>
""",
        encoding="cp1252",
    )
    (HERE / "fragment.html").write_text(f"<p>{SHORT['text']}</p>\n", encoding="utf-8")


# -- e-mail --------------------------------------------------------------------------------


def mail() -> None:
    letter = EmailMessage()
    letter["From"] = f"{OUTLET} <news@harbour-post.example>"
    letter["To"] = "reader@mail.example"
    letter["Subject"] = SHORT["title"]
    letter["Date"] = "Fri, 02 Jun 2023 07:30:00 +0200"
    letter["Message-ID"] = "<1@harbour-post.example>"
    letter.set_content(SHORT["text"])
    letter.add_alternative(f"<html><body><p>{SHORT['text']}</p></body></html>", subtype="html")
    pdf = (HERE / "printed.pdf").read_bytes()
    letter.add_attachment(pdf, maintype="application", subtype="pdf", filename="front page.pdf")
    letter.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    (HERE / "letter.eml").write_bytes(letter.as_bytes())
    newsletter = EmailMessage()
    newsletter["From"] = "=?iso-8859-1?q?Asta_Br=F8ndum?= <asta@harbour-post.example>"
    newsletter["Subject"] = SECOND["title"]
    newsletter["Date"] = "14 Jul 23 09:00 GMT"
    newsletter.set_content(
        f"<html><body><div style='display:none'>Preview text</div><table><tr><td>"
        f"<h1>{SECOND['title']}</h1><p>{SECOND['text']}</p></td></tr></table></body></html>",
        subtype="html",
        cte="quoted-printable",
    )
    (HERE / "newsletter.eml").write_bytes(newsletter.as_bytes())


# -- records and archives ------------------------------------------------------------------


def records() -> None:
    rows = [{**row, "source": OUTLET, "lang": "en"} for row in (SHORT, SECOND)]
    (HERE / "list.json").write_text(json.dumps({"status": "ok", "articles": rows}, indent=1))
    (HERE / "one.json").write_text(json.dumps(rows[0]))
    for name, dialect in (("table.csv", "excel"), ("table.tsv", "excel-tab")):
        with (HERE / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(
                file,
                ["title", "author", "date", "text", "source"],
                dialect=dialect,
                extrasaction="ignore",
            )
            writer.writeheader()
            writer.writerows(rows)
    entry = (
        "<item><title>{title}</title><dc:creator>{author}</dc:creator>"
        "<pubDate>{date} 08:00:00 GMT</pubDate><link>https://harbour-post.example/x</link>"
        "<description>A summary.</description>"
        "<content:encoded><![CDATA[<p>{text}</p>]]></content:encoded></item>"
    )
    (HERE / "feed.rss").write_text(
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{OUTLET}</title><language>en</language>"
        + "".join(entry.format(**row) for row in rows)
        + "</channel></rss>\n",
        encoding="utf-8",
    )


def archives() -> None:
    text = f"date {DAY} Ines Calder\nVelden\n{LEAD}\n"
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep.txt", SHORT["text"])
    with zipfile.ZipFile(HERE / "week.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("monday/ferry.txt", text)
        archive.write(HERE / "fragment.html", "monday/weather.html")
        archive.write(HERE / "table.csv", "records/table.csv")
        archive.writestr("older.zip", inner.getvalue())
        archive.writestr("broken.pdf", (HERE / "printed.pdf").read_bytes()[:900])
        archive.writestr("photo.jpg", b"\xff\xd8\xff")
        archive.writestr("__MACOSX/monday/._ferry.txt", b"\0")
    (HERE / "ferry.txt.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    with tarfile.open(HERE / "day.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("day/ferry.txt")
        info.size = len(text.encode())
        archive.addfile(info, io.BytesIO(text.encode()))


if __name__ == "__main__":
    main()
