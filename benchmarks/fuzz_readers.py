"""Let atheris look for bytes that make a reader fail in a way it should not.

    pip install atheris
    python benchmarks/fuzz_readers.py .md -max_total_time=60 CORPUS_FOLDER

The first argument is the suffix to fuzz, the others are libFuzzer's own. Any exception that
is not an `ArticleError` is reported as a crash, and so is one behind an `ArticleError` that
speaks of a mistake in a reader rather than in the file.
Start from the files in tests/files, copied: libFuzzer writes what it finds into the folder.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["embeddings"]):
    from embeddings.articles import read_here
    from embeddings.errors import ArticleError
    from embeddings.records import Article

    for reader in [
        "csv_table",
        "docx",
        "epub",
        "feed",
        "html",
        "json_file",
        "jsonlines",
        "mail",
        "markdown",
        "markup",
        "page_metadata",
        "pdf",
        "pdf_layout",
        "seed",
        "xml",
        "zipped",
    ]:
        import_module(f"embeddings.articles.{reader}")

MISTAKES = (AssertionError, AttributeError, IndexError, KeyError, NameError, TypeError)
SUFFIX = sys.argv.pop(1) if len(sys.argv) > 1 else ".md"


def fuzz(data: bytes) -> None:
    name = f"a{SUFFIX}"
    try:
        for item in read_here(Path(name), name, data):
            if isinstance(item, Article):
                assert item.text.strip() == item.text != ""
                assert list(item.pages) == sorted(item.pages)
    except ArticleError as error:
        if isinstance(error.__cause__, MISTAKES):
            raise error.__cause__ from None


atheris.Setup(sys.argv, fuzz)
atheris.Fuzz()
