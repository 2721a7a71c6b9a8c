"""Files that are damaged, mislabelled or made to do harm: refused with a reason, alone."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from files.make import SHORT

from embeddings import articles as readers
from embeddings.articles import isolation, limits, read_articles, register, suffixes
from embeddings.errors import ArticleError
from embeddings.records import Article

FILES = sorted(
    file for file in (Path(__file__).parent / "files").iterdir() if readers.supported(file)
)
HTML = ".html"


def read(name: str, data: bytes) -> list[Article | ArticleError]:
    """What a file gives; that it is refused whole is the one problem it gives."""
    try:
        return list(read_articles(Path(name), name, data))
    except ArticleError as error:
        return [error]


def reasons(name: str, data: bytes) -> str:
    """Why a file is refused; nothing in it may have become an article."""
    items = read(name, data)
    assert items
    problems = [item for item in items if isinstance(item, ArticleError)]
    assert problems == items
    assert all(problem.hint for problem in problems)
    return " ".join(map(str, problems))


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_part(file: str, part: str, data: bytes) -> bytes:
    """A document with one of its parts replaced."""
    source = Path(__file__).parent / "files" / file
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[next(name for name in members if name.endswith(part))] = data
    return zipped(**members)


TEXT = SHORT["text"].encode()
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 20}">' for n in range(12))
    + '<!ENTITY file SYSTEM "file:///etc/passwd">]>'
)


# -- archives ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.zip", "a.gz", "a.tar.gz", "a.docx", "a.epub"])
def test_a_decompression_bomb_is_refused(name: str) -> None:
    zeros = bytes(64 << 20)
    if name == "a.gz":
        bomb = gzip.compress(zeros)
    elif name == "a.tar.gz":
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            info = tarfile.TarInfo("a.txt")
            info.size = len(zeros)
            archive.addfile(info, io.BytesIO(zeros))
        bomb = buffer.getvalue()
    else:
        bomb = zipped(**{"a.txt": zeros})
    assert len(bomb) < 1 << 20
    assert "made to fill a machine's memory" in reasons(name, bomb)


def test_archives_in_archives_have_an_end() -> None:
    data = zipped(**{"deep.txt": TEXT})
    for _ in range(6):
        data = zipped(**{"next.zip": data})
    assert "inside too many others" in reasons("a.zip", data)


def test_an_archive_has_room_for_so_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(**{f"{n}.txt": TEXT for n in range(20)})
    monkeypatch.setattr(limits, "ARCHIVE_MEMBERS", 10)
    assert "20 members" in reasons("a.zip", data)
    nested = zipped(**{f"{n}.zip": zipped(**{"a.txt": TEXT, "b.txt": TEXT}) for n in range(5)})
    items = read("a.zip", nested)
    assert 4 <= sum(isinstance(item, Article) for item in items) < 10
    assert "the rest of it was left out" in str(items[-1])


def test_an_archive_has_room_for_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ARCHIVE_BYTES", 3 * len(TEXT))
    items = read("a.zip", zipped(**{f"{n}.txt": TEXT for n in range(9)}))
    assert [isinstance(item, Article) for item in items] == [True, True, True, False]


@pytest.mark.parametrize(
    "name", ["../up.txt", "/etc/passwd.txt", "a/../../b.txt", "C:\\x.txt", "..\\up.txt"]
)
def test_a_name_that_leads_out_of_the_archive_is_refused(name: str) -> None:
    items = read("a.zip", zipped(**{name: TEXT, "good.txt": TEXT}))
    problem, good = items
    assert isinstance(problem, ArticleError)
    assert "leads out of the archive" in str(problem)
    assert isinstance(good, Article)
    assert good.id == "a.zip/good.txt"


def test_a_locked_member_says_so() -> None:
    data = bytearray(zipped(**{"a.txt": TEXT}))
    data[6] |= 1  # in the member's own header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    assert "locked by a password" in reasons("a.zip", bytes(data))


def test_a_member_whose_bytes_are_damaged_fails_alone() -> None:
    data = bytearray(zipped(**{"a.txt": TEXT, "b.txt": TEXT}))
    data[45] ^= 0xFF
    problem, good = read("a.zip", bytes(data))
    assert str(problem).startswith("a.txt: ")
    assert isinstance(good, Article)


# -- markup and records --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.rss", f"{LAUGHS}<rss version='2.0'><channel><item><description>&a12;&file; x"
                  "</description></item></channel></rss>"),
        ("a.xhtml", f"{LAUGHS}<html><body><p>Rain fell. &a12;&file;</p></body></html>"),
    ],
)  # fmt: skip
def test_entities_do_not_grow_or_read_files(name: str, data: str) -> None:
    for item in read(name, data.encode()):
        text = item.text if isinstance(item, Article) else str(item)
        assert len(text) < 10_000
        assert "root:" not in text


@pytest.mark.parametrize(
    ("file", "part", "root"),
    [
        ("ferry.docx", "word/document.xml", "w:document"),
        ("ferry.docx", "docProps/core.xml", "cp:coreProperties"),
        ("magazine.epub", ".opf", "package"),
        ("magazine.epub", "container.xml", "container"),
        ("magazine.epub", "ch001.xhtml", "html"),
    ],
)
def test_entities_in_documents_do_not_grow(file: str, part: str, root: str) -> None:
    laughs = f"{LAUGHS}<{root}>&a12;&file;</{root}>".encode()
    for item in read(file, with_part(file, part, laughs)):
        text = item.text if isinstance(item, Article) else str(item)
        assert len(text) < 10_000
        assert "root:" not in text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", "<div>" * 200_000 + "Rain fell."),
        ("a.html", "<table><tr><td>" * 20_000 + "Rain fell."),
        ("a.md", ">" * 50_000 + " Rain fell."),
        ("a.md", "[" * 50_000 + "Rain fell."),
        ("a.md", "*a " * 50_000),
        ("a.md", "".join(f"{'  ' * n}- x\n" for n in range(1000))),
        ("a.md", "---\na: " + "[" * 50_000 + "\n---\nRain fell."),
        ("a.json", "[" * 200_000),
        ("a.json", '{"a":' * 200_000 + "1" + "}" * 200_000),
        ("a.jsonl", '{"text":' * 100_000),
        ("a.rss", "<rss version='2.0'><channel>" + "<item>" * 5_000),
        ("a.eml", "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + "--b\n" * 50_000),
        ("a.eml", "Subject: " + "=?utf-8?q?x?= " * 20_000 + "\n\nRain fell."),
        ("a.csv", '"' * 100_000),
    ],
)
def test_deep_and_repetitive_files_end(name: str, data: str) -> None:
    assert read(name, data.encode())


def test_a_line_without_end_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RECORD_CHARACTERS", 1000)
    long = json.dumps({"text": "x" * 5000})
    problem, article = read("a.jsonl", f"{long}\n{json.dumps({'text': 'Rain fell.'})}\n".encode())
    assert "Line 1 has more than 1,000 characters" in str(problem)
    assert isinstance(article, Article)
    assert "1,000 characters" in reasons("a.csv", f"title,text\nx,{'y' * 5000}\n".encode())


LINE_MEGABYTES = int(os.environ.get("DATELINE_LINE_MEGABYTES", "100"))
LINE = """
import re, sys, time
from pathlib import Path
from fakes import FakeEncoder
from embeddings.rebuild import rebuild
import embeddings.dense, embeddings.lexical
began = time.monotonic()
with open(Path("seeds") / sys.argv[1], "wb") as stream:
    stream.write(sys.argv[2].encode())
    for _ in range(int(sys.argv[3])):
        stream.write(b"x" * (1 << 20))
report = rebuild(Path("seeds"), Path("index"), FakeEncoder())
for entry in report.entries:
    print(entry.path, entry.action.value, *entry.problems, sep=" | ")
# Not ru_maxrss, which begins at what the program that started this one had in memory.
peak = re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())
print(int(peak[1]) // 1024, time.monotonic() - began)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is counted as Linux does")
@pytest.mark.parametrize(
    ("name", "start", "reason"),
    [
        ("a.jsonl", '{"text": "', "has more than 16,777,216 characters"),
        ("a.csv", "title,text\nx,", "a line of more than 16,777,216 characters"),
        ("a.txt", "", "is too large"),
        ("a.html", "<p>", ""),
        ("a.zip", "PK", "damaged or cut short"),
    ],
)
def test_one_endless_line_costs_no_more_than_its_bytes(
    tmp_path: Path, name: str, start: str, reason: str
) -> None:
    """A gigabyte, where `DATELINE_LINE_MEGABYTES` is 1024."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "good.txt").write_text("Rain fell in Velin.\n")
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", LINE, name, start, str(LINE_MEGABYTES)],
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'tests'}"},
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=True,
    )  # fmt: skip
    refused, good, cost = done.stdout.splitlines()
    assert refused.startswith(f"{name} | failed | ")
    assert reason in refused
    assert good == "good.txt | added"
    megabytes, seconds = map(float, cost.split())
    assert megabytes < LINE_MEGABYTES * 1.1 + 200
    assert seconds < 100


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.json"])
def test_a_text_longer_than_any_article_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ARTICLE_CHARACTERS", 1000)
    text = "rain fell " * 500
    data = (json.dumps({"text": text}) if name == "a.json" else text).encode()
    # In this process, where the limit was lowered.
    with pytest.raises(ArticleError, match=r"at most 1,000.*Split it"):
        raise_first(readers.read_here(Path(name), name, data))


def raise_first(items: Iterator[Article | ArticleError]) -> None:
    item = next(items)
    assert isinstance(item, ArticleError)
    raise item


@pytest.mark.parametrize(
    "day", ["0000-00-00", "9999-12-31", "2024-02-30", "99999999999999999999", "ﬁrst of May", "-1"]
)
def test_absurd_dates_are_no_dates(day: str) -> None:
    for name, data in {
        "a.md": f"---\ndate: {day}\n---\nRain fell.",
        "a.html": f"<meta property='article:published_time' content='{day}'><p>Rain fell.</p>",
        "a.eml": f"Subject: x\nDate: {day}\n\nRain fell.",
        "a.csv": f"text,date\nRain fell.,{day}\n",
        "a.rss": "<rss version='2.0'><channel><item><description>Rain fell.</description>"
        f"<pubDate>{day}</pubDate></item></channel></rss>",
    }.items():
        (article,) = read(name, data.encode())
        assert isinstance(article, Article), article
        assert article.published is None


# -- damaged and mislabelled ---------------------------------------------------------------


@pytest.mark.parametrize("suffix", suffixes())
def test_nothing_and_noise_are_refused(suffix: str) -> None:
    assert reasons(f"a{suffix}", b"")
    noise = random.Random(suffix).randbytes(20_000)
    items = read(f"a{suffix}", noise)
    assert items
    # A run of noise can pass for text only where a format is nothing but text.
    assert all(isinstance(item, ArticleError) for item in items) or suffix in (".txt", ".text")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_cut_short_gives_what_is_left_or_a_reason(file: Path) -> None:
    data = file.read_bytes()
    for share in (0.02, 0.3, 0.6, 0.9, 0.99):
        assert read(file.name, data[: int(share * len(data))])


@pytest.mark.parametrize("suffix", suffixes())
def test_a_file_under_another_suffix_is_read_or_refused(suffix: str) -> None:
    for file in FILES:
        items = read(f"a{suffix}", file.read_bytes())
        assert items, file
        for item in items:
            assert isinstance(item, Article) or (item.message and item.hint)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", b"PK\x03\x04", "ZIP archive"),
        ("a.pdf", b"<html>", "HTML"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old format"),
        ("a.docx", b"%PDF-1.7", "a PDF document"),
        ("a.docx", zipped(**{"a.txt": TEXT}), "not a whole Word document"),
        ("a.epub", zipped(**{"a.txt": TEXT}), "no e-book"),
        ("a.zip", b"Rar!\x1a\x07", "not a ZIP archive"),
        ("a.eml", b"%PDF-1.7", "not an e-mail"),
        ("a.xml", b"<note><to>x</to></note>", "not a feed"),
    ],
)
def test_a_wrong_suffix_is_named(name: str, data: bytes, reason: str) -> None:
    assert reason in reasons(name, data)


# -- the process apart ---------------------------------------------------------------------


@pytest.fixture
def _hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    isolation.close()
    monkeypatch.setattr(readers, "_formats", dict(readers._formats))
    register(".bad", module="hostile_reader", apart=True)
    start = (
        f"{isolation._START} sys.path.insert(0, {str(Path(__file__).parent)!r}); "
        "from embeddings.articles import register; "
        "register('.bad', module='hostile_reader'); "
    )
    monkeypatch.setattr(isolation, "_START", start)
    yield
    isolation.close()


@pytest.mark.usefixtures("_hostile")
def test_a_file_that_crashes_hangs_or_bloats_its_reader_fails_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "crashed" in reasons("a.bad", b"abort")
    assert "more memory" in reasons("a.bad", b"eat")
    with monkeypatch.context() as patch:
        patch.setattr(limits, "SECONDS", 1.0)
        assert "more than 1 s" in reasons("a.bad", b"hang")
    (article,) = read("a.bad", b"Rain fell.")
    assert isinstance(article, Article)


@pytest.mark.usefixtures("_hostile")
def test_what_a_library_prints_is_not_taken_for_an_article() -> None:
    for data in (b"print", b"Rain fell."):
        (article,) = read("a.bad", data)
        assert isinstance(article, Article)
        assert article.text == data.decode()


def test_both_processes_read_alike() -> None:
    for file in FILES:
        data = file.read_bytes()
        try:
            here: list[object] = list(readers.read_here(file, file.name, data))
        except ArticleError as error:
            here = [error]
        apart = read(file.name, data)
        assert list(map(str, apart)) == list(map(str, here))
