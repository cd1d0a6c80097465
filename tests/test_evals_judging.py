"""Answers are judged by place: what was cited, what of it is right, what is missing."""

from __future__ import annotations

import pytest

from evals.judging import Outcome, Verdict, covered, judge
from evals.questions import Kind, Question, Span
from rag.schema import Answer, AnswerStatus, Article, Citation, Evidence, Passage, RankedPassage, Statement

TEXT = "The mill burned. Nine people were hurt. The owner was abroad. Sparks started it."
ARTICLE = Article.from_text(id="a1", title="Fire", text=TEXT)
BURNED, HURT, ABROAD, SPARKS = (
    Span(article_id="a1", start=TEXT.index(s), end=TEXT.index(s) + len(s))
    for s in ("The mill burned.", "Nine people were hurt.", "The owner was abroad.", "Sparks started it.")
)


def question(*sets: tuple[Span, ...]) -> Question:
    kind = Kind.FACT if sets else Kind.UNANSWERABLE
    return Question(id="q1", corpus="tiny", text="What?", kind=kind, answer_sets=sets, answer="", note="")


def answer(*spans: Span, confidence: float = 0.8, best: Span | None = None) -> Answer:
    citations = [
        Citation(
            number=number,
            article_id=span.article_id,
            title="Fire",
            quote=TEXT[span.start : span.end],
            start=span.start,
            end=span.end,
        )
        for number, span in enumerate(spans, start=1)
    ]
    shown = best or (spans[0] if spans else BURNED)
    evidence = Evidence(
        article_id="a1",
        passage_id="p1",
        title="Fire",
        text=TEXT[shown.start : shown.end],
        start=shown.start,
        end=shown.end,
        score=confidence,
    )
    return Answer(
        question="What?",
        statements=tuple(Statement(text=c.quote, citations=(c,)) for c in citations),
        status=AnswerStatus.ANSWERED if spans else AnswerStatus.NOT_FOUND,
        confidence=confidence,
        evidence=(evidence,),
    )


def ranking(*bounds: tuple[int, int]) -> list[RankedPassage]:
    return [
        RankedPassage(
            passage=Passage(
                id=f"p{rank}",
                article_id="a1",
                position=rank,
                text=TEXT[a:b],
                start=a,
                end=b,
                sentences=(),
            ),
            title="Fire",
            score=1 / rank,
            rank=rank,
        )
        for rank, (a, b) in enumerate(bounds, start=1)
    ]


def judged(asked: Question, given: Answer, ranked: list[RankedPassage] | None = None) -> Outcome:
    return judge(asked, given, ranked or [], {"a1": ARTICLE})


def test_an_answer_that_cites_every_gold_sentence_is_complete() -> None:
    outcome = judged(question((HURT, SPARKS)), answer(HURT, SPARKS))
    assert outcome.verdict is Verdict.COMPLETE
    assert (outcome.precision, outcome.recall, outcome.f1) == (1.0, 1.0, 1.0)
    assert outcome.first_right


def test_one_of_two_gold_sentences_and_one_other_is_half_of_everything() -> None:
    outcome = judged(question((HURT, SPARKS)), answer(BURNED, HURT))
    assert outcome.verdict is Verdict.PARTIAL
    assert (outcome.precision, outcome.recall) == (0.5, 0.5)
    assert outcome.first_right is False
    assert outcome.any_gold
    assert outcome.complete is False


def test_an_alternative_is_as_good_as_the_gold() -> None:
    outcome = judged(question((HURT, SPARKS), (ABROAD,)), answer(ABROAD))
    assert outcome.complete
    assert outcome.recall == 1.0


def test_halves_of_two_complete_answers_are_not_one() -> None:
    outcome = judged(question((BURNED, HURT), (ABROAD, SPARKS)), answer(HURT, ABROAD))
    assert outcome.verdict is Verdict.PARTIAL
    assert outcome.recall == 0.5
    assert outcome.precision == 1.0


def test_sentences_merged_into_one_citation_count_each() -> None:
    merged = Span(article_id="a1", start=HURT.start, end=SPARKS.end)
    outcome = judged(question((HURT, SPARKS)), answer(merged))
    assert [sentence.right for sentence in outcome.cited] == [True, False, True]
    assert outcome.complete
    assert outcome.precision == pytest.approx(2 / 3)


def test_a_mark_more_or_less_makes_no_difference_but_a_word_does() -> None:
    assert covered(HURT, [Span(article_id="a1", start=HURT.start, end=HURT.end - 1)])
    assert not covered(HURT, [Span(article_id="a1", start=HURT.start, end=HURT.end - 6)])
    assert not covered(HURT, [Span(article_id="b2", start=HURT.start, end=HURT.end)])


def test_two_overlapping_citations_are_not_counted_twice() -> None:
    half = Span(article_id="a1", start=HURT.start, end=HURT.start + 11)
    assert not covered(HURT, [half, half])


def test_abstaining_from_an_answerable_question_has_no_precision_and_no_recall() -> None:
    outcome = judged(question((HURT,)), answer(best=HURT))
    assert outcome.verdict is Verdict.MISSED
    assert outcome.precision is None
    assert (outcome.recall, outcome.f1) == (0.0, 0.0)
    assert outcome.first_right is None
    assert outcome.evidence_right  # what the confidence speaks of was right nevertheless


def test_an_unanswerable_question_has_only_abstention_to_judge() -> None:
    left, made_up = judged(question(), answer()), judged(question(), answer(HURT))
    assert left.verdict is Verdict.ABSTAINED
    assert made_up.verdict is Verdict.INVENTED
    for outcome in (left, made_up):
        assert outcome.precision is outcome.recall is outcome.f1 is outcome.complete is None
        assert outcome.first_right is outcome.passage_reciprocal_rank is None
        assert not outcome.evidence_right


def test_a_quote_that_stands_elsewhere_or_nowhere_is_not_exact() -> None:
    right = answer(HURT).citations[0]
    shifted = Citation(number=2, article_id="a1", title="", quote=right.quote, start=0, end=len(right.quote))
    lost = Citation(number=3, article_id="gone", title="", quote="x", start=0, end=1)
    given = Answer(
        question="What?",
        statements=(Statement(text="x", citations=(right, shifted, lost)),),
        status=AnswerStatus.ANSWERED,
        confidence=0.9,
        evidence=(),
    )
    assert judged(question((HURT,)), given).exact == (True, False, False)


def test_a_passage_is_found_at_the_rank_of_the_first_that_holds_gold() -> None:
    ranked = ranking((0, 16), (17, 61), (62, len(TEXT)))
    outcome = judged(question((HURT, SPARKS)), answer(), ranked)
    assert outcome.passage_recall == {1: 0.0, 3: 1.0, 5: 1.0}
    assert outcome.passage_reciprocal_rank == 0.5


def test_passage_recall_is_of_the_complete_answer_that_comes_best_off() -> None:
    outcome = judged(question((HURT, SPARKS), (BURNED,)), answer(), ranking((0, 16)))
    assert outcome.passage_recall[1] == 1.0
