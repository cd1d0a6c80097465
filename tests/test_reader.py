from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CORPUS
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rag import Settings
from rag._model_files import open_tokenizer
from rag.articles import read_article
from rag.cross_encoder import MAX_PIECES, Pair, ReadPassage
from rag.encoder import TOKENIZER_PATH, Floats
from rag.errors import ModelError, SettingsError
from rag.reader import FOLDER, LONGEST_ANSWER, NO_SPAN, OnnxReader, Reading, interpret, open_reader

TOKENIZER = open_tokenizer(TOKENIZER_PATH.read_bytes())
QUESTION = "How many people visited the museum?"
SENTENCES = (
    "The museum of clocks opened in 1931.",
    "Last year 48,000 people visited it.",
    "Its director is Anna Berg.",
)


@pytest.fixture(scope="module")
def reader() -> OnnxReader:
    """The real reader, loaded once."""
    return OnnxReader(FOLDER, threads=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the reader's files, to be damaged."""
    return Path(shutil.copytree(FOLDER, tmp_path / "reader"))


def passage(*sentences: str, title: str = "A museum of clocks") -> ReadPassage:
    return ReadPassage(title=title, sentences=sentences)


def read(reader: OnnxReader, question: str, *sentences: str, title: str = "A museum of clocks") -> Reading:
    (reading,) = reader.read(question, [passage(*sentences, title=title)])
    return reading


def same(one: Reading, other: Reading) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("answers", "spans", "places")
    )


# What the logits say


def pair_of(*lengths: int) -> Pair:
    """A pair whose sentences have so many pieces, each of one character, behind [CLS] and a mark."""
    ends = 1 + np.cumsum([length + 1 for length in lengths])
    firsts = ends - np.asarray(lengths)
    spans = [(0, 0)] * 2
    for length in lengths:
        spans += [*((n, n + 1) for n in range(length)), (0, 0)]
    return Pair(
        ids=np.zeros(len(spans), np.int32),
        types=np.zeros(len(spans), np.int32),
        marks=ends.astype(np.int32),
        firsts=firsts.astype(np.int32),
        spans=np.asarray(spans, np.int32),
    )


def test_a_reading_worked_by_hand() -> None:
    asked = pair_of(3, 2)
    logits = np.zeros((len(asked.ids), 3), np.float32)
    logits[0] = [0.5, 1.0, 2.0]  # none of them
    logits[asked.marks, 0] = [4.0, -1.0]
    logits[asked.firsts[0] : asked.marks[0], 1] = [0, 7, 1]  # starts
    logits[asked.firsts[0] : asked.marks[0], 2] = [9, 3, 4]  # ends: 9 comes before the best start
    logits[asked.firsts[1] : asked.marks[1], 1] = [5, 1]
    logits[asked.firsts[1] : asked.marks[1], 2] = [1, 2]

    reading = interpret(logits, asked)

    assert reading.answers.tolist() == [3.5, -1.5]
    assert reading.spans.tolist() == [7 + 4 - 3, 5 + 2 - 3]
    assert reading.places.tolist() == [[1, 3], [0, 2]]
    assert reading.answers.dtype == reading.spans.dtype == np.dtype(np.float32)


def test_what_is_padded_behind_a_pair_is_not_read() -> None:
    asked = pair_of(3, 2)
    logits = np.arange(3 * (len(asked.ids) + 4), dtype=np.float32).reshape(-1, 3)

    assert same(interpret(logits, asked), interpret(logits[: len(asked.ids)], asked))


def test_a_sentence_without_a_piece_has_no_span() -> None:
    asked = pair_of(0, 2)
    logits = np.zeros((len(asked.ids), 3), np.float32)
    logits[0] = -50

    reading = interpret(logits, asked)

    assert reading.spans.tolist() == [NO_SPAN, 100]
    assert reading.places.tolist() == [[0, 0], [0, 1]]
    assert reading.answers.tolist() == [50, 50]


def test_a_span_is_no_longer_than_an_answer_can_be() -> None:
    asked = pair_of(LONGEST_ANSWER + 5)
    logits = np.zeros((len(asked.ids), 3), np.float32)
    logits[asked.firsts[0], 1] = 5  # the start at the beginning
    logits[asked.marks[0] - 1, 2] = 4  # and the end at the end are too far apart
    logits[asked.firsts[0] + LONGEST_ANSWER - 1, 2] = 3

    assert interpret(logits, asked).places.tolist() == [[0, LONGEST_ANSWER]]
    assert interpret(logits, asked).spans.tolist() == [8]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.lists(st.integers(0, 40), min_size=1, max_size=3))
def test_the_best_span_is_the_one_that_looking_at_all_finds(data: st.DataObject, lengths: list[int]) -> None:
    asked = pair_of(*lengths)
    shape = (len(asked.ids), 3)
    values = arrays.arrays(np.float32, shape, elements=st.integers(-20, 20).map(float))
    logits: Floats = data.draw(values)

    reading = interpret(logits, asked)

    for number, length in enumerate(lengths):
        own = logits[asked.firsts[number] :][:length]
        sums = {
            (start, end): own[start, 1] + own[end, 2] - logits[0, 1] - logits[0, 2]
            for start in range(length)
            for end in range(start, min(length, start + LONGEST_ANSWER))
        }
        assert reading.spans[number] == max(sums.values(), default=NO_SPAN)
        if sums:
            start, end = reading.places[number]
            assert sums[start, end - 1] == reading.spans[number]


# The reader that comes with Presscheck


def test_the_sentence_that_answers_is_told_from_those_about_the_same(reader: OnnxReader) -> None:
    reading = read(reader, QUESTION, *SENTENCES)

    assert reading.answers.argmax() == reading.spans.argmax() == 1
    start, end = reading.places[1]
    assert "48,000" in SENTENCES[1][start:end]


def test_a_question_that_nothing_answers_gets_lower_log_odds(reader: OnnxReader) -> None:
    answered = read(reader, QUESTION, *SENTENCES)
    absent = read(reader, "Who won the women's curling tournament?", *SENTENCES)

    assert answered.answers.max() > absent.answers.max()
    assert answered.spans.max() > absent.spans.max()


def test_a_passage_is_read_the_same_every_time_whatever_else_is_read(reader: OnnxReader) -> None:
    alone = read(reader, QUESTION, *SENTENCES)
    others = [passage("A sentence."), passage(*SENTENCES), passage(*SENTENCES * 9)]

    assert same(reader.read(QUESTION, others)[1], alone)
    assert same(read(OnnxReader(FOLDER, threads=1), QUESTION, *SENTENCES), alone)


def test_the_number_of_threads_does_not_matter(reader: OnnxReader) -> None:
    alone, together = (read(r, QUESTION, *SENTENCES) for r in (reader, OnnxReader(FOLDER, threads=2)))

    assert together.answers == pytest.approx(alone.answers, abs=1e-3)
    assert together.spans == pytest.approx(alone.spans, abs=1e-3)


def test_nothing_to_read_gives_nothing(reader: OnnxReader) -> None:
    assert reader.read(QUESTION, []) == []

    empty = read(reader, QUESTION)
    assert (empty.answers.shape, empty.spans.shape, empty.places.shape) == ((0,), (0,), (0, 2))


@pytest.mark.parametrize(
    "sentences",
    [
        ("",),
        ("\x00\u200b", "A sentence."),
        ("Сегодня музей посетили 48 000 человек.", "昨年は4万8千人が訪れた。", "زار المتحف ٤٨ ألف شخص."),
        ("word " * 3000,),
        ("word " * 3000, *SENTENCES),
        ("lone \ud800 surrogate",),
        ("Yes.",) * 900,
        tuple("abcdefgh" * 80),
    ],
)
@pytest.mark.parametrize("title", ["", "word " * 400])
def test_any_passage_can_be_read(sentences: Sequence[str], title: str, reader: OnnxReader) -> None:
    reading = read(reader, QUESTION, *sentences, title=title)

    assert len(reading.answers) == len(reading.spans) == len(reading.places) == len(sentences)
    assert np.isfinite(reading.answers).all()
    assert np.isfinite(reading.spans).all()
    for sentence, (start, end) in zip(sentences, reading.places, strict=True):
        assert 0 <= start <= end <= len(sentence)


@pytest.mark.parametrize("question", ["", "\ud800", "who " * 900, "誰が来た？"])
def test_any_question_can_be_read(question: str, reader: OnnxReader) -> None:
    assert np.isfinite(read(reader, question, *SENTENCES).answers).all()


def test_a_long_passage_is_read_to_its_end(reader: OnnxReader) -> None:
    filler = read_article(CORPUS / "us-authorization-of-strikes.txt", max_bytes=1_000_000).text.split(". ")
    sentences = (*filler * (1 + 40 // len(filler)), *SENTENCES)

    reading = read(reader, QUESTION, *sentences)

    assert len(TOKENIZER.encode(" ".join(sentences)).ids) > MAX_PIECES
    assert reading.spans.argmax() == len(sentences) - 2


def test_what_an_article_says_makes_no_mark(reader: OnnxReader) -> None:
    special = read(reader, QUESTION, "It said [SEP] and [CLS].", *SENTENCES)
    plain = read(reader, QUESTION, "It said [sep] and [cls].", *SENTENCES)

    assert same(special, plain)


# Its files


def test_nothing_is_loaded_before_it_is_needed(tmp_path: Path) -> None:
    nowhere = OnnxReader(tmp_path)

    with pytest.raises(ModelError, match=r"reader[.]json can't be read \(No such file.*Install Presscheck"):
        nowhere.load()


@pytest.mark.parametrize("damage", [b"", b"damaged", None])
@pytest.mark.parametrize("name", ["reader.onnx", "reader.json", "tokenizer.json"])
def test_a_damaged_or_missing_file_is_refused(name: str, damage: bytes | None, folder: Path) -> None:
    (folder / name).unlink()
    if damage is not None:
        (folder / name).write_bytes(damage)

    with pytest.raises(ModelError, match=rf"The reader's file .*{name} .*Install Presscheck again"):
        OnnxReader(folder).load()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 2}, "another version of Presscheck.*format 2.*RAG_READER=none"),
        ({"max_pieces": 512, "title_pieces": 8}, "title_pieces 8, max_pieces 512"),
        ({"sha256": {}}, "damaged.*KeyError.*reader.onnx"),
        ({"sha256": "x"}, "damaged.*TypeError"),
    ],
)
def test_a_file_that_disagrees_with_the_code_is_refused(
    change: dict[str, Any], told: str, folder: Path
) -> None:
    card = json.loads((folder / "reader.json").read_bytes())
    (folder / "reader.json").write_text(json.dumps(card | change), encoding="utf-8")

    with pytest.raises(ModelError, match=told):
        OnnxReader(folder).load()


def test_the_default_reader_is_on_this_machine() -> None:
    assert isinstance(open_reader(Settings.model_fields["reader"].default), OnnxReader)


def test_the_reader_can_be_switched_off() -> None:
    assert open_reader("none") is None


@pytest.mark.parametrize("name", ["", "bert", "openai:any", "None"])
def test_a_name_that_means_nothing_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"RAG_READER can't be '{name}'.*'minilm'.*'none'"):
        open_reader(name)
