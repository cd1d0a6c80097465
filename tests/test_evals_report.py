"""Running the questions, the figures, the thresholds and the report, on a product that is made up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals import __main__ as command
from evals import stored
from evals.figures import BY_NAME, MEASURES, Figure, by_corpus, by_kind, figures, latencies
from evals.judging import Outcome, Verdict
from evals.questions import Kind, Question, Span
from evals.report import Report, as_json, markdown
from evals.run import measure
from evals.squad import SHIPPED, TARGETS, WAYS, directions, distinct, retrieval_figures
from evals.squad_report import SquadFigures
from evals.thresholds import Check, checks, read_baseline, update_baseline
from rag.schema import Answer, AnswerStatus, Article, Citation, Passage, RankedPassage, Statement

ARTICLE = Article.from_text(id="a1", title="Fire", text="The mill burned. Nine people were hurt.")
HURT = Span(article_id="a1", start=17, end=39)
HIGHER = {measure.name: measure.higher for measure in MEASURES}


class FakeChecker:
    """Answers "Who was hurt?" with the second sentence, "What burned?" with it too, and nothing else."""

    def ask(self, question: str) -> Answer:
        knows = question in ("Who was hurt?", "What burned?")
        quote = ARTICLE.text[HURT.start : HURT.end]
        cited = Citation(number=1, article_id="a1", title="Fire", quote=quote, start=HURT.start, end=HURT.end)
        return Answer(
            question=question,
            statements=(Statement(text=quote, citations=(cited,)),) if knows else (),
            status=AnswerStatus.ANSWERED if knows else AnswerStatus.NOT_FOUND,
            confidence=0.9 if knows else 0.2,
            evidence=(),
            timings={"retrieve": 2.0},
        )

    def search(self, query: str, *, limit: int = 5) -> tuple[RankedPassage, ...]:
        whole = Passage(
            id="p1",
            article_id="a1",
            position=0,
            text=ARTICLE.text,
            start=0,
            end=len(ARTICLE.text),
            sentences=(),
        )
        return (RankedPassage(passage=whole, title="Fire", score=1.0, rank=1),)


def question(number: int, text: str, *gold: Span, corpus: str = "tiny") -> Question:
    kind = Kind.WHO if gold else Kind.UNANSWERABLE
    return Question(
        id=f"q{number}",
        corpus=corpus,
        text=text,
        kind=kind,
        answer_sets=(gold,) if gold else (),
        answer="",
        note="",
    )


QUESTIONS = (
    question(1, "Who was hurt?", HURT),
    question(2, "What burned?", Span(article_id="a1", start=0, end=16)),
    question(3, "Who lit it?"),
    question(4, "Who ran?", HURT, corpus="other"),
)


@pytest.fixture(scope="module")
def outcomes() -> tuple[Outcome, ...]:
    found = measure(FakeChecker(), QUESTIONS, {"a1": ARTICLE})
    return tuple(replace(outcome, latency_ms=4.0) for outcome in found)


@pytest.fixture
def report(outcomes: tuple[Outcome, ...]) -> Report:
    failing = Check(group="all", name="recall", value=0.2, threshold=0.5, higher=True)
    return Report(outcomes=outcomes, articles={"a1": ARTICLE}, checks=(failing,))


def test_every_question_gets_its_verdict(outcomes: tuple[Outcome, ...]) -> None:
    assert [outcome.verdict for outcome in outcomes] == [
        Verdict.COMPLETE,
        Verdict.WRONG,
        Verdict.ABSTAINED,
        Verdict.MISSED,
    ]


def test_the_figures_are_over_the_questions_they_apply_to(outcomes: tuple[Outcome, ...]) -> None:
    own = figures(outcomes)
    assert own["answer_hit"].value == pytest.approx(1 / 3)
    assert own["answer_hit"].count == 3
    assert own["precision"].value == 0.5
    assert own["precision"].count == 2
    assert own["abstention_precision"].value == 0.5
    assert own["abstention_recall"].value == 1.0
    assert own["invented"].value == 0.0
    assert own["invented"].count == 1
    assert own["auroc"].value == pytest.approx(5 / 6)  # above .2 twice, level with it once
    assert own["citation_exactness"].value == 1.0
    assert own["recall@1"].value == 1.0


def test_the_groups_are_all_each_corpus_and_each_kind(outcomes: tuple[Outcome, ...]) -> None:
    assert {name: len(group) for name, group in by_corpus(outcomes).items()} == {
        "all": 4,
        "tiny": 3,
        "other": 1,
    }
    assert list(by_corpus(outcomes[:3])) == ["tiny"]
    assert {kind: len(group) for kind, group in by_kind(outcomes).items()} == {"who": 3, "unanswerable": 1}


def test_the_latencies_are_of_each_step_and_of_the_whole(outcomes: tuple[Outcome, ...]) -> None:
    assert [(latency.step, latency.p50) for latency in latencies(outcomes)] == [
        ("retrieve", 2.0),
        ("whole question", 4.0),
    ]


def test_the_report_names_what_failed_and_what_was_missed(report: Report) -> None:
    text = markdown(report)
    assert "### q2 (who): What burned?" in text
    assert "    - Nine people were hurt." in text
    assert "    ? The mill burned." in text
    assert "### q1" not in text
    assert "all, sentence recall: 0.200, should be at least 0.5" in text


def test_the_same_outcomes_make_the_same_report(report: Report) -> None:
    assert markdown(report) == markdown(report)
    assert json.dumps(as_json(report)) == json.dumps(as_json(report))
    assert str(Path.cwd()) not in markdown(report)


def test_a_report_is_written_with_its_plots(report: Report, tmp_path: Path) -> None:
    command.write(report, tmp_path / "new")
    written = {path.relative_to(tmp_path / "new").as_posix() for path in tmp_path.rglob("*.*")}
    assert written == {"report.md", "report.json", "plots/reliability.png", "plots/latency.png"}
    assert (
        json.loads((tmp_path / "new/report.json").read_text(encoding="utf-8"))["questions"][0]["id"] == "q1"
    )


def test_a_figure_worse_than_the_baseline_by_more_than_the_tolerance_fails(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    update_baseline({"all": {"recall": 0.8, "ece": 0.1}}, HIGHER, path)
    assert all(check.passed for check in checks({"all": {"recall": 0.78, "ece": 0.12}}, HIGHER, path))
    failed = [c.name for c in checks({"all": {"recall": 0.76, "ece": 0.14}}, HIGHER, path) if not c.passed]
    assert failed == ["ece", "recall"]


def test_a_figure_that_went_missing_fails(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    update_baseline({"all": {"recall": 0.8}}, HIGHER, path)
    assert not checks({"all": {"recall": None}}, HIGHER, path)[0].passed
    assert not checks({"all": {}}, HIGHER, path)[0].passed


def test_citations_must_all_be_exact_whatever_the_baseline_says(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    assert not checks({"all": {"citation_exactness": 0.999}}, HIGHER, path)[0].passed
    update_baseline({"all": {"citation_exactness": 0.9}}, HIGHER, path)
    assert read_baseline(path)["all"]["citation_exactness"]["threshold"] == 1.0


def test_updating_the_baseline_of_one_group_keeps_the_others(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    update_baseline({"seed": {"recall": 0.8}}, HIGHER, path)
    update_baseline({"fiction": {"recall": 0.6}}, HIGHER, path)
    assert list(read_baseline(path)) == ["fiction", "seed"]
    assert [check.group for check in checks({"seed": {"recall": 0.8}}, HIGHER, path)] == ["seed"]


def squad_figures() -> SquadFigures:
    row = retrieval_figures([["a", "b"], ["b"]], [{"a"}, {"a"}])
    return SquadFigures(
        retrieval=dict.fromkeys(WAYS, row),
        pipeline={"first citation right, of all answerable questions": 0.8},
    )


def test_retrieval_is_counted_over_distinct_paragraphs() -> None:
    assert distinct(["a", "b", "a", "c"]) == ["a", "b", "c"]
    row = squad_figures().retrieval[SHIPPED]
    assert row["recall@1"] == replace(row["recall@1"], value=0.5, count=2)
    assert row["mrr"].value == 0.5


def test_the_report_holds_the_squad_figures_against_their_targets(report: Report) -> None:
    text = markdown(replace(report, squad=squad_figures()))
    assert "| first citation right, of all answerable questions | 0.800 | at least 0.88: missed |" in text
    assert "| retrieval: recall@1 | 0.500 | at least 0.93: missed |" in text
    assert "before the last change" not in text
    assert "before the last change" in markdown(
        replace(report, squad=replace(squad_figures(), current=False))
    )


def test_squad_figures_are_kept_until_the_next_measurement(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    assert stored.load(path) is None
    stored.store(squad_figures(), path)
    assert stored.load(path) == squad_figures()
    path.write_text(
        path.read_text(encoding="utf-8").replace(stored.fingerprint(), "0" * 12), encoding="utf-8"
    )
    assert stored.load(path) == replace(squad_figures(), current=False)


def test_every_measure_has_a_name_of_its_own() -> None:
    assert len(BY_NAME) == len(MEASURES)
    assert isinstance(BY_NAME["recall"].of([]), Figure)
    assert BY_NAME["auroc"].of([]).value is None


def test_the_direction_of_a_squad_figure_is_that_of_its_target() -> None:
    assert directions(TARGETS) == {name: higher for name, (_, higher) in TARGETS.items()}
    assert directions(["threshold", "expected calibration error", "AUROC, adversarial"]) == {
        "expected calibration error": False,
        "AUROC, adversarial": True,
    }
