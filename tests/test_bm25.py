from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import bm25s
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.background import stems
from rag.bm25 import K1, B, Bm25Index

TEXTS = (
    "The council cut the bus budget.",
    "The bus, the bus and the tram stop here.",
    "A museum reopened.",
)


def index_of(texts: Sequence[str]) -> Bm25Index:
    return Bm25Index.build((f"p{number}", f"a{number}", text) for number, text in enumerate(texts))


def lucene(corpus: Sequence[Sequence[str]], question: Sequence[str]) -> list[float]:
    """BM25 as Kamphuis et al. (2020) give Lucene's variant: (k1 + 1) left out, lengths exact."""
    average = sum(map(len, corpus)) / len(corpus)
    scores = []
    for document in corpus:
        score = 0.0
        for word in question:
            holding = sum(word in other for other in corpus)
            if not holding:
                continue
            idf = math.log(1 + (len(corpus) - holding + 0.5) / (holding + 0.5))
            count = document.count(word)
            score += idf * count / (count + K1 * (1 - B + B * len(document) / average))
        scores.append(score)
    return scores


def test_a_score_worked_by_hand() -> None:
    index = index_of(["bus bus tram", "tram", "ship tram"])

    # One of three texts has "bus", twice among its 3 words; texts have 2 words on average.
    idf = math.log(1 + 2.5 / 1.5)
    score = idf * 2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2))
    assert index.scores(["bus"]) == pytest.approx([score, 0, 0])


words = st.sampled_from("bus tram ship mayor budget vote".split())


@settings(max_examples=40, deadline=None)
@given(
    corpus=st.lists(st.lists(words, max_size=8), min_size=1, max_size=6).filter(any),
    question=st.lists(words, max_size=5),
)
def test_scores_agree_with_the_published_formula(corpus: list[list[str]], question: list[str]) -> None:
    index = index_of([" ".join(document) for document in corpus])
    stemmed = [stems(" ".join(document)) for document in corpus]
    asked = stems(" ".join(question))

    assert index.scores(asked) == pytest.approx(lucene(stemmed, asked), abs=1e-4)


def test_words_count_by_their_stems() -> None:
    index = index_of(TEXTS)

    assert (index.scores(stems("Budgets?")) == index.scores(stems("budget"))).all()
    assert index.scores(stems("Budgets?"))[0] > 0


@pytest.mark.parametrize("question", ["", "zeppelin", "zeppelin quagga"])
def test_a_question_without_a_known_word_scores_zero(question: str) -> None:
    assert index_of(TEXTS).scores(stems(question)).tolist() == [0, 0, 0]


def test_unknown_words_change_nothing() -> None:
    index = index_of(TEXTS)

    assert (index.scores(["zeppelin", "bus"]) == index.scores(["bus"])).all()


@pytest.mark.parametrize("texts", [(), ("",), ("...", "!")])
def test_texts_without_words_score_zero_also_after_loading(texts: tuple[str, ...], tmp_path: Path) -> None:
    index = index_of(texts)
    index.save(tmp_path / "bm25", stamp="s")
    loaded = Bm25Index.load(tmp_path / "bm25", stamp="s")

    assert loaded is not None
    for each in (index, loaded):
        assert each.scores(["bus"]).tolist() == [0] * len(texts)
        assert len(each.passage_ids) == len(texts)


def test_what_was_saved_scores_alike(tmp_path: Path) -> None:
    index = index_of(TEXTS)
    index.save(tmp_path / "derived" / "bm25", stamp="s")
    loaded = Bm25Index.load(tmp_path / "derived" / "bm25", stamp="s")

    assert loaded is not None
    assert (loaded.passage_ids, loaded.article_ids) == (index.passage_ids, index.article_ids)
    for question in ("the bus budget", "museum", "nothing"):
        assert (loaded.scores(stems(question)) == index.scores(stems(question))).all()


def test_another_stamp_is_not_loaded_and_replaces_the_first(tmp_path: Path) -> None:
    index_of(TEXTS).save(tmp_path / "bm25", stamp="one")
    assert Bm25Index.load(tmp_path / "bm25", stamp="two") is None

    index_of(TEXTS[:1]).save(tmp_path / "bm25", stamp="two")
    loaded = Bm25Index.load(tmp_path / "bm25", stamp="two")
    assert loaded is not None
    assert loaded.passage_ids == ("p0",)
    assert [path.name for path in tmp_path.iterdir()] == ["bm25"]


def test_what_is_not_there_is_not_loaded(tmp_path: Path) -> None:
    assert Bm25Index.load(tmp_path / "bm25", stamp="s") is None


def test_a_damaged_file_is_never_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "bm25"
    index_of(TEXTS).save(folder, stamp="s")
    files = sorted(folder.iterdir())
    assert len(files) > 3
    for file in files:
        whole = file.read_bytes()
        flipped = bytes([*whole[:-1], whole[-1] ^ 0x10])
        for damage in (b"", whole[: len(whole) // 2], flipped):
            file.write_bytes(damage)
            assert Bm25Index.load(folder, stamp="s") is None, (file.name, len(damage))
        file.unlink()
        assert Bm25Index.load(folder, stamp="s") is None, file.name
        file.write_bytes(whole)
    assert Bm25Index.load(folder, stamp="s") is not None


def test_what_is_replaced_while_it_is_loaded_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_of(TEXTS).save(tmp_path / "bm25", stamp="one")
    load = bm25s.BM25.load

    def load_late(folder: Path, **options: bool) -> object:
        index_of(TEXTS[:1]).save(tmp_path / "bm25", stamp="two")
        return load(folder, **options)

    monkeypatch.setattr(bm25s.BM25, "load", load_late)
    assert Bm25Index.load(tmp_path / "bm25", stamp="one") is None


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "derived").write_text("a file is in the way", encoding="utf-8")

    index_of(TEXTS).save(tmp_path / "derived" / "bm25", stamp="s")

    assert Bm25Index.load(tmp_path / "derived" / "bm25", stamp="s") is None


def test_saving_twice_leaves_one_cache(tmp_path: Path) -> None:
    for _ in range(2):
        index_of(TEXTS).save(tmp_path / "bm25", stamp="s")

    assert [path.name for path in tmp_path.iterdir()] == ["bm25"]
