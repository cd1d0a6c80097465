from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from rag.comparison import Comparison, Difference, DifferenceKind, compare
from rag.cross_encoder import ReadPassage
from rag.encoder import Floats, MiniLmEncoder
from rag.passages import PassageLimits, split_passages
from rag.retrieval import Query
from rag.schema import Article, Passage, Stance
from rag.stances import SIGNALS, StanceCalibration, StanceModel
from rag.verification import ClaimVerifier, JudgedSentence, Weighed, decide, nearest, quoted, weigh
from rag.verifier import Judgement
from training.memory import MemoryCorpus

FIRST, LATER = datetime.date(2025, 10, 14), datetime.date(2025, 10, 16)
NOTHING = Comparison(differences=(), agreed=0)


def calibration(*, supports: float = 0.6, refutes: float = 0.6) -> StanceCalibration:
    zeros = np.zeros(len(SIGNALS), dtype=np.float32)
    return StanceCalibration(
        mean=zeros,
        scale=zeros + 1,
        coefficients=np.zeros((3, len(SIGNALS)), dtype=np.float32),
        intercept=np.zeros(3, dtype=np.float32),
        supports=supports,
        refutes=refutes,
    )


def odds(supports: float, refutes: float) -> Floats:
    return np.asarray([supports, refutes, 1 - supports - refutes], dtype=np.float32)


def passage(article_id: str, text: str) -> Passage:
    article = Article.from_text(id=article_id, title=f"About {article_id}", text=text)
    (found,) = split_passages(
        article,
        limits=PassageLimits(tokens=200, word_pieces=254),
        count_word_pieces=lambda text: len(text) // 4,
    )
    return found


def judged(
    article_id: str, stance: Stance, score: float, *, text: str = "", number: int = 0
) -> JudgedSentence:
    own = passage(article_id, text or f"It was so in {article_id}.")
    sides = {Stance.SUPPORTS: odds(score, 0.0), Stance.REFUTES: odds(0.0, score), Stance.NEITHER: odds(0, 0)}
    return JudgedSentence(
        passage=own,
        title=f"About {article_id}",
        sentence=own.sentences[number],
        probabilities=sides[stance],
        comparison=NOTHING,
        stance=stance,
        score=score,
        reason="",
    )


def weighed(
    *found: JudgedSentence,
    days: Mapping[str, datetime.date] | None = None,
    speakers: Mapping[str, str] | None = None,
) -> tuple[list[Weighed], list[Weighed]]:
    published = {one.passage.article_id: (days or {}).get(one.passage.article_id) for one in found}

    def voices(article_id: str, start: int, end: int) -> frozenset[str]:
        text = next(o.text for o in found if o.passage.article_id == article_id and o.sentence.start == start)
        return frozenset(name for part, name in (speakers or {}).items() if part in text)

    return weigh(found, published=published, voices=voices)


def ids(side: Sequence[Weighed]) -> list[str]:
    return [one.article_id for one in side]


# What a sentence says


def test_the_model_decides_where_nothing_contradicts_it() -> None:
    stance, score, reason = decide(odds(0.8, 0.1), NOTHING, calibration())

    assert (stance, reason) == (Stance.SUPPORTS, "")
    assert score == pytest.approx(0.8)
    assert decide(odds(0.1, 0.8), NOTHING, calibration())[0] is Stance.REFUTES
    assert decide(odds(0.5, 0.1), NOTHING, calibration())[0] is Stance.NEITHER


def test_a_sentence_with_another_figure_never_supports_and_says_why() -> None:
    claim = "Russia had deployed 9,000 soldiers."
    comparison = compare(claim, "Russia had deployed 90,000 soldiers.")

    stance, score, reason = decide(odds(0.9, 0.05), comparison, calibration(refutes=0.3))

    assert stance is Stance.REFUTES
    assert 0.3 <= score <= 1
    assert "90,000" in reason
    assert "9,000" in reason


def test_a_sentence_that_merely_lacks_the_claims_figure_is_left_to_the_model() -> None:
    comparison = compare("The fire injured six people.", "The fire injured people.")
    assert comparison.differences

    assert decide(odds(0.95, 0.01), comparison, calibration())[0] is Stance.SUPPORTS
    assert decide(odds(0.01, 0.95), comparison, calibration())[0] is Stance.REFUTES
    assert decide(odds(0.3, 0.3), comparison, calibration())[0] is Stance.NEITHER


def test_a_vetoed_sentence_that_refutes_too_little_says_neither_and_says_why() -> None:
    comparison = compare("The fire injured six people.", "The fire injured nine people.")

    stance, _, reason = decide(odds(0.95, 0.01), comparison, calibration())

    assert stance is Stance.NEITHER
    assert "nine" in reason


def test_a_name_that_is_not_confirmed_does_not_veto() -> None:
    missing = Difference(
        kind=DifferenceKind.NAME, claimed="Marrant", found="", contradicts=False, reason="Not named."
    )

    assert (
        decide(odds(0.9, 0.0), Comparison(differences=(missing,), agreed=0), calibration())[0]
        is Stance.SUPPORTS
    )


class Silent:
    """A verifier that finds every stance of every sentence as likely."""

    def load(self) -> None:
        """Nothing to read."""

    def judge(self, claim: str, passages: Sequence[ReadPassage]) -> list[Judgement]:
        even = np.log(np.full((1, 3), 1 / 3, dtype=np.float32))
        return [
            Judgement(sentences=np.repeat(even, len(passage.sentences), axis=0), whole=even[0])
            for passage in passages
        ]


class Calibrated:
    """A calibration that is held in memory."""

    def __init__(self, calibration: StanceCalibration) -> None:
        self.calibration = calibration


def verifier_of(calibration: StanceCalibration) -> ClaimVerifier:
    return ClaimVerifier(Silent(), cast(StanceModel, Calibrated(calibration)))


def test_a_verdict_with_evidence_is_as_sure_as_the_less_sure_side() -> None:
    asked = verifier_of(replace(calibration(), told=(2.0, 0.0)))

    assert asked.confidence([], 0.75, 0.0) == asked.confidence([], 0.75, 0.9) == pytest.approx(0.9)


def test_without_evidence_what_was_vetoed_does_not_make_the_verdict_less_sure() -> None:
    comparison = compare("The fire injured six people.", "The fire injured nine people.")
    vetoed = replace(judged("a", Stance.NEITHER, 0.0), probabilities=odds(0.95, 0.0), comparison=comparison)
    unsure = replace(judged("b", Stance.NEITHER, 0.0), probabilities=odds(0.5, 0.0))

    assert verifier_of(calibration()).confidence([vetoed], 0.0, 0.0) > 0.99
    assert verifier_of(calibration()).confidence([vetoed, unsure], 0.0, 0.0) == pytest.approx(0.5)


def test_sentences_are_aligned_at_their_places_in_the_passage(minilm: MiniLmEncoder) -> None:
    text = "The harbour was dredged. " * 12 + "Two clerks lost the catalogue. A storm took the roof."
    article = Article.from_text(id="a", title="The observatory", text=text)
    corpus = MemoryCorpus([article], encoder=minilm, passage_tokens=40)
    query = Query.read("Two clerks lost the catalogue.", minilm)
    (candidate,) = corpus.retriever().candidates(query, limit=1)
    assert candidate.passage.start > 0
    coefficients = np.zeros((3, len(SIGNALS)), dtype=np.float32)
    coefficients[0, SIGNALS.index("maxsim")] = 50.0
    sure = replace(calibration(), coefficients=coefficients, mean=np.full(len(SIGNALS), 0.9, np.float32))

    found = verifier_of(sure).judge(query, [candidate], {"a": "The observatory"})

    best = max(found, key=lambda one: float(one.probabilities[0]))
    assert best.text == "Two clerks lost the catalogue."
    assert best.probabilities[0] > 5 * max(o.probabilities[0] for o in found if o is not best)


# What all sentences say together


def test_the_surest_evidence_comes_first_and_what_says_neither_is_left_out() -> None:
    supporting, refuting = weighed(
        judged("a", Stance.SUPPORTS, 0.7, text="One thing happened."),
        judged("b", Stance.SUPPORTS, 0.9, text="Another thing happened."),
        judged("c", Stance.NEITHER, 0.9),
    )

    assert ids(supporting) == ["b", "a"]
    assert refuting == []


def test_a_copy_of_the_same_text_counts_once_as_of_the_earliest() -> None:
    text = "The bridge is closed to lorries."
    supporting, _ = weighed(
        judged("copy", Stance.SUPPORTS, 0.9, text=text),
        judged("first", Stance.SUPPORTS, 0.9, text=text + "\n"),
        days={"copy": LATER, "first": FIRST},
    )

    assert ids(supporting) == ["first"]
    assert supporting[0].copies == ("copy",)


def test_a_later_article_supersedes_an_earlier_one() -> None:
    supporting, refuting = weighed(
        judged("early", Stance.SUPPORTS, 0.9),
        judged("late", Stance.REFUTES, 0.8),
        days={"early": FIRST, "late": LATER},
    )

    assert [one.superseded for one in supporting] == [True]
    assert [one.superseded for one in refuting] == [False]


@pytest.mark.parametrize("days", [{}, {"one": FIRST, "other": FIRST}, {"one": FIRST}])
def test_articles_of_one_day_or_without_a_date_supersede_nothing(days: dict[str, datetime.date]) -> None:
    supporting, refuting = weighed(
        judged("one", Stance.SUPPORTS, 0.9), judged("other", Stance.REFUTES, 0.8), days=days
    )

    assert not any(one.superseded for one in (*supporting, *refuting))
    assert ids(supporting) + ids(refuting) == ["one", "other"]


def test_of_one_article_only_the_surer_side_counts() -> None:
    text = "The sprinklers worked. The sprinklers did not work upstairs."
    supporting, refuting = weighed(
        judged("a", Stance.SUPPORTS, 0.7, text=text),
        judged("a", Stance.REFUTES, 0.9, text=text, number=1),
    )

    assert supporting == []
    assert ids(refuting) == ["a"]


def test_two_people_who_contradict_each_other_in_one_article_both_count() -> None:
    text = "Aides said there was an offer. Her spokesman said there was none."
    supporting, refuting = weighed(
        judged("a", Stance.SUPPORTS, 0.8, text=text),
        judged("a", Stance.REFUTES, 0.9, text=text, number=1),
        speakers={"Aides": "aides", "spokesman": "Wendell Prior"},
    )

    assert len(supporting) == len(refuting) == 1


def test_unlikely_evidence_is_dropped_beside_likely_evidence_on_the_other_side() -> None:
    supporting, refuting = weighed(judged("a", Stance.SUPPORTS, 0.7), judged("b", Stance.REFUTES, 0.4))

    assert ids(supporting) == ["a"]
    assert refuting == []


def test_unlikely_evidence_stays_where_there_is_no_better() -> None:
    supporting, refuting = weighed(judged("a", Stance.SUPPORTS, 0.4), judged("b", Stance.REFUTES, 0.45))

    assert ids(supporting) == ["a"]
    assert ids(refuting) == ["b"]


# What is shown


def test_a_quote_has_the_sentence_that_its_pronoun_leans_on() -> None:
    text = "The leader is Douglas Fennick. He voted against."
    (against,), _ = weighed(judged("a", Stance.SUPPORTS, 0.9, text=text, number=1))

    evidence = quoted(against, lambda passage: (None, None))

    assert evidence.text == text
    assert text[evidence.start : evidence.end] == evidence.text


def test_the_nearest_passages_are_those_that_bear_on_the_claim_most() -> None:
    found = nearest(
        [
            judged("far", Stance.NEITHER, 0.9),
            judged("near", Stance.SUPPORTS, 0.4),
            judged("nearer", Stance.REFUTES, 0.5),
        ]
    )

    assert [evidence.article_id for evidence in found] == ["nearer", "near", "far"]
    assert [evidence.score for evidence in found] == pytest.approx([0.5, 0.4, 0.0])
