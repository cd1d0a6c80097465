"""The command line: what it prints where, and its exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from rag.cli import main
from rag.conversation import Conversation
from rag.dossier import check_from_dossier, verify_dossier
from rag.errors import (
    ArticleNotFoundError,
    ClaimError,
    CorpusError,
    IndexBusyError,
    QuestionError,
    RagError,
    SettingsError,
)
from rag.presentation import confidence_level, printable
from rag.schema import (
    Answer,
    AnswerStatus,
    Article,
    ArticleSummary,
    Attribution,
    Citation,
    ClaimCheck,
    ClaimEvidence,
    ClaimPart,
    Disagreement,
    DossierReport,
    Evidence,
    FailedFile,
    Filters,
    IngestReport,
    Passage,
    RankedPassage,
    RejectedStatement,
    Speech,
    Stance,
    Statement,
    Writing,
)

ROOT = Path(__file__).resolve().parent.parent
ARTICLE = Article.from_text(
    title="Strikes",
    text="The US allows strikes.\n\nDeep strikes are \x1b[31mnot\u202e allowed.",
    source="The Wire",
    author="A. Writer",
)


def refuted(claim: str, article: Article) -> ClaimCheck:
    """A check in which the article's second sentence refutes the claim."""
    start = article.text.index("Deep")
    end = len(article.text)
    said = Attribution(start=start, end=end, speaker="a general", speech=Speech.INDIRECT)
    citation = Citation(
        number=1,
        article_id=article.id,
        title=article.title,
        quote=article.text[start:],
        start=start,
        end=end,
        attributions=(said,),
    )
    evidence = ClaimEvidence(citation=citation, stance=Stance.REFUTES, score=0.9, reason="It says not.")
    part = ClaimPart(text=claim, start=0, end=len(claim), confidence=0.83, refuting=(evidence,))
    return ClaimCheck(claim=claim, parts=(part,), timings={"total": 3.5})


def nothing_said(article: Article) -> ClaimCheck:
    """A check for which there is no evidence, only a nearest passage."""
    near = Evidence(
        article_id=article.id,
        passage_id="p",
        title=article.title,
        text=article.text[:22],
        start=0,
        end=22,
        score=0.05,
    )
    part = ClaimPart(text="absent", start=0, end=6, confidence=0.6)
    return ClaimCheck(claim="absent", parts=(part,), nearest=(near,))


class FakeChecker:
    """Answers any question with the article's second sentence, and "absent" with not_found.

    The same sentence refutes any claim, and nothing says anything to "absent".
    """

    def __init__(self, *, article: Article = ARTICLE, held: bool = True) -> None:
        self.source = article
        self.held = held
        self.report = IngestReport(added=("strikes.txt",))
        self.failure: BaseException | None = None
        self.outcome: ClaimCheck | None = None
        self.asked: list[tuple[str, Filters | None]] = []
        self.folders: list[Path | None] = []
        self.closed = False

    def __enter__(self) -> FakeChecker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True

    def ingest(
        self, folder: Path | None = None, *, progress: Callable[[int, int, str], None] | None = None
    ) -> IngestReport:
        self.folders.append(folder)
        self._fail()
        self.held = True
        return self.report

    def conversation(self) -> Conversation:
        def stream(
            question: str, *, filters: Filters | None = None, callbacks: object = None
        ) -> Iterator[Answer]:
            yield self.answer(question, filters)

        return Conversation(stream)

    def answer(self, question: str, filters: Filters | None) -> Answer:
        self.asked.append((question, filters))
        self._fail()
        text, start = self.source.text, self.source.text.index("Deep")
        place: dict[str, Any] = {"article_id": self.source.id, "title": self.source.title}
        if question == "absent":
            first = Evidence(**place, passage_id="p", text=text[:22], start=0, end=22, score=0.05)
            return Answer(
                question=question,
                statements=(),
                status=AnswerStatus.NOT_FOUND,
                confidence=0.05,
                evidence=(first,),
            )
        citation = Citation(**place, number=1, quote=text[start:], start=start, end=len(text))
        return Answer(
            question=question,
            statements=(Statement(text=text[start:], citations=(citation,)),),
            status=AnswerStatus.ANSWERED,
            confidence=0.93,
            evidence=(),
            timings={"total": 12.5},
        )

    def check(self, claim: str, *, filters: Filters | None = None) -> ClaimCheck:
        self.asked.append((claim, filters))
        self._fail()
        if self.outcome is not None:
            return self.outcome
        return nothing_said(self.source) if claim == "absent" else refuted(claim, self.source)

    def verify(self, dossier: Mapping[str, Any]) -> DossierReport:
        return verify_dossier(dossier, article=self.article, articles=self.articles, check=self.check)

    def search(self, query: str, *, limit: int = 5) -> tuple[RankedPassage, ...]:
        self._fail()
        passage = Passage(
            id="p",
            article_id=self.source.id,
            position=0,
            text="The US allows.",
            start=0,
            end=14,
            sentences=(),
        )
        ranked = RankedPassage(passage=passage, title=self.source.title, score=1.5, rank=1, bm25_rank=1)
        return () if query == "absent" else (ranked,)

    def articles(self) -> tuple[ArticleSummary, ...]:
        article = self.source
        summary = ArticleSummary(
            id=article.id,
            title=article.title,
            source=article.source,
            author=article.author,
            published=article.published,
            url=article.url,
            passages=1,
        )
        return (summary,) if self.held else ()

    def article(self, article_id: str) -> Article:
        if article_id != self.source.id:
            raise ArticleNotFoundError(article_id)
        return self.source

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def checker() -> FakeChecker:
    return FakeChecker()


def run(checker: FakeChecker, *arguments: str) -> int:
    return main(arguments, open_checker=lambda: checker)


def test_an_answer_is_printed_with_its_source_offsets_and_confidence(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "ask", "What", "is", "allowed?") == 0
    printed = capsys.readouterr()
    assert checker.asked[0][0] == "What is allowed?"
    assert "allowed. [1]" in printed.out
    assert "[1] Strikes\n    The Wire, A. Writer, no date, characters 24 to 59\n    > Deep" in printed.out
    assert "very high (0.93)" in printed.out
    assert printed.err == ""
    assert checker.closed


def test_an_article_cannot_steer_the_terminal(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    run(checker, "ask", "What is allowed?")
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert r"\x1b[31mnot\u202e" in printed


def test_json_keeps_the_exact_text(checker: FakeChecker, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(checker, "ask", "--json", "What is allowed?") == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record) == [
        "question",
        "status",
        "confidence",
        "text",
        "statements",
        "citations",
        "evidence",
        "timings",
        "typed",
        "writing",
    ]
    citation = record["citations"][0]
    assert citation["quote"] == ARTICLE.text[citation["start"] : citation["end"]]
    assert (citation["source"], citation["published"]) == ("The Wire", None)
    assert record["statements"][0]["citations"] == [1]
    assert record["timings"] == {"total": 12.5}


def test_not_found_says_so_and_shows_the_nearest_passage(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "ask", "absent") == 1
    printed = capsys.readouterr().out
    assert printed.startswith("The articles don't say.\n")
    assert "    > The US allows strikes.\n" in printed
    assert "very low (0.05)" in printed


def test_the_first_question_ingests_the_articles(
    capsys: pytest.CaptureFixture[str],
) -> None:
    checker = FakeChecker(held=False)
    checker.report = IngestReport(added=("a.txt",), failed=(FailedFile(path="b.pdf", reason="Encrypted."),))
    assert run(checker, "ask", "What is allowed?") == 0
    assert checker.folders == [None]
    printed = capsys.readouterr()
    assert "Articles: 1 added, 1 failed." in printed.err
    assert "b.pdf: Encrypted." in printed.err
    assert "Articles:" not in printed.out


def test_filters_reach_the_question(checker: FakeChecker) -> None:
    run(checker, "ask", "Who?", "--source", "AP", "--source", "BBC", "--from", "2024-05-01", "--author", "B")
    filters = checker.asked[0][1]
    assert filters is not None
    assert filters.sources == ("AP", "BBC")
    assert filters.authors == ("B",)
    assert str(filters.published_from) == "2024-05-01"
    assert filters.published_to is None


def test_an_ingest_tells_what_it_did_and_that_files_failed(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "ingest", "news") == 0
    checker.report = replace(checker.report, failed=(FailedFile(path="b\n.pdf", reason="Encrypted."),))
    assert run(checker, "ingest", "news") == 4
    assert checker.folders == [Path("news"), Path("news")]
    assert "Articles: 1 added, 1 failed." in capsys.readouterr().out


def test_search_prints_passages_or_finds_none(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "search", "strikes", "--limit", "2") == 0
    assert "1. Strikes\n   characters 0 to 14, score 1.500\n    > The US allows." in capsys.readouterr().out
    assert run(checker, "search", "absent", "--json") == 1
    assert json.loads(capsys.readouterr().out) == []


def test_articles_are_listed(checker: FakeChecker, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(checker, "articles") == 0
    assert f"{ARTICLE.id}  Strikes\n    The Wire, A. Writer, no date, 1 passage" in capsys.readouterr().out
    assert run(checker, "articles", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["id"] == ARTICLE.id


def test_a_check_prints_the_verdict_first_then_the_quotes_with_who_says_them(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "check", "Deep", "strikes", "are", "allowed.", "--source", "The Wire") == 0
    printed = capsys.readouterr()
    assert checker.asked == [("Deep strikes are allowed.", Filters(sources=("The Wire",)))]
    assert printed.out.startswith(
        "Refuted by the articles, confidence high (0.83).\n\nAgainst:\n[1] Strikes\n"
    )
    assert "    The Wire, A. Writer, no date, characters 24 to 59\n" in printed.out
    assert "    according to a general\n    It says not.\n    > " in printed.out
    assert r"    > Deep strikes are \x1b[31mnot\u202e allowed." in printed.out
    assert "Part 1" not in printed.out
    assert "For:" not in printed.out
    assert printed.err == ""


def test_a_check_of_several_parts_tells_each_with_its_verdict(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = refuted("A and B.", ARTICLE)
    against = whole.parts[0].refuting[0]
    behind = replace(against, stance=Stance.SUPPORTS, superseded=True, copies=(ARTICLE.id,), reason="")
    parts = (
        replace(whole.parts[0], text="A.\x1b"),
        ClaimPart(text="B.", start=6, end=8, confidence=0.7, supporting=(behind,)),
    )
    other = replace(against.citation, number=2, start=0, end=22, quote=ARTICLE.text[:22], attributions=())
    pair = Disagreement(one=other, other=against.citation, about="90 against 9", superseded=True)
    checker.outcome = replace(whole, parts=parts, disagreements=(pair,))
    assert run(checker, "check", "A and B.") == 0
    printed = capsys.readouterr().out
    assert "Part 1: A.\\x1b\nRefuted by the articles, confidence high (0.83).\n" in printed
    assert "Part 2: B.\nNot enough evidence in the articles, confidence high (0.70).\n" in printed
    assert "    Superseded: a later article says otherwise.\n" in printed
    assert "    The same text is also in The Wire.\n" in printed
    assert "The articles disagree: 90 against 9 ([2] and [1]); the later article replaces" in printed
    assert "[2] Strikes" in printed


def test_a_claim_that_the_articles_do_not_decide_ends_with_1_and_the_nearest_passages(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "check", "absent") == 1
    printed = capsys.readouterr().out
    assert printed.startswith("Not enough evidence in the articles, confidence medium (0.60).\n")
    assert "    > The US allows strikes.\n" in printed


def test_a_check_as_json_has_parts_citations_and_stances(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "check", "--json", "Deep strikes are allowed.") == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record) == [
        "claim",
        "verdict",
        "confidence",
        "parts",
        "citations",
        "disagreements",
        "nearest",
        "timings",
    ]
    (citation,) = record["citations"]
    assert citation["quote"] == ARTICLE.text[citation["start"] : citation["end"]]
    assert (citation["stance"], citation["score"], citation["superseded"]) == ("refutes", 0.9, False)
    assert record["parts"][0]["refuting"] == [1]
    assert record["timings"] == {"total": 3.5}


def test_a_dossier_is_written_once_and_verified(
    checker: FakeChecker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "check.json"
    assert (
        run(checker, "check", "Deep strikes are allowed.", "--dossier", str(file), "--author", "A. Writer")
        == 0
    )
    record = json.loads(file.read_text(encoding="utf-8"))
    assert check_from_dossier(record) == refuted("Deep strikes are allowed.", ARTICLE)
    assert record["filters"]["authors"] == ["A. Writer"]
    assert capsys.readouterr().out.startswith("Refuted")
    assert run(checker, "verify", str(file)) == 0
    assert capsys.readouterr().out.startswith("Unchanged: ")

    changed = FakeChecker(article=replace(ARTICLE, text="Now. " + ARTICLE.text))
    assert run(changed, "verify", str(file)) == 1
    assert "[1] moved to characters 29 to 64." in capsys.readouterr().out
    assert run(changed, "verify", "--json", str(file)) == 1
    assert json.loads(capsys.readouterr().out)["quotes"][0]["state"] == "moved"


def test_a_file_is_not_written_over_without_force(
    checker: FakeChecker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "review.json"
    file.write_text("mine")
    assert run(checker, "check", "A claim.", "--claim-review", str(file)) == 2
    assert "--force" in capsys.readouterr().err
    assert (file.read_text(), checker.asked) == ("mine", [])
    assert run(checker, "check", "A claim.", "--claim-review", str(file), "--force") == 0
    assert json.loads(file.read_text(encoding="utf-8"))["@type"] == "ClaimReview"


def test_a_claim_review_can_stand_in_a_page(checker: FakeChecker, tmp_path: Path) -> None:
    file = tmp_path / "review.json"
    run(checker, "check", "It says </script><b>.", "--claim-review", str(file))
    text = file.read_text(encoding="utf-8")
    assert "<" not in text
    assert json.loads(text)["claimReviewed"] == "It says </script><b>."


def test_one_record_can_take_the_place_of_the_text(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "check", "A claim.", "--dossier", "-") == 0
    assert json.loads(capsys.readouterr().out)["format"] == "presscheck-dossier"
    assert run(checker, "check", "absent", "--claim-review", "-") == 1
    assert json.loads(capsys.readouterr().out)["@type"] == "ClaimReview"


@pytest.mark.parametrize(
    "options",
    [
        ("--json", "--dossier", "-"),
        ("--dossier", "-", "--claim-review", "-"),
        ("--dossier", "same.json", "--claim-review", "same.json"),
        ("--dossier", "/nowhere/at/all.json"),
        ("--dossier", "/"),
    ],
)
def test_a_record_that_cannot_be_written_is_wrong_usage_before_anything_is_checked(
    checker: FakeChecker, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "check", "A claim.", *options) == 2
    assert capsys.readouterr().err.startswith("Error: ")
    assert checker.asked == []


@pytest.mark.parametrize("content", ["", "not JSON", "[]", '{"format": "other"}', "[" * 100_000, "\ud800"])
def test_a_file_that_is_no_dossier_ends_with_2(
    checker: FakeChecker, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "no.json"
    file.write_bytes(content.encode("utf-8", "surrogatepass"))
    assert run(checker, "verify", str(file)) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("Error: ")
    assert "not a dossier" in printed.err
    assert printed.out == ""


def test_a_dossier_that_is_not_there_ends_with_2(
    checker: FakeChecker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "verify", str(tmp_path / "no.json")) == 2
    assert "No such file" in capsys.readouterr().err


def test_a_text_that_is_no_claim_ends_with_2(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    checker.failure = ClaimError("That is a question.")
    assert run(checker, "check", "Is it?") == 2
    assert capsys.readouterr().err == "Error: That is a question.\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (QuestionError("The question is empty."), 2),
        (SettingsError("RAG_PORT can't be 0."), 2),
        (CorpusError("There is no folder 'corpus'."), 3),
        (IndexBusyError("Another process is writing."), 3),
        (RagError("Something else."), 3),
    ],
)
def test_an_error_is_one_message_and_an_exit_code(
    checker: FakeChecker, error: RagError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    checker.failure = error
    assert run(checker, "ask", "What is allowed?") == code
    printed = capsys.readouterr()
    assert printed.err == f"Error: {error}\n"
    assert printed.out == ""
    assert checker.closed


@pytest.mark.parametrize(
    "arguments", [("ask",), ("search", "x", "--limit", "0"), ("ask", "x", "--from", "May"), ("fly",)]
)
def test_wrong_usage_is_told_with_exit_code_2(
    checker: FakeChecker, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, *arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("Error: ")
    assert "--help" in printed.err
    assert "Traceback" not in printed.err


def test_an_interrupt_is_a_short_line(checker: FakeChecker, capsys: pytest.CaptureFixture[str]) -> None:
    checker.failure = KeyboardInterrupt()
    assert run(checker, "ingest") == 130
    assert capsys.readouterr().err == "Interrupted. What was done until now is kept.\n"


@pytest.mark.parametrize("arguments", [("--help",), ()])
def test_help_is_shown_and_is_no_error(
    checker: FakeChecker, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, *arguments) == 0
    printed = capsys.readouterr().out
    for command in ("ingest", "ask", "check", "verify", "search", "articles", "serve"):
        assert command in printed


def test_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "rag", "--help"], stdout=closed, stderr=subprocess.PIPE, cwd=ROOT
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_commands_do_not_import_the_web_page() -> None:
    code = "import sys, rag.cli; print([m for m in ('gradio', 'chromadb', 'langchain') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – “text” é 汉 🙂\n\t", "plain – “text” é 汉 🙂\n\t"),
        ("\x00\x07\r\x7f\x9b", r"\x00\x07\r\x7f\x9b"),
        ("\u2066a\u2069\u2028\ud800", r"\u2066a\u2069\u2028\ud800"),
    ],
)
def test_what_steers_a_terminal_is_escaped_and_text_is_not(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_confidence_is_put_in_five_words() -> None:
    assert [confidence_level(c) for c in (1.0, 0.9, 0.89, 0.5, 0.1, 0.0)] == [
        "very high",
        "very high",
        "high",
        "medium",
        "low",
        "very low",
    ]


# Conversations, and what a chat model wrote


def test_a_conversation_is_asked_line_by_line(
    checker: FakeChecker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Who allowed strikes?\n\nWhy?\n"))

    assert run(checker, "ask", "--chat") == 0

    first, second = (question for question, _ in checker.asked)
    assert first == "Who allowed strikes?"
    assert second != "Why?"
    assert f"Asked as: {second}" in capsys.readouterr().out


def test_a_conversation_goes_on_after_what_cannot_be_asked(
    checker: FakeChecker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checker.failure = QuestionError("The question is too long.")
    monkeypatch.setattr(sys, "stdin", io.StringIO("One?\nTwo?\n"))

    assert run(checker, "ask", "--chat") == 0

    assert capsys.readouterr().err.count("The question is too long.") == 2
    assert len(checker.asked) == 2


def test_without_a_question_it_says_what_to_do(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "ask") == 2

    assert "--chat" in capsys.readouterr().err


def test_the_trace_goes_beside_the_answer(checker: FakeChecker, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(checker, "ask", "What is allowed?", "--trace") == 0

    printed = capsys.readouterr()
    assert "total" in printed.err
    assert "12.5 ms" in printed.err
    assert "12.5 ms" not in printed.out


class WritingChecker(FakeChecker):
    """One whose answers a chat model wrote, with a statement that does not hold."""

    def answer(self, question: str, filters: Filters | None) -> Answer:
        rejected = RejectedStatement(text="Deep\x1b[31m strikes.", reason="It says deep.")
        writing = Writing(
            model="small", used=True, drafted=2, dropped=1, rejected=(rejected,), tokens_read=120
        )
        return replace(super().answer(question, filters), writing=writing)


def test_who_worded_an_answer_is_said_and_what_does_not_hold_is_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(WritingChecker(), "ask", "What is allowed?", "--trace") == 0

    printed = capsys.readouterr()
    assert "Worded by small" in printed.out
    assert "1 of 2 statements left out" in printed.out
    assert "[not borne out] Deep" in printed.out
    assert "\x1b" not in printed.out
    assert "120 read, unknown written" in printed.err


def test_who_worded_an_answer_is_in_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(WritingChecker(), "ask", "What is allowed?", "--json") == 0

    writing = json.loads(capsys.readouterr().out)["writing"]
    assert (writing["model"], writing["dropped_share"]) == ("small", 0.5)
    assert writing["rejected"][0]["reason"] == "It says deep."
