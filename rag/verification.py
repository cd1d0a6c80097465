"""A claim's part against the passages found for it: which sentences speak for it and which against it.

Two layers, both open to inspection: the verifier's judgement of each sentence in its context, calibrated
together with how far its words and their states agree with the claim's, and the comparison of figures,
dates, names and polarity, which may veto and says why. docs/claims.md has the rules.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.alignment import align
from rag.background import stems
from rag.comparison import FIGURES, Comparison, Difference
from rag.cross_encoder import ReadPassage
from rag.encoder import Floats
from rag.evidence import Neighbours, quote_of
from rag.retrieval import Candidate, Query
from rag.schema import Evidence, Passage, Sentence, Stance
from rag.signals import sentences_to_read, texts_to_read
from rag.stances import StanceCalibration, StanceModel, in_context, read_stance_signals
from rag.tokens import CompressedStates
from rag.verifier import STANCES, Verifier

SHOWN_A_SIDE = 3  # quotes for a part, and against it
SHOWN_NEAREST = 5
MORE_LIKELY_THAN_NOT = 0.5

Voices = Callable[[str, int, int], frozenset[str]]
"""Who says what stands from start to end of an article, by names; empty where the article says it."""


@dataclass(frozen=True, kw_only=True)
class JudgedSentence:
    """A sentence of a passage, what it says to a claim, how sure that is, and what decided.

    `probabilities` (3,) are those of `STANCES`; `score` is the stance's own after a veto.
    """

    passage: Passage
    title: str
    sentence: Sentence
    probabilities: Floats
    comparison: Comparison
    stance: Stance
    score: float
    reason: str

    @property
    def text(self) -> str:
        """The sentence."""
        return self.passage.text_of(self.sentence)


@dataclass(frozen=True, kw_only=True)
class JudgedText:
    """What a text says to a claim: `probabilities` (3,) of `STANCES`, and what differs in definite things."""

    probabilities: Floats
    comparison: Comparison


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A sentence that speaks for or against a claim, once all are seen: with copies, superseded or not."""

    judged: JudgedSentence
    published: datetime.date | None
    superseded: bool = False
    copies: tuple[str, ...] = ()

    @property
    def article_id(self) -> str:
        """Its article."""
        return self.judged.passage.article_id


class ClaimVerifier:
    """Judges the sentences of passages for a claim, by a model and a calibration of its signals."""

    def __init__(self, verifier: Verifier, stances: StanceModel) -> None:
        self._verifier = verifier
        self._stances = stances

    def load(self) -> None:
        """Read what the first claim would wait for."""
        self._verifier.load()
        _ = self._stances.calibration

    def judge(
        self, claim: Query, candidates: Sequence[Candidate], titles: Mapping[str, str]
    ) -> list[JudgedSentence]:
        """Each sentence of the candidates, in their order; `titles` are by article id."""
        passages = [
            ReadPassage(title=titles[c.passage.article_id], sentences=texts_to_read(c.passage))
            for c in candidates
        ]
        judgements = self._verifier.judge(claim.text, passages)
        found: list[JudgedSentence] = []
        for candidate, passage, judgement in zip(candidates, passages, judgements, strict=True):
            sentences = in_context(passage.title, passage.sentences)
            compared, signals = read_stance_signals(
                claim.text, sentences, judgement, _alignment(claim, candidate)
            )
            probabilities = self._stances.calibration.probabilities(signals)
            for number, comparison, own in zip(
                sentences_to_read(candidate.passage), compared, probabilities, strict=True
            ):
                stance, score, reason = decide(own, comparison, self._stances.calibration)
                found.append(
                    JudgedSentence(
                        passage=candidate.passage,
                        title=passage.title,
                        sentence=candidate.passage.sentences[number],
                        probabilities=own,
                        comparison=comparison,
                        stance=stance,
                        score=score,
                        reason=reason,
                    )
                )
        return found

    def judge_text(
        self, claim: Query, text: str, *, title: str, states: CompressedStates | None
    ) -> JudgedText:
        """A text as if it were one sentence, without anything before it; `states` are its own, if there are.

        So several sentences can be judged together for what only all of them say.
        """
        (judgement,) = self._verifier.judge(claim.text, [ReadPassage(title=title, sentences=(text,))])
        (compared,), signals = read_stance_signals(
            claim.text, in_context(title, [text]), judgement, align(claim, states, [(0, len(text))])
        )
        return JudgedText(
            probabilities=self._stances.calibration.probabilities(signals)[0], comparison=compared
        )

    def confidence(self, judged: Sequence[JudgedSentence], supporting: float, refuting: float) -> float:
        """The probability (0 to 1) that a part's verdict is right, by the best score on each side (or 0)."""
        calibration = self._stances.calibration
        if supporting or refuting:
            found = [score for score in (supporting, refuting) if score]
            return calibration.confidence(min(found), told=True)
        nearest = max((max(sides(one.probabilities, one.comparison)) for one in judged), default=0.0)
        return calibration.confidence(1.0 - nearest, told=False)


def _alignment(claim: Query, candidate: Candidate) -> Floats:
    passage, interaction = candidate.passage, candidate.interaction
    read = [passage.sentences[number] for number in sentences_to_read(passage)]
    places = [(sentence.start - passage.start, sentence.end - passage.start) for sentence in read]
    return align(claim, interaction.tokens if interaction is not None else None, places)


def sides(probabilities: Floats, comparison: Comparison) -> tuple[float, float]:
    """How likely a sentence supports a claim, and refutes it, after a veto; 0 for all but the likelier.

    A figure or date of the claim that the sentence contradicts keeps it from supporting.
    """
    supports, refutes, neither = (float(p) for p in probabilities)
    if _vetoes(comparison):
        # Without support, what is left is shared by the other two.
        supports, refutes = 0.0, refutes / max(refutes + neither, 1e-9)
    return (supports, 0.0) if supports >= refutes else (0.0, refutes)


def decide(
    probabilities: Floats, comparison: Comparison, calibration: StanceCalibration
) -> tuple[Stance, float, str]:
    """The stance of a sentence, its score and the reason: the model's, unless the comparison vetoes it."""
    supports, refutes = sides(probabilities, comparison)
    if refutes >= calibration.refutes:
        return Stance.REFUTES, refutes, _told(_against(comparison))
    if supports >= calibration.supports:
        return Stance.SUPPORTS, supports, ""
    return Stance.NEITHER, 1.0 - max(supports, refutes), _told(_vetoes(comparison))


def _against(comparison: Comparison) -> list[Difference]:
    return [d for d in comparison.differences if d.contradicts]


def _vetoes(comparison: Comparison) -> list[Difference]:
    return [d for d in _against(comparison) if d.kind in FIGURES]


def _told(differences: Sequence[Difference]) -> str:
    return " ".join(dict.fromkeys(difference.reason for difference in differences[:2]))


def weigh(
    judged: Iterable[JudgedSentence], *, published: Mapping[str, datetime.date | None], voices: Voices
) -> tuple[list[Weighed], list[Weighed]]:
    """The evidence for a claim and against it, the surest first.

    A text that stands in several articles counts once, as of the earliest. Of the two sides in one article
    only the surer one counts, unless two different people say so. What a later article contradicts is
    superseded. Evidence that is less likely right than not is dropped beside some that is, on the other side.
    """
    found = _without_copies([one for one in judged if one.stance is not Stance.NEITHER], published)
    found = _one_side_an_article(found, voices)
    sides = {stance: [w for w in found if w.judged.stance is stance] for stance in STANCES[:2]}
    supporting, refuting = (
        [replace(w, superseded=_is_superseded(w, other)) for w in own]
        for own, other in (
            (sides[Stance.SUPPORTS], sides[Stance.REFUTES]),
            (sides[Stance.REFUTES], sides[Stance.SUPPORTS]),
        )
    )
    if _is_likely(supporting) and not _is_likely(refuting):
        refuting = []
    elif _is_likely(refuting) and not _is_likely(supporting):
        supporting = []
    return _shown(supporting), _shown(refuting)


def _without_copies(
    judged: Sequence[JudgedSentence], published: Mapping[str, datetime.date | None]
) -> list[Weighed]:
    alike: dict[tuple[str, ...], list[JudgedSentence]] = {}
    for one in judged:
        alike.setdefault(tuple(stems(one.text)), []).append(one)
    found = []
    for same in alike.values():
        same.sort(key=lambda one: (_day(published, one), one.passage.article_id, one.sentence.start))
        first = same[0]
        others = dict.fromkeys(one.passage.article_id for one in same[1:])
        found.append(
            Weighed(
                judged=first,
                published=published[first.passage.article_id],
                copies=tuple(other for other in others if other != first.passage.article_id),
            )
        )
    return found


def _day(published: Mapping[str, datetime.date | None], one: JudgedSentence) -> datetime.date:
    return published[one.passage.article_id] or datetime.date.max


def _one_side_an_article(found: Sequence[Weighed], voices: Voices) -> list[Weighed]:
    kept: list[Weighed] = []
    for article_id in dict.fromkeys(w.article_id for w in found):
        own = [w for w in found if w.article_id == article_id]
        best = max(own, key=lambda w: w.judged.score)
        spoken = _voices_of(best, voices)
        for weighed in own:
            same_side = weighed.judged.stance is best.judged.stance
            if same_side or (spoken and (others := _voices_of(weighed, voices)) and not others & spoken):
                kept.append(weighed)
    return kept


def _voices_of(weighed: Weighed, voices: Voices) -> frozenset[str]:
    return voices(weighed.article_id, weighed.judged.sentence.start, weighed.judged.sentence.end)


def _is_superseded(weighed: Weighed, others: Sequence[Weighed]) -> bool:
    return weighed.published is not None and any(
        other.published is not None and other.published > weighed.published for other in others
    )


def _is_likely(side: Sequence[Weighed]) -> bool:
    return any(w.judged.score >= MORE_LIKELY_THAN_NOT for w in side)


def _shown(side: Sequence[Weighed]) -> list[Weighed]:
    """The surest of a side, and what else is more likely right than not."""
    ordered = sorted(
        side, key=lambda w: (w.superseded, -w.judged.score, w.article_id, w.judged.sentence.start)
    )
    others = [w for w in ordered[1:] if w.judged.score >= MORE_LIKELY_THAN_NOT]
    return [*ordered[:1], *others][:SHOWN_A_SIDE]


def quoted(weighed: Weighed, neighbours: Neighbours) -> Evidence:
    """The sentence with what it can't stand without, as it stands in its article."""
    judged = weighed.judged
    return quote_of(
        judged.passage, judged.sentence, title=judged.title, score=judged.score, neighbours=neighbours
    )


def nearest(judged: Sequence[JudgedSentence]) -> tuple[Evidence, ...]:
    """The sentences that bear on the claim most, best first; `score` is the probability that they do."""
    ranked = sorted(
        judged, key=lambda one: (float(one.probabilities[2]), one.passage.article_id, one.sentence.start)
    )
    found: dict[tuple[str, int], Evidence] = {}
    for one in ranked:
        bearing = 1.0 - float(one.probabilities[2])
        evidence = quote_of(one.passage, one.sentence, title=one.title, score=bearing, neighbours=None)
        found.setdefault((evidence.article_id, evidence.start), evidence)
        if len(found) == SHOWN_NEAREST:
            break
    return tuple(found.values())
