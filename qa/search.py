"""One search: candidates from both sides, ranked, reranked, and made into hits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from embeddings.encoder import Embedded, Vectors
from embeddings.index import Snapshot
from embeddings.passages import embedding_input
from embeddings.records import Article, Filter, Passage
from embeddings.reranker import Reranker
from embeddings.tokens import max_sim, project
from qa.duplicates import Shingles, near_copies, shingles
from qa.ranking import (
    Ranking,
    RetrievalSettings,
    Values,
    append,
    blend,
    collapsed,
    feedback,
    fuse,
)
from qa.records import Hit

Prior = Callable[[Ranking], Ranking]
"""Adds what is known of the candidates beside the question to their scores."""

LEAST_LIKENESS = 0.7
"""Passages whose vectors' cosine is below are never near-copies, and need not be compared word
by word: the least seen among real near-copies is 0.755."""


_LIKENED = 400
"""Passages up to which all cosines between them are had at once."""


def rank(
    snapshot: Snapshot,
    query: Embedded,
    terms: list[str],
    depth: int,
    where: Filter,
    settings: RetrievalSettings,
    prior: Prior | None = None,
) -> Ranking:
    """The passages that bear most on a question, with what each component made of them.

    Args:
        snapshot: the generation to search.
        query: the embedded question.
        terms: its words, as `terms_of` gives them.
        depth: how many passages each side of the search brings, where there are as many.
        where: what the articles must match.
        settings: how to rank.
        prior: what else will be added to the scores: passages that it may lift to the top
            are reranked as well. It is not added here.
    """
    dense = dict(snapshot.dense(query.vector, depth, where)) if settings.dense else {}
    lexical = dict(snapshot.lexical(terms, depth, where)) if settings.lexical else {}
    ids = sorted(dense.keys() | lexical.keys())
    vectors = snapshot.dense_vectors(ids)
    sides: dict[str, Values] = {}
    if settings.dense:
        sides["dense"] = (vectors @ query.vector).astype(np.float64)
    if settings.lexical and lexical:
        # A passage that only the dense side brought has a lexical score all the same.
        lexical |= snapshot.lexical_scores(terms, [i for i in ids if i not in lexical])
        sides["lexical"] = np.array([lexical.get(i, 0.0) for i in ids])
    if not sides or not ids:
        return Ranking(np.zeros(0, dtype=np.int64), np.zeros(0))
    weights = {"dense": settings.dense_weight, "lexical": 1 - settings.dense_weight}
    fused = fuse(ids, sides, weights)
    head, rest = fused.split(settings.compared, prior and prior(fused))
    head = _compare_tokens_and_feed_back(
        snapshot, head, query, vectors[np.searchsorted(ids, head.ids)], settings
    )
    return append(head, rest)


def _compare_tokens_and_feed_back(
    snapshot: Snapshot,
    ranking: Ranking,
    query: Embedded,
    vectors: Vectors,
    settings: RetrievalSettings,
) -> Ranking:
    """Late interaction, then feedback, over all of a ranking's candidates."""
    projection = snapshot.projection
    if settings.late_interaction_weight and projection is not None and len(query.tokens):
        ids = ranking.ids.tolist()
        packed = snapshot.tokens(ids)
        values = max_sim(project(query.tokens, projection), [packed.get(i, b"") for i in ids])
        ranking = blend(
            ranking, "late interaction", np.array(values), settings.late_interaction_weight
        )
    if settings.feedback_weight and len(ranking.ids) > 2:
        near = feedback(ranking, vectors, settings.feedback_passages, settings.feedback_temperature)
        ranking = blend(ranking, "feedback", near, settings.feedback_weight)
    return ranking


def reread(
    snapshot: Snapshot,
    ranking: Ranking,
    question: str,
    reranker: Reranker,
    count: int,
    weight: float,
) -> Ranking:
    """The ranking with its best `count` passages read by the reranker, behind their titles."""
    head, rest = ranking.split(count)
    found = snapshot.passages(head.ids.tolist())
    texts = [embedding_input(article, passage) for passage, article in found.values()]
    values = np.array(reranker.scores(question, texts), dtype=np.float64)
    return append(blend(head, "reranker", values, weight), rest)


def _likeness(snapshot: Snapshot, ids: list[int]) -> list[list[float]]:
    """The cosines of passages' vectors, a row a passage."""
    vectors = snapshot.dense_vectors(ids)
    rows: list[list[float]] = (vectors @ vectors.T).tolist()
    return rows


def hits_of(
    snapshot: Snapshot, ranking: Ranking, terms: list[str], k: int, collapse: bool
) -> list[Hit]:
    """The k best passages of a ranking as hits; near-copies are folded where `collapse`."""
    ranking = ranking.top(len(ranking.ids))
    ids = ranking.ids.tolist()
    # Copies are near each other in every component, so they rank close together.
    reach = min(3 * k if collapse else k, len(ids))
    found = snapshot.passages(ids[:reach])
    known = min(reach, _LIKENED)
    likeness = _likeness(snapshot, ids[:known]) if collapse else []
    words: dict[int, Shingles] = {}

    def look(position: int) -> tuple[Passage, Article]:
        passage_id = ids[position]
        if passage_id not in found:
            found.update(snapshot.passages([passage_id]))
        return found[passage_id]

    def words_of(position: int) -> Shingles:
        if position not in words:
            words[position] = shingles(look(position)[0].text)
        return words[position]

    def same(one: int, other: int) -> bool:
        if other < known and likeness[one][other] < LEAST_LIKENESS:
            return False
        if look(one)[1].id == look(other)[1].id:
            return False
        return near_copies(words_of(one), words_of(other))

    groups: list[tuple[int, list[int]]] = [(position, []) for position in range(reach)]
    if collapse:
        groups = collapsed(range(len(ids)), same, k, reach)
    hits = []
    scores = ranking.scores([position for position, _ in groups])
    for (position, copies), told in zip(groups, scores, strict=True):
        passage, article = look(position)
        others = {look(copy)[1].id: look(copy)[1] for copy in copies}
        hits.append(
            Hit(
                passage,
                article,
                float(ranking.score[position]),
                told,
                tuple(terms),
                tuple(others.values()),
            )
        )
    return hits
