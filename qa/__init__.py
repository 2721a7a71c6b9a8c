"""From a question to hits and cited answers.

from qa import Retriever, retrieve

hits = retrieve("What did China call for at the Security Council?", k=5)
"""

from embeddings.records import Filter
from qa.conversation import Turn
from qa.records import Answer, Citation, Hit, Score, Status
from qa.retriever import Retriever, retrieve

__all__ = [
    "Answer",
    "Citation",
    "Filter",
    "Hit",
    "Retriever",
    "Score",
    "Status",
    "Turn",
    "retrieve",
]
