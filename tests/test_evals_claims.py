"""Claim checks are judged by verdict and by place, and come to figures and a report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from evals import __main__ as command
from evals.claim_baselines import best_overlap, stems_of, stems_of_sentences, word_overlap
from evals.claim_cases import CLAIMS, ClaimCase, ClaimFileError, ClaimKind, read_claim_cases
from evals.claim_figures import BY_NAME, MEASURES, ClaimFigures, baselines, group_names
from evals.claim_judging import ClaimOutcome, Mark, best_set, judge_claim
from evals.classification import accuracy, balanced_accuracy, best_bands, class_f1, macro_f1, most_common
from evals.figures import latencies
from evals.questions import CORPORA, Span, read_corpus
from evals.report import Report, as_json, markdown
from evals.run import measure_claims
from evals.thresholds import Check
from rag.errors import ClaimError
from rag.schema import (
    Article,
    Citation,
    ClaimCheck,
    ClaimEvidence,
    ClaimPart,
    SentenceKind,
    Stance,
    Verdict,
)
from rag.sentences import split_sentences

SENTENCES = (
    "The mill burned in May.",
    "Nine people were hurt.",
    "The owner was abroad.",
    "The courier said six people were hurt.",
)
TEXT = " ".join(SENTENCES)
ARTICLE = Article.from_text(id="a1", title="Fire", text=TEXT)
ARTICLES = {"a1": ARTICLE}
BURNED, NINE, ABROAD, SIX = (
    Span(article_id="a1", start=TEXT.index(s), end=TEXT.index(s) + len(s)) for s in SENTENCES
)
SUPPORTED, REFUTED, UNKNOWN, CONFLICTING = (
    Verdict.SUPPORTED,
    Verdict.REFUTED,
    Verdict.NOT_ENOUGH_EVIDENCE,
    Verdict.CONFLICTING_EVIDENCE,
)
Sets = tuple[tuple[Span, ...], ...]


def case(
    verdict: Verdict,
    *,
    supporting: Sets = (),
    refuting: Sets = (),
    also: tuple[Span, ...] = (),
    kind: ClaimKind = ClaimKind.NUMBER,
    text: str = "Nine people were hurt at the mill.",
    id: str = "c1",
    corpus: str = "tiny",
) -> ClaimCase:
    return ClaimCase(
        id=id,
        corpus=corpus,
        text=text,
        verdict=verdict,
        kind=kind,
        supporting=supporting,
        refuting=refuting,
        also=also,
        note="",
    )


def evidence(span: Span, stance: Stance, number: int) -> ClaimEvidence:
    quote = TEXT[span.start : span.end]
    citation = Citation(
        number=number, article_id="a1", title="Fire", quote=quote, start=span.start, end=span.end
    )
    return ClaimEvidence(citation=citation, stance=stance, score=0.9)


def check(
    *,
    supporting: Sequence[Span] = (),
    refuting: Sequence[Span] = (),
    confidence: float = 0.8,
    claim: str = "x",
) -> ClaimCheck:
    numbered = {span: number for number, span in enumerate(dict.fromkeys((*supporting, *refuting)), start=1)}
    part = ClaimPart(
        text=claim,
        start=0,
        end=len(claim),
        confidence=confidence,
        supporting=tuple(evidence(span, Stance.SUPPORTS, numbered[span]) for span in supporting),
        refuting=tuple(evidence(span, Stance.REFUTES, numbered[span]) for span in refuting),
    )
    return ClaimCheck(claim=claim, parts=(part,), timings={"judge": 3.0})


def judged(asked: ClaimCase, **found: Any) -> ClaimOutcome:
    return judge_claim(asked, check(**found), ARTICLES)


def marks(outcome: ClaimOutcome) -> list[tuple[Stance, Mark]]:
    return [(sentence.stance, sentence.mark) for sentence in outcome.cited]


# The file


@pytest.fixture(scope="module")
def corpora() -> dict[str, dict[str, Article]]:
    return {name: read_corpus(folder) for name, folder in CORPORA.items()}


@pytest.fixture(scope="module")
def cases(corpora: dict[str, dict[str, Article]]) -> tuple[ClaimCase, ...]:
    return read_claim_cases(CLAIMS, corpora)


def test_there_are_as_many_claims_as_were_asked_for_and_of_every_verdict(
    cases: tuple[ClaimCase, ...],
) -> None:
    assert len(cases) >= 80
    assert {one.verdict for one in cases} == set(Verdict)
    assert {one.kind for one in cases} == set(ClaimKind)
    assert {one.corpus for one in cases} == set(CORPORA)


def test_every_gold_quote_is_one_whole_body_sentence(
    cases: tuple[ClaimCase, ...], corpora: dict[str, dict[str, Article]]
) -> None:
    articles = {article.id: article for some in corpora.values() for article in some.values()}
    bodies = {
        Span(article_id=article.id, start=sentence.start, end=sentence.end)
        for article in articles.values()
        for sentence in split_sentences(article.text, title=article.title)
        if sentence.kind is SentenceKind.BODY
    }
    quotes = {span for one in cases for stance in Stance for span in (*one.gold(stance), *one.also)}
    strays = [articles[span.article_id].text[span.start : span.end] for span in quotes - bodies]
    assert len(quotes) > 80
    assert strays == []


def test_no_claim_is_made_twice(cases: tuple[ClaimCase, ...]) -> None:
    texts = [(one.corpus, one.text.casefold()) for one in cases]
    assert len(set(texts)) == len(texts)


def line(**changes: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "corpus": "tiny",
        "claim": "Nine were hurt.",
        "verdict": "supported",
        "kind": "number",
        "supporting": [["Nine people were hurt."]],
        "refuting": [],
        "also": ["The mill burned in May."],
        "note": "",
        **changes,
    }


def read(tmp_path: Path, *lines: dict[str, Any]) -> tuple[ClaimCase, ...]:
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return read_claim_cases(path, {"tiny": {"fire.txt": ARTICLE}})


def test_a_claim_is_read_with_its_sets(tmp_path: Path) -> None:
    (one,) = read(tmp_path, line(supporting=[["Nine people were hurt."], ["The owner was abroad."]]))
    assert one.supporting == ((NINE,), (ABROAD,))
    assert one.gold(Stance.SUPPORTS) == (NINE, ABROAD)
    assert one.also == (BURNED,)
    assert one.has_gold


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "refuted"},
        {"verdict": "not_enough_evidence"},
        {"verdict": "conflicting_evidence"},
        {"verdict": "maybe"},
        {"kind": "riddle"},
        {"supporting": []},
        {"supporting": [[]]},
        {"supporting": [["Nobody was hurt."]]},
        {"also": ["Nobody was hurt."]},
        {"claim": " "},
        {"corpus": "vast"},
    ],
)
def test_a_line_that_contradicts_itself_or_its_articles_is_refused(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with pytest.raises(ClaimFileError, match=r"claims\.jsonl, line 2"):
        read(tmp_path, line(id="c0"), line(**changes))


def test_only_a_compound_claim_is_refuted_with_sentences_for_its_true_part(tmp_path: Path) -> None:
    sides = {"verdict": "refuted", "refuting": [["The owner was abroad."]]}
    assert read(tmp_path, line(**sides, kind="compound"))[0].verdict is REFUTED
    with pytest.raises(ClaimFileError, match="contradict each other"):
        read(tmp_path, line(**sides))


def test_an_id_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClaimFileError, match="c1 comes twice"):
        read(tmp_path, line(), line())


# Judging


def test_the_gold_sentence_alone_is_all_of_the_evidence() -> None:
    outcome = judged(case(SUPPORTED, supporting=((NINE,),)), supporting=[NINE])
    assert outcome.right
    assert (outcome.precision, outcome.recall, outcome.f1) == (1.0, 1.0, 1.0)
    assert outcome.quoted
    assert outcome.exact == (True,)
    assert outcome.missing == ()


def test_a_sentence_counts_on_its_own_side_only() -> None:
    outcome = judged(case(CONFLICTING, supporting=((NINE,),), refuting=((SIX,),)), supporting=[NINE, SIX])
    assert outcome.verdict is SUPPORTED
    assert not outcome.right
    assert marks(outcome) == [(Stance.SUPPORTS, Mark.RIGHT), (Stance.SUPPORTS, Mark.WRONG)]
    assert (outcome.precision, outcome.recall) == (0.5, 0.5)
    assert [(one.stance, one.text) for one in outcome.missing] == [(Stance.REFUTES, SENTENCES[3])]


def test_what_may_be_shown_beside_counts_neither_way() -> None:
    asked = case(REFUTED, refuting=((SIX,),), also=(BURNED,))
    outcome = judged(asked, refuting=[BURNED, SIX])
    assert marks(outcome) == [(Stance.REFUTES, Mark.NEUTRAL), (Stance.REFUTES, Mark.RIGHT)]
    assert (outcome.precision, outcome.recall) == (1.0, 1.0)
    only_beside = judged(asked, refuting=[BURNED])
    assert only_beside.precision is None
    assert (only_beside.recall, only_beside.f1) == (0.0, 0.0)


def test_the_other_sides_gold_counts_neither_way_for_a_compound_claim_only() -> None:
    burned, six = ((BURNED,),), ((SIX,),)
    parts = case(REFUTED, kind=ClaimKind.COMPOUND, supporting=burned, refuting=six)
    compound = judged(parts, refuting=[BURNED, SIX])
    assert marks(compound)[0] == (Stance.REFUTES, Mark.NEUTRAL)
    assert compound.precision == 1.0
    assert compound.recall == 0.5  # the true part's sentence was not cited for it
    conflict = judged(case(CONFLICTING, supporting=burned, refuting=six), refuting=[BURNED, SIX])
    assert marks(conflict)[0] == (Stance.REFUTES, Mark.WRONG)


def test_recall_is_of_the_set_that_comes_best_off_on_each_side() -> None:
    asked = case(CONFLICTING, supporting=((BURNED, NINE), (ABROAD,)), refuting=((SIX,),))
    assert best_set(asked, Stance.SUPPORTS, []) == (BURNED, NINE)
    assert best_set(asked, Stance.SUPPORTS, [ABROAD]) == (ABROAD,)
    half = judged(asked, supporting=[NINE], refuting=[SIX])
    assert half.recall == pytest.approx(2 / 3)  # BURNED is missing, of BURNED, NINE and SIX
    assert judged(asked, supporting=[ABROAD], refuting=[SIX]).recall == 1.0


def test_a_claim_without_gold_has_only_its_verdict() -> None:
    right, made_up = judged(case(UNKNOWN)), judged(case(UNKNOWN), supporting=[NINE])
    assert right.right
    assert not made_up.right
    for outcome in (right, made_up):
        assert outcome.precision is outcome.recall is outcome.f1 is None
    assert right.quoted is None
    assert made_up.quoted is False


def test_a_supported_claim_is_quoted_by_a_gold_sentence_or_one_that_may_be_shown() -> None:
    asked = case(SUPPORTED, supporting=((NINE,),), also=(BURNED,))
    assert judged(asked, supporting=[BURNED]).quoted
    assert judged(asked, supporting=[ABROAD]).quoted is False
    assert judged(asked, refuting=[NINE]).quoted is None


def test_sentences_merged_into_one_quote_count_each() -> None:
    merged = Span(article_id="a1", start=BURNED.start, end=NINE.end)
    outcome = judged(case(SUPPORTED, supporting=((NINE,),)), supporting=[merged])
    assert [sentence.mark for sentence in outcome.cited] == [Mark.WRONG, Mark.RIGHT]
    assert (outcome.precision, outcome.recall) == (0.5, 1.0)


def test_a_quote_that_stands_elsewhere_is_not_exact() -> None:
    shifted = replace(evidence(NINE, Stance.SUPPORTS, 1).citation, start=NINE.start + 1)
    part = ClaimPart(
        text="x",
        start=0,
        end=1,
        confidence=0.5,
        supporting=(ClaimEvidence(citation=shifted, stance=Stance.SUPPORTS, score=0.5),),
    )
    outcome = judge_claim(case(UNKNOWN), ClaimCheck(claim="x", parts=(part,)), ARTICLES)
    assert outcome.exact == (False,)


# The measures


TRUTH = ["a", "a", "a", "b", "b", "c"]
SAID = ["a", "a", "b", "b", "c", "a"]


def test_the_f1_of_a_class_and_their_mean_are_what_a_hand_gets() -> None:
    assert class_f1(TRUTH, SAID, "a") == pytest.approx(2 * 2 / (3 + 3))
    assert class_f1(TRUTH, SAID, "b") == pytest.approx(2 * 1 / (2 + 2))
    assert class_f1(TRUTH, SAID, "c") == 0.0
    assert class_f1(TRUTH, SAID, "d") is None
    assert macro_f1(TRUTH, SAID, "abcd") == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert accuracy(TRUTH, SAID) == 0.5
    assert balanced_accuracy(TRUTH, SAID) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)


def test_the_measures_agree_with_scikit_learn() -> None:
    assert macro_f1(TRUTH, SAID, "abc") == pytest.approx(f1_score(TRUTH, SAID, average="macro"))
    assert balanced_accuracy(TRUTH, SAID) == pytest.approx(balanced_accuracy_score(TRUTH, SAID))


def test_of_nothing_there_is_no_measure() -> None:
    assert accuracy([], []) is macro_f1([], [], "ab") is balanced_accuracy([], []) is None
    with pytest.raises(ValueError, match="most common"):
        most_common([])


def test_a_claim_that_was_sent_back_only_misses_its_own_class() -> None:
    assert macro_f1(["a", "b"], ["a", None], "ab") == 0.5


def test_bands_begin_where_they_are_best_on_what_is_measured() -> None:
    scores, truth = [0.1, 0.2, 0.6, 0.7, 0.9], ["no", "no", "yes", "no", "yes"]
    bands = best_bands(scores, truth, ("no", "yes"), accuracy)
    assert bands.said(scores) == ["no", "no", "yes", "yes", "yes"]
    assert best_bands(scores, ["no"] * 5, ("no", "yes"), accuracy).said(scores) == ["no"] * 5


def test_three_bands_tell_three_classes() -> None:
    scores, truth = [0.1, 0.2, 0.5, 0.6, 0.8, 0.9], list("aabbcc")
    assert best_bands(scores, truth, tuple("abc"), accuracy).said(scores) == truth


def test_word_overlap_is_the_share_of_the_claims_weight() -> None:
    claim = stems_of("mills burned")
    assert word_overlap(claim, stems_of("The mill burned.")) == 1.0
    assert 0 < word_overlap(claim, stems_of("The mill stands.")) < 1
    assert word_overlap(claim, stems_of("Nothing here.")) == 0.0
    assert word_overlap(frozenset(), claim) == 0.0
    assert best_overlap("mills burned", stems_of_sentences([ARTICLE])) == 1.0
    assert best_overlap("mills burned", []) == 0.0


# End to end


class FakeChecker:
    """Supports "nine", refutes "six", sends "please" back, and knows nothing else."""

    def check(self, claim: str) -> ClaimCheck:
        if "please" in claim:
            raise ClaimError("That is a request.")
        if "nine" in claim:
            return check(supporting=[NINE], confidence=0.9, claim=claim)
        if "six" in claim:
            return check(refuting=[NINE], confidence=0.7, claim=claim)
        return check(confidence=0.6, claim=claim)


CASES = (
    case(SUPPORTED, supporting=((NINE,),), text="There were nine hurt.", id="c1"),
    case(REFUTED, refuting=((NINE,),), text="Only six were hurt.", id="c2"),
    case(UNKNOWN, text="Some nine engines came.", id="c3", kind=ClaimKind.NEAR_MISS),
    case(SUPPORTED, supporting=((ABROAD,),), text="The owner was away.", id="c4", corpus="other"),
    case(REFUTED, refuting=((SIX,),), text="So six, please.", id="c5", kind=ClaimKind.UNIT),
    case(REFUTED, refuting=((SIX,),), text="No six in it.", id="c6"),
)


@pytest.fixture(scope="module")
def figures() -> ClaimFigures:
    outcomes = measure_claims(FakeChecker(), CASES, ARTICLES)
    return ClaimFigures(outcomes=tuple(replace(outcome, latency_ms=5.0) for outcome in outcomes))


@pytest.fixture
def report(figures: ClaimFigures) -> Report:
    failing = Check(group="claims seed", name="macro_f1", value=0.2, threshold=0.5, higher=True)
    return Report(outcomes=(), articles=ARTICLES, claims=figures, checks=(failing,))


def test_the_figures_are_over_the_claims_they_apply_to(figures: ClaimFigures) -> None:
    own = figures.groups["all"]
    assert own["accuracy"].value == 0.5  # c1, c2 and c6
    assert own["precision_supported"].value == 0.5  # c1, not c3
    assert own["recall_supported"].value == 0.5  # c1, not c4
    assert own["f1_refuted"].value == pytest.approx(0.8)  # two found, one sent back
    assert own["f1_not_enough_evidence"].value == 0.0
    assert own["f1_conflicting_evidence"].value is None
    assert own["macro_f1"].value == pytest.approx((0.5 + 0.8 + 0.0) / 3)
    assert own["evidence_precision"].value == pytest.approx(2 / 3)
    assert own["evidence_precision"].count == 3
    assert own["evidence_recall"].value == pytest.approx(2 / 5)
    assert own["evidence_recall"].count == 5
    assert own["evidence_f1"].value == pytest.approx(2 / 5)
    assert (own["supported_unquoted"].value, own["supported_unquoted"].count) == (0.5, 2)
    assert own["citation_exactness"].value == 1.0
    # The five that got a verdict: .9 right, .7 right, .9 wrong, .6 wrong, .7 right.
    assert own["brier"].value == pytest.approx((0.01 + 0.09 + 0.81 + 0.36 + 0.09) / 5)
    assert own["ece"].value == pytest.approx((2 * 0.4 + 2 * 0.3 + 0.6) / 5)
    assert figures.p50_ms == 5.0


def test_the_groups_are_all_each_corpus_and_each_kind(figures: ClaimFigures) -> None:
    assert {name: len(some) for name, some in figures.by_corpus.items()} == {"all": 6, "tiny": 5, "other": 1}
    assert {kind: len(some) for kind, some in figures.by_kind.items()} == {
        "number": 4,
        "unit": 1,
        "near_miss": 1,
    }
    assert group_names(figures.groups, "claims") == {
        "all": "claims",
        "tiny": "claims tiny",
        "other": "claims other",
    }


def test_what_needs_no_model_is_measured_on_the_same_claims(figures: ClaimFigures) -> None:
    majority, overlap = baselines(figures.outcomes)
    assert majority.name == "always refuted"
    assert majority.accuracy == 0.5
    assert majority.macro_f1 == pytest.approx((0 + 2 * 3 / (3 + 6) + 0) / 3)
    assert overlap.macro_f1 is not None
    assert baselines([]) == ()
    assert all(0 <= outcome.overlap <= 1 for outcome in figures.outcomes)


def test_the_confusion_counts_every_claim_once(figures: ClaimFigures) -> None:
    assert figures.confusion == {
        (SUPPORTED, SUPPORTED): 1,
        (SUPPORTED, UNKNOWN): 1,
        (REFUTED, REFUTED): 2,
        (REFUTED, None): 1,
        (UNKNOWN, SUPPORTED): 1,
    }


def test_the_latencies_are_of_each_step_and_of_the_whole_claim(figures: ClaimFigures) -> None:
    steps = latencies(figures.outcomes, whole="whole claim")
    assert [(latency.step, latency.p50) for latency in steps] == [("judge", 3.0), ("whole claim", 5.0)]


def test_the_worst_are_the_surest_of_the_wrong_verdicts(figures: ClaimFigures) -> None:
    assert [outcome.case.id for outcome in figures.surest_errors(10)] == ["c3", "c4"]
    assert [outcome.case.id for outcome in figures.surest_errors(1)] == ["c3"]


def test_the_report_names_what_failed_and_what_was_missed(report: Report) -> None:
    text = markdown(report)
    assert "| verdict: accuracy | 0.500" in text
    assert "| refuted | 0 | 2 | 0 | 0 | 1 |" in text
    assert "| c3 | near_miss | 0.900 | supported | not enough evidence | Some nine engines came. |" in text
    assert "### c3 (near_miss): Some nine engines came.\n\nSupported, should be not enough evidence" in text
    assert "    - for: Nine people were hurt." in text
    assert "    ? for: The owner was abroad." in text
    assert "Sent back, should be refuted.\nThat is a request." in text
    assert "### c1 " not in text
    wrong, _, other = text.partition("## Every claim with the right verdict and other evidence")
    assert "### c6 " not in wrong
    assert (
        "    - against: Nine people were hurt.\n    ? against: The courier said six people were hurt."
        in other
    )
    assert "claims seed, verdict: macro-F1: 0.200, should be at least 0.5" in text
    assert "at least 0.85: missed" in text
    assert "at most 250: reached" in text


def test_the_same_outcomes_make_the_same_report(report: Report) -> None:
    assert markdown(report) == markdown(report)
    assert json.dumps(as_json(report)) == json.dumps(as_json(report))
    assert str(Path.cwd()) not in markdown(report)


def test_a_report_is_written_with_the_claims_plot(report: Report, tmp_path: Path) -> None:
    command.write(report, tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert written == {"report.md", "report.json", "plots/reliability-claims.png"}
    claims = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["claims"]
    assert claims["claims"][0]["said"] == "supported"
    assert claims["confusion"]["refuted"] == {"refuted": 2, "sent back": 1}


def test_every_measure_has_a_name_of_its_own_and_none_is_of_nothing() -> None:
    assert len(BY_NAME) == len(MEASURES)
    assert all(measure.of([]).value is None for measure in MEASURES)


def test_figures_of_one_name_are_better_in_one_direction() -> None:
    higher = command._higher({"claim sets": {"WiCE: AUROC": 0.5}})
    assert {measure.name: higher[measure.name] for measure in MEASURES} == {
        measure.name: measure.higher for measure in MEASURES
    }
    assert not higher["wrong"]
    assert higher["speaker_recall"]
    assert higher["WiCE: AUROC"]
