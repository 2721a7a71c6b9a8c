"""Example questions drawn from the collection itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from embeddings.records import Article
from qa.suggestions import LONGEST_NAME, names_told


def subject(article: Article) -> str:
    """The name an article speaks of most, as it stands in it; empty when none is found."""
    return next(iter(names_told(article)), "")


def example_questions(articles: Iterable[Article], limit: int = 3) -> list[str]:
    """Questions to begin with, one an article, each on another subject.

    Args:
        articles: the newest first.
        limit: how many questions at most.
    """
    questions: list[str] = []
    told: list[str] = []
    for article in articles:
        if len(questions) >= limit:
            break
        name = subject(article)
        title = " ".join(article.title.split())
        if name and not _near(name, told):
            told.append(name)
            questions.append(f"What do the articles say about {name}?")
        elif not name and 0 < len(title) <= 2 * LONGEST_NAME and not _near(title, told):
            told.append(title)
            questions.append(f"What is reported in “{title}”?")
    return questions


def _near(name: str, told: Sequence[str]) -> bool:
    """Whether a subject shares a word with one already asked about."""
    words = set(name.lower().split()) - {"the", "of", "and", "for"}
    return any(words & set(other.lower().split()) for other in told)
