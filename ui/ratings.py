"""What readers said of answers, kept beside the index as questions to measure by."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa.records import Answer, Status
from ui.render import LIKE

log = logging.getLogger(__name__)

FILE_NAME = "ratings.jsonl"


class Ratings:
    """A JSON Lines file with one line for each question that was rated, the last word kept.

    Each line holds ``id``, ``question`` (as it was understood), ``relevant_ids`` (the articles
    cited, where the answer was liked), ``answerable`` (what a liked answer shows of it),
    ``date`` (ISO 8601), ``rating`` and ``answer`` (the quotes). `dateline evaluate` reads such
    a file as questions.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()

    def put(self, answer: Answer, rating: str) -> None:
        """Keep what was said of an answer; an empty rating takes it back.

        Raises:
            OSError: the file cannot be written.
        """
        question = answer.resolved_question or answer.question
        identity = hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()[:16]
        cited = list(dict.fromkeys(citation.article_id for citation in answer.citations))
        with self._lock:
            lines = {row["id"]: row for row in self._rows() if row["id"] != identity}
            if rating:
                lines[identity] = {
                    "id": identity,
                    "question": question,
                    "relevant_ids": cited if rating == LIKE else [],
                    "answerable": _answerable(answer, rating),
                    "date": datetime.now(UTC).isoformat(timespec="seconds"),
                    "rating": rating,
                    "answer": " ".join(sentence.text for sentence in answer.sentences),
                }
            self._write(list(lines.values()))

    def _rows(self) -> list[dict[str, Any]]:
        if not self.file.exists():
            return []
        rows = []
        for line in self.file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
                if isinstance(row, dict) and "id" in row:
                    rows.append(row)
            except ValueError:
                log.warning("a line of %s is not JSON and is dropped", self.file)
        return rows

    def _write(self, rows: list[dict[str, Any]]) -> None:
        whole = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        beside = self.file.with_suffix(".part")
        beside.write_text(whole, encoding="utf-8", errors="replace")
        beside.replace(self.file)


def _answerable(answer: Answer, rating: str) -> bool | None:
    """Whether the articles answer, as far as a reader's word tells."""
    if rating != LIKE:
        return None
    return answer.status is not Status.NOT_IN_ARTICLES
