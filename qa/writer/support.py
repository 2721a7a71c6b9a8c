"""Whether the passages support a sentence, and which of their sentences do.

The language model's citation numbers are a hint. Code looks for the evidence: whole sentences of
the passages, chosen by similarity and by what they cover, at most `MOST_EVIDENCE` of them. What
the sentence states is then held against these: its figures and dates, names, quotations, "not",
and words with a contrary; and the sentence as a whole by its words and its embedding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from embeddings.encoder import Embedded, Encoder
from embeddings.records import Article
from qa.records import Hit
from qa.writer import contrast, names
from qa.writer.draft import DraftSentence
from qa.writer.figures import Day, Number, dates_known, dates_said, numbers_said, without_figures
from qa.writer.words import addresses_model, content, ordinary_words

MOST_EVIDENCE = 3
"""Sentences that one claim may rest on."""
LEAST_SUPPORT = 1.4
"""Overlap and token similarity together below which no sentence is said to carry the claim.

Chosen on the claims in ``tests/newsroom/claims.jsonl``.
"""

_WORTH_ADDING = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of passage `passage`, counted from 1, at ``[start, end)`` of the article."""

    passage: int
    article: Article
    start: int
    end: int
    text: str
    stems: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Support:
    """How much of a claim its evidence carries, figures aside, each from 0 to 1.

    ``overlap`` is the share of its words, ``tokens`` the mean over its tokens of the highest
    cosine to one of the evidence's (the precision of BERTScore: Zhang et al., 2020). Without
    an encoder the overlap stands for both.
    """

    overlap: float
    tokens: float

    @property
    def total(self) -> float:
        """Both together, from 0 to 2."""
        return self.overlap + self.tokens


@dataclass(frozen=True, slots=True)
class Verdict:
    """The evidence found for a sentence, and what in it remains in doubt, in plain words."""

    evidence: tuple[Evidence, ...]
    doubts: tuple[str, ...]


class Checker:
    """Checks sentences against one list of passages; what it encodes is kept for the next."""

    def __init__(self, hits: Sequence[Hit], encoder: Encoder | None = None) -> None:
        self._encoder = encoder
        self._encoded: dict[str, Embedded] = {}
        self._passages = [list(_sentences(n, hit)) for n, hit in enumerate(hits, start=1)]
        self._ordinary = ordinary_words(hit.article.text for hit in hits)

    def known(self, number: int) -> bool:
        """Whether there is a passage of this number."""
        return 1 <= number <= len(self._passages)

    def check(self, sentence: DraftSentence) -> Verdict:
        """Look for evidence in the passages cited, then in the others.

        A sentence that cites the wrong passage, or none, is supported all the same where
        another bears it out: the reader is shown that one.
        """
        claim = sentence.text
        cited = [number for number in sentence.cited if self.known(number)]
        verdict = None
        if cited:
            verdict = self._against(claim, [self._passages[number - 1] for number in cited])
            if not verdict.doubts:
                return verdict
        anywhere = self._against(claim, self._passages)
        if verdict is None or not anywhere.doubts:
            return anywhere
        return verdict

    def _against(self, claim: str, passages: Sequence[Sequence[Evidence]]) -> Verdict:
        sentences = [sentence for passage in passages for sentence in passage]
        chosen = self._choose(claim, sentences)
        if not chosen:
            return Verdict((), ("nothing in the passages says this",))
        doubts = self._doubts(claim, chosen)
        if doubts and len(chosen) > 1:
            alone = self._doubts(claim, chosen[:1])
            if len(alone) < len(doubts):
                chosen, doubts = chosen[:1], alone
        return Verdict(tuple(chosen), tuple(doubts))

    def _choose(self, claim: str, sentences: Sequence[Evidence]) -> list[Evidence]:
        """The most similar sentence, then those that cover what is still open."""
        if not sentences:
            return []
        stems = content(claim)
        scores = self._similarities(claim, stems, sentences)
        best = int(np.argmax(scores))
        chosen = [sentences[best]]
        while len(chosen) < MOST_EVIDENCE:
            open_stems = stems - frozenset().union(*(s.stems for s in chosen))
            open_numbers = _numbers_missing(claim, chosen)
            open_dates = _dates_missing(claim, chosen)
            gains = [
                len(open_stems & sentence.stems)
                + 2 * (len(open_numbers) - len(_numbers_missing(claim, [*chosen, sentence])))
                + 2 * (len(open_dates) - len(_dates_missing(claim, [*chosen, sentence])))
                for sentence in sentences
            ]
            at = max(range(len(sentences)), key=lambda i: (gains[i], scores[i]))
            if gains[at] < _WORTH_ADDING:
                break
            chosen.append(sentences[at])
        return chosen

    def _similarities(
        self, claim: str, stems: frozenset[str], sentences: Sequence[Evidence]
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        overlap = np.array([len(stems & s.stems) / max(1, len(stems)) for s in sentences])
        if self._encoder is None:
            return overlap
        vectors = np.stack([e.vector for e in self._encode([s.text for s in sentences])])
        cosine = vectors @ self._encode([claim])[0].vector
        return np.asarray(0.5 * overlap + 0.5 * cosine, dtype=np.float64)

    def _encode(self, texts: Sequence[str]) -> list[Embedded]:
        assert self._encoder is not None
        new = [text for text in dict.fromkeys(texts) if text not in self._encoded]
        if new:
            self._encoded.update(zip(new, self._encoder.encode_passages(new), strict=True))
        return [self._encoded[text] for text in texts]

    def support(self, claim: str, evidence: Sequence[Evidence]) -> Support:
        """How much of the claim the evidence carries; names its articles have count as carried."""
        claim = without_figures(claim)
        stems = content(claim)
        carried = frozenset().union(*(sentence.stems for sentence in evidence))
        for name in names.names_in(claim, self._ordinary):
            if not all(names.missing_name(name, s.article) for s in evidence):
                carried |= content(" ".join(name))
        overlap = len(stems & carried) / len(stems) if stems else 0.0
        if self._encoder is None:
            return Support(overlap, overlap)
        mine, theirs = self._encode([claim, " ".join(without_figures(s.text) for s in evidence)])
        tokens = 1.0
        if len(mine.tokens) and len(theirs.tokens):
            tokens = float((mine.tokens @ theirs.tokens.T).max(axis=1).mean())
        return Support(overlap, tokens)

    def _doubts(self, claim: str, evidence: Sequence[Evidence]) -> list[str]:
        missing = [number.shown for number in _numbers_missing(claim, evidence)]
        missing += [day.shown for day in _dates_missing(claim, evidence)]
        doubts = [f"“{figure}” is not in the passage" for figure in missing]
        articles = list({s.article.id: s.article for s in evidence}.values())
        for name in names.names_in(claim, self._ordinary):
            absent = [names.missing_name(name, article) for article in articles]
            if all(absent):
                shown = min(absent, key=len)
                doubts.append(f"“{_as_written(shown, claim)}” is not in the article")
        quotes = [contrast.misquoted(claim, article) for article in articles]
        if all(quotes):
            doubts.append(f"“{quotes[0]}” is not quoted from the article")
        text = " ".join(sentence.text for sentence in evidence)
        negated = contrast.negated_wrongly(claim, text)
        contrary = contrast.opposed(claim, text)
        # Both at once is the same thing said the other way round: "not open" for "closed".
        same = negated and contrary and contrast.is_plain_not(negated)
        if negated and not same:
            doubts.append(f"the passage differs over “{negated}”")
        if contrary and not same:
            doubts.append(f"it says “{contrary[0]}” where the passage says “{contrary[1]}”")
        multiple = contrast.other_multiple(claim, text)
        if multiple:
            doubts.append(f"“{multiple}” is not in the passage")
        subject = names.other_subject(claim, evidence[0].text, self._ordinary)
        if subject:
            doubts.append(f"the passage says this of “{subject}”")
        roles = [names.wrong_role(claim, article, self._ordinary) for article in articles]
        if all(roles):
            doubts.append(f"“{roles[0]}” is not in the article")
        if self.support(claim, evidence).total < LEAST_SUPPORT:
            doubts.append("no sentence of the passages says this")
        return doubts


def _sentences(number: int, hit: Hit) -> Iterable[Evidence]:
    for start, end in hit.passage.sentences:
        text = hit.article.text[start:end]
        # What is written to steer a language model is never evidence for what one says.
        if not addresses_model(text):
            yield Evidence(number, hit.article, start, end, text, content(text))


def _numbers_missing(claim: str, evidence: Sequence[Evidence]) -> list[Number]:
    wanted = [n for n in numbers_said(claim) if n.value != 1 or n.unit]
    if not wanted:
        return []
    known = [number for sentence in evidence for number in numbers_said(sentence.text)]
    stems = frozenset().union(*(sentence.stems for sentence in evidence))
    return [n for n in wanted if not any(_same(n, other, known, stems) for other in known)]


def _same(mine: Number, other: Number, known: Sequence[Number], stems: frozenset[str]) -> bool:
    if mine.value != other.value:
        return False
    # "Four of seven charges" is not borne out by "the other four counts".
    if mine.around and other.around and not mine.around & other.around:
        return False
    if mine.unit == other.unit:
        return True
    if mine.unit == "%":
        # "from 4.75 to 4.5 percent": the sign stands behind the last only.
        return not other.unit and any(number.unit == "%" for number in known)
    if not mine.unit:
        return other.unit != "%"
    return not other.unit and bool(content(mine.unit) & stems)


def _dates_missing(claim: str, evidence: Sequence[Evidence]) -> list[Day]:
    wanted = dates_said(claim)
    if not wanted:
        return []
    # The day of publication dates the sentence that carries the claim, not those beside it.
    known = [
        day
        for at, sentence in enumerate(evidence)
        for day in dates_known(sentence.text, sentence.article.published, undated=at == 0)
    ]
    said = [day for sentence in evidence for day in dates_said(sentence.text)]
    return [day for day in wanted if not any(day.within(other) for other in (*known, *said))]


def _as_written(words: str, claim: str) -> str:
    """Lower-case words as they stand in the claim, where they do."""
    at = claim.lower().find(words)
    return claim[at : at + len(words)] if at >= 0 else words
