from __future__ import annotations

import asyncio
import datetime
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import CORPUS, ROOT, HashedWords, settings_for

from rag import (
    Answer,
    AnswerStatus,
    Article,
    ArticleNotFoundError,
    ArticleReadError,
    CorpusError,
    FactChecker,
    Filters,
    IndexMismatchError,
    IndexStoreError,
    QuestionError,
)
from rag.encoder import EmbeddingsEncoder
from rag.index import IndexManifest, PassageIndex
from rag.library import title_key
from rag.pipeline import SCHEMA_VERSION
from rag.ranker import SentenceRanker
from rag.stances import StanceModel
from rag.tokens import TokenStore
from rag.verification import ClaimVerifier
from rag.verifier import OnnxVerifier

SEED = CORPUS / "us-authorization-of-strikes.txt"
RESTRICTIONS = "What restrictions remain?"
LAST_PARAGRAPH = (
    "Only at the end of May, after a number of NATO countries supported the authorization of strikes "
    "against Russia, did the White House give Ukraine the green light, but with certain restrictions. "
    "The US does not yet authorize deep strikes against Russia, but Ukraine can attack Russian troops, "
    "positions, and launchers along its border."
)
TRAMS = Article.from_text(
    title="Trams stop at night",
    text="The trams of Wenna stop at midnight from Monday on. Mayor Ada Storm said that money is short.",
    source="Wenna Post",
    author="Ann Lee",
    published=datetime.date(2024, 5, 1),
)
BUSES = Article.from_text(
    title="Buses get dearer",
    text="A bus ticket in Wenna costs 3.40 crowns from Monday on. Mayor Ada Storm said that fuel is dear.",
    source="Wenna Times",
    author="Bob Ray",
    published=datetime.date(2024, 7, 1),
)

Open = Callable[..., FactChecker]


@pytest.fixture
def open_checker(tmp_path: Path) -> Iterator[Open]:
    """Open an index of this test; closed after it."""
    opened: list[FactChecker] = []

    def open_it(name: str = "index", **settings: object) -> FactChecker:
        opened.append(FactChecker.open(settings_for(tmp_path / name, threads=1, **settings)))
        return opened[-1]

    yield open_it
    for checker in opened:
        checker.close()


def exact(checker: FactChecker, answer: Answer) -> bool:
    return all(checker.article(c.article_id).text[c.start : c.end] == c.quote for c in answer.citations)


# The seed article


def test_the_question_of_the_readme_is_answered_with_both_sentences(seed_checker: FactChecker) -> None:
    answer = seed_checker.ask(RESTRICTIONS)

    assert answer.status is AnswerStatus.ANSWERED
    assert LAST_PARAGRAPH in " ".join(citation.quote for citation in answer.citations)
    assert exact(seed_checker, answer)
    assert (
        answer.citations[0].title
        == "US authorization of strikes on Russia thwarts larger offensive in Kharkiv region"
    )
    assert 0 < answer.confidence <= 1
    assert {"read", "retrieve", "rank", "answer", "total"} == answer.timings.keys()


@pytest.mark.parametrize("question", ["How many HIMARS were delivered?", "Who is the president of France?"])
def test_what_the_article_does_not_say_is_not_found(question: str, seed_checker: FactChecker) -> None:
    answer = seed_checker.ask(question)

    assert (answer.status, answer.statements, answer.text) == (AnswerStatus.NOT_FOUND, (), "")
    assert answer.evidence, "the nearest passages are shown"
    for piece in answer.evidence:
        assert seed_checker.article(piece.article_id).text[piece.start : piece.end] == piece.text


def test_the_headline_and_the_caption_are_not_cited(seed_checker: FactChecker) -> None:
    (summary,) = seed_checker.articles()
    body = seed_checker.article(summary.id).text.index("The Russians were preparing")
    for question in ("What thwarts the larger offensive?", "What did the US authorize on Russia?"):
        answer = seed_checker.ask(question)
        starts = [c.start for c in answer.citations] + [piece.start for piece in answer.evidence]
        assert min(starts) >= body, question


def test_the_question_comes_back_as_it_was_read(seed_checker: FactChecker) -> None:
    assert seed_checker.ask("  What restrictions\n remain? ").question == RESTRICTIONS
    assert seed_checker.ask("  What restrictions\n remain? ") == seed_checker.ask(RESTRICTIONS)


@pytest.mark.parametrize("question", ["", "word " * 10_000, "Wer ist der Präsident?", "?", "\x00"])
def test_a_question_that_cannot_be_asked_is_an_error(question: str, seed_checker: FactChecker) -> None:
    with pytest.raises(QuestionError):
        seed_checker.ask(question)
    with pytest.raises(QuestionError):
        seed_checker.search(question)


def test_a_stream_grows_by_one_statement_to_the_whole_answer(open_checker: Open) -> None:
    checker = open_checker(threshold=0)
    checker.ingest(CORPUS)
    question = "Why couldn't Ukraine strike Russian territory before?"
    whole = checker.ask(question)
    streamed = list(checker.stream(question))

    assert streamed[-1] == whole
    assert [len(answer.statements) for answer in streamed] == list(range(1, len(whole.statements) + 1))
    assert all(answer.statements == whole.statements[: len(answer.statements)] for answer in streamed)


def test_a_stream_without_an_answer_is_one_not_found(seed_checker: FactChecker) -> None:
    (answer,) = seed_checker.stream("Who is the president of France?")

    assert answer.status is AnswerStatus.NOT_FOUND


def test_answers_come_without_blocking_too(seed_checker: FactChecker) -> None:
    async def both() -> tuple[Answer, list[Answer]]:
        asked = asyncio.create_task(seed_checker.aask(RESTRICTIONS))
        return await asked, [answer async for answer in seed_checker.astream(RESTRICTIONS)]

    asked, streamed = asyncio.run(both())

    assert asked == streamed[-1] == seed_checker.ask(RESTRICTIONS)


def test_threads_that_ask_at_once_get_the_same_answers(seed_checker: FactChecker) -> None:
    questions = [RESTRICTIONS, "How many soldiers were concentrated?", "Who is the president of France?"] * 4
    alone = [seed_checker.ask(question) for question in questions]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(seed_checker.ask, questions)) == alone


def test_a_search_ranks_passages(seed_checker: FactChecker) -> None:
    found = seed_checker.search("HIMARS missile systems", limit=3)

    assert [ranked.rank for ranked in found] == list(range(1, len(found) + 1))
    assert "HIMARS" in found[0].passage.text
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)
    assert sorted(r.maxsim_rank or 0 for r in found) == [r.rank for r in found]


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_range_is_an_error(limit: int, seed_checker: FactChecker) -> None:
    with pytest.raises(QuestionError, match=f"can't be {limit}"):
        seed_checker.search("HIMARS", limit=limit)


# Settings


def test_the_threshold_and_the_number_of_statements_are_settings(open_checker: Open) -> None:
    sure = open_checker(threshold=1.0)
    sure.ingest(CORPUS)
    assert sure.ask(RESTRICTIONS).status is AnswerStatus.NOT_FOUND
    sure.close()

    lax = open_checker(threshold=0.0, max_statements=1)
    answer = lax.ask("Who is the president of France?")
    assert answer.status is AnswerStatus.ANSWERED
    assert exact(lax, answer)


# The articles


def test_an_article_added_by_code_is_found_and_read_back(open_checker: Open) -> None:
    checker = open_checker()
    checker.add([TRAMS, BUSES])
    answer = checker.ask("When do the trams of Wenna stop?")

    assert [citation.article_id for citation in answer.citations] == [TRAMS.id]
    assert checker.article(TRAMS.id) == TRAMS
    assert {summary.id for summary in checker.articles()} == {TRAMS.id, BUSES.id}
    checker.remove([TRAMS.id])
    assert [summary.id for summary in checker.articles()] == [BUSES.id]
    assert checker.ask("When do the trams of Wenna stop?").citations != answer.citations
    with pytest.raises(ArticleNotFoundError, match=TRAMS.id):
        checker.article(TRAMS.id)


def test_removing_an_unknown_article_removes_none(open_checker: Open) -> None:
    checker = open_checker()
    checker.add([TRAMS])

    with pytest.raises(ArticleNotFoundError, match="nobody"):
        checker.remove([TRAMS.id, "nobody"])
    assert [summary.id for summary in checker.articles()] == [TRAMS.id]


@pytest.mark.parametrize("text", ["", "  \n ", "\u2028"])
def test_an_article_without_text_is_refused(text: str, open_checker: Open) -> None:
    with pytest.raises(CorpusError, match="'Nothing in it' has no text to index"):
        open_checker().add([Article.from_text(title="Nothing in it", text=text)])


def test_an_article_that_is_not_text_is_refused(open_checker: Open) -> None:
    with pytest.raises(ArticleReadError, match="isn't text"):
        open_checker().add([Article.from_text(title="Bad \ud800", text="A lone \udfff surrogate.")])


FILTERED = [
    (Filters(sources=("Wenna Post",)), TRAMS.id),
    (Filters(authors=("Bob Ray",)), BUSES.id),
    (Filters(article_ids=(BUSES.id,)), BUSES.id),
    (Filters(published_to=datetime.date(2024, 6, 1)), TRAMS.id),
    (Filters(published_from=datetime.date(2024, 6, 1)), BUSES.id),
]


def test_filters_choose_the_articles_that_are_looked_in(open_checker: Open) -> None:
    checker = open_checker(threshold=0.0, max_statements=1)
    checker.add([TRAMS, BUSES])
    question = "What did Mayor Ada Storm say?"

    for filters, article_id in FILTERED:
        answer = checker.ask(question, filters=filters)
        assert {citation.article_id for citation in answer.citations} == {article_id}, filters
        assert {piece.article_id for piece in answer.evidence} == {article_id}, filters
        assert {r.passage.article_id for r in checker.search(question, filters=filters)} == {article_id}
    assert checker.ask(question, filters=Filters()) == checker.ask(question)
    with pytest.raises(QuestionError, match="No article passes the filters"):
        checker.ask(question, filters=Filters(sources=("Nobody",)))


def test_an_empty_index_is_an_error_and_not_a_not_found(open_checker: Open) -> None:
    checker = open_checker()

    for ask in (checker.ask, checker.search, lambda q: list(checker.stream(q))):
        with pytest.raises(CorpusError, match="python -m rag ingest"):
            ask(RESTRICTIONS)
    assert checker.articles() == ()


# The index


def test_a_closed_checker_says_so(open_checker: Open) -> None:
    checker = open_checker()
    checker.close()

    with pytest.raises(IndexStoreError, match="closed"):
        checker.ask(RESTRICTIONS)


def test_what_another_process_ingests_becomes_visible(open_checker: Open) -> None:
    checker = open_checker()
    checker.add([TRAMS])
    before = checker.ask("When do the trams of Wenna stop?")
    code = (
        "import sys; from rag import *; s = Settings(index_dir=sys.argv[1]);"
        "FactChecker.open(s).ingest(sys.argv[2])"
    )

    subprocess.run(
        [sys.executable, "-c", code, str(checker.settings.index_dir), str(CORPUS)], cwd=ROOT, check=True
    )

    assert len(checker.articles()) == 2
    assert LAST_PARAGRAPH in checker.ask(RESTRICTIONS).citations[0].quote
    assert checker.ask("When do the trams of Wenna stop?").citations == before.citations


def test_a_writer_in_the_middle_of_a_question_does_not_disturb_it(open_checker: Open) -> None:
    checker = open_checker()
    checker.add([TRAMS, BUSES])
    stale = checker._library.shelf()
    checker.remove([BUSES.id])
    checker.add([Article.from_text(title="New", text="The trams of Wenna go on at night, a court ruled.")])
    fresh = checker._library.shelf
    shelves = iter([stale])
    checker._library.shelf = lambda: next(shelves, None) or fresh()  # type: ignore[method-assign]

    answer = checker.ask("What does a bus ticket in Wenna cost, and when do the trams stop?")

    assert exact(checker, answer)
    assert BUSES.id not in {piece.article_id for piece in answer.evidence}


def test_deleting_what_is_derived_changes_no_answer(open_checker: Open) -> None:
    checker = open_checker()
    checker.ingest(CORPUS)
    questions = (RESTRICTIONS, "How many soldiers were concentrated?", "Who is the president of France?")
    answers = [checker.ask(question) for question in questions]
    found = checker.search("HIMARS")
    checker.close()
    shutil.rmtree(checker.settings.index_dir / "derived")

    again = open_checker()

    assert [again.ask(question) for question in questions] == answers
    assert again.search("HIMARS") == found
    assert (again.settings.index_dir / "derived" / "bm25").exists()
    again.ingest(CORPUS)
    stored = TokenStore.open(again.settings.index_dir / "derived" / "tokens")
    assert all(stored.holds(title_key(article.id), article.title) for article in again.articles())
    assert [again.ask(question) for question in questions] == answers


def test_damaging_what_is_derived_changes_no_answer(open_checker: Open) -> None:
    checker = open_checker()
    checker.ingest(CORPUS)
    answer = checker.ask(RESTRICTIONS)
    checker.close()
    for path in (checker.settings.index_dir / "derived").rglob("*"):
        if path.is_file() and path.suffix != ".bin":
            path.write_bytes(b"damaged")

    assert open_checker().ask(RESTRICTIONS) == answer


def test_damaged_token_states_change_no_answer(open_checker: Open) -> None:
    checker = open_checker()
    checker.ingest(CORPUS)
    answer = checker.ask(RESTRICTIONS)
    checker.close()
    (states,) = (checker.settings.index_dir / "derived" / "tokens").glob("states-*.bin")
    for damage in (bytes, lambda length: b"\xff" * length):
        states.write_bytes(damage(states.stat().st_size))
        again = open_checker()
        assert again.ask(RESTRICTIONS) == answer
        again.close()


def test_the_derived_folder_stays_beside_the_index_when_the_working_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    with FactChecker.open(settings_for(Path("index"), threads=1)) as checker:
        monkeypatch.chdir(there)
        checker.add([TRAMS])
        checker.ask("When do the trams of Wenna stop?")

    assert (here / "index" / "derived").is_dir()
    assert list(there.iterdir()) == []


def test_an_index_made_with_another_passage_budget_is_refused(open_checker: Open) -> None:
    open_checker().close()

    with pytest.raises(IndexMismatchError, match="passage_tokens"):
        open_checker(passage_tokens=100)


def test_a_broken_index_is_an_error_and_not_a_not_found(open_checker: Open) -> None:
    checker = open_checker()
    checker.ingest(CORPUS)
    checker.ask(RESTRICTIONS)
    checker.close()
    (checker.settings.index_dir / "chroma.sqlite3").write_bytes(b"damaged" * 1000)

    with pytest.raises(IndexStoreError):
        open_checker().ask(RESTRICTIONS)


# Another encoder


def test_any_embeddings_without_token_states_work_end_to_end(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "index", embeddings="fake:words")
    encoder = EmbeddingsEncoder(HashedWords(), name="fake:words")
    manifest = IndexManifest(
        encoder=encoder.name,
        passage_tokens=settings.passage_tokens,
        dimensions=encoder.dimensions,
        schema_version=SCHEMA_VERSION,
    )
    index = PassageIndex.open(folder=settings.index_dir, url="", manifest=manifest)
    verifier = ClaimVerifier(OnnxVerifier(threads=1), StanceModel())
    with FactChecker(
        settings, encoder=encoder, index=index, ranker=SentenceRanker(), verifier=verifier
    ) as checker:
        checker.ingest(CORPUS)
        answer = checker.ask("Did the Russians concentrate almost 90,000 soldiers on their territory?")
        absent = checker.ask("Who is the president of France?")
        (ranked, *_) = checker.search("90,000 soldiers")

        assert "90,000 soldiers" in answer.text
        assert exact(checker, answer)
        assert absent.status is AnswerStatus.NOT_FOUND
        assert ranked.maxsim_rank is None
        assert not (settings.index_dir / "derived" / "tokens").exists()


def test_progress_is_told_file_by_file(open_checker: Open) -> None:
    told: list[tuple[int, int, str]] = []
    report = open_checker().ingest(CORPUS, progress=lambda *step: told.append(step))

    assert told == [(1, 1, SEED.name)]
    assert report.added == (SEED.name,)


def test_the_second_ingest_changes_nothing(open_checker: Open) -> None:
    checker = open_checker()
    checker.ingest(CORPUS)
    answer = checker.ask(RESTRICTIONS)

    report = checker.ingest(CORPUS)

    assert (report.added, report.unchanged) == ((), (SEED.name,))
    assert checker.ask(RESTRICTIONS) == answer


def test_a_folder_that_is_missing_is_told(open_checker: Open, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="nowhere"):
        open_checker().ingest(tmp_path / "nowhere")
