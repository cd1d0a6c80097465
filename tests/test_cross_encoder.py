from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag._model_files import open_tokenizer
from rag.cross_encoder import (
    FORM,
    MAX_PIECES,
    QUESTION_PIECES,
    TITLE_PIECES,
    CrossEncoder,
    Pair,
    ReadPassage,
    pair,
)
from rag.encoder import TOKENIZER_PATH
from rag.errors import ModelError
from rag.reader import AGREED, FOLDER

TOKENIZER = open_tokenizer(TOKENIZER_PATH.read_bytes())
CLS, SEP = 101, 102
WORDS = st.text(max_size=40)


@pytest.fixture(scope="module")
def model() -> CrossEncoder:
    """The reader's, loaded once."""
    return CrossEncoder(FOLDER, "reader", agreed=AGREED, threads=1)


def text_of(asked: Pair) -> str:
    return str(TOKENIZER.decode(asked.ids.tolist(), skip_special_tokens=False))


# How question and passage are put together


def test_a_mark_stands_after_the_question_the_title_and_each_sentence() -> None:
    asked = pair(TOKENIZER, "Who came?", "A visit", ["Bo came.", "Al left."])

    assert text_of(asked) == "[CLS] who came? [SEP] a visit [SEP] bo came. [SEP] al left. [SEP]"
    assert asked.ids[asked.marks].tolist() == [SEP, SEP]
    assert asked.marks[-1] == len(asked.ids) - 1
    assert asked.types.tolist() == [0] * 5 + [1] * (len(asked.ids) - 5)


def test_a_title_that_is_empty_has_no_mark() -> None:
    assert text_of(pair(TOKENIZER, "Who came?", "", ["Bo came."])) == "[CLS] who came? [SEP] bo came. [SEP]"


def test_a_passage_without_sentences_has_no_marks_of_theirs() -> None:
    asked = pair(TOKENIZER, "Who came?", "", [])

    assert len(asked.marks) == len(asked.firsts) == 0
    assert asked.spans.shape == (len(asked.ids), 2)


def test_the_pieces_of_a_sentence_are_slices_of_it() -> None:
    sentences = ["Bo came.", "“Ödön” left at 5 p.m."]
    asked = pair(TOKENIZER, "Who came?", "A visit", sentences)

    pieces = [
        [sentence[start:end] for start, end in asked.spans[first:mark]]
        for sentence, first, mark in zip(sentences, asked.firsts, asked.marks, strict=True)
    ]
    assert pieces[0] == ["Bo", "came", "."]
    assert "".join(pieces[1]) == "".join(sentences[1].split())


def test_a_lone_surrogate_is_read_as_a_question_mark() -> None:
    broken = pair(TOKENIZER, "a \ud800?", "\ud800 b", ["c \ud800 d"])
    whole = pair(TOKENIZER, "a ??", "? b", ["c ? d"])

    assert broken.ids.tolist() == whole.ids.tolist()
    assert broken.spans.tolist() == whole.spans.tolist()


def test_long_questions_and_titles_are_cut_and_leave_room_for_the_passage() -> None:
    asked = pair(TOKENIZER, "who " * 500, "visit " * 500, ["Bo came."])

    assert len(asked.ids) == 1 + QUESTION_PIECES + 1 + TITLE_PIECES + 1 + 3 + 1


def test_a_sentence_that_is_cut_short_keeps_its_mark() -> None:
    asked = pair(TOKENIZER, "Who came?", "", ["Bo " * 500, "Al left."])

    assert len(asked.ids) == MAX_PIECES
    assert (asked.marks - asked.firsts).tolist() == [MAX_PIECES - 5 - 2, 0]


@settings(max_examples=80, deadline=None)
@given(question=WORDS, title=WORDS, sentences=st.lists(WORDS, max_size=5))
def test_any_texts_make_a_pair_with_a_mark_a_sentence(
    question: str, title: str, sentences: list[str]
) -> None:
    asked = pair(TOKENIZER, question, title, sentences)

    assert len(asked.ids) == len(asked.types) == len(asked.spans) <= MAX_PIECES
    assert asked.ids[0] == CLS
    assert (asked.ids[asked.marks] == SEP).all()
    assert len(asked.marks) == len(sentences)
    # Each sentence begins right behind the mark before it.
    assert asked.firsts[1:].tolist() == (asked.marks[:-1] + 1).tolist()
    for sentence, first, mark in zip(sentences, asked.firsts, asked.marks, strict=True):
        inside = asked.spans[first:mark]
        assert ((inside[:, 0] <= inside[:, 1]) & (inside[:, 1] <= len(sentence))).all()


# How a passage is read


def test_a_passage_that_fits_is_read_at_once(model: CrossEncoder) -> None:
    sentences = ("Bo came.", "Al left.")
    ((asked, logits),) = model.read("Who came?", ReadPassage(title="A visit", sentences=sentences))

    assert asked.ids.tolist() == pair(TOKENIZER, "Who came?", "A visit", sentences).ids.tolist()
    assert logits.shape == (len(asked.ids), 3)
    assert np.isfinite(logits).all()


def test_a_passage_too_long_for_one_reading_is_read_in_as_few_parts_as_hold_it(model: CrossEncoder) -> None:
    # "[CLS] who came ? [SEP]" leaves 379 pieces: three of 121 with their marks, or one that is cut.
    sentences = ("Bo " * 120,) * 4 + ("Al " * 500,) + ("Bo " * 120,)
    asked = [one for one, _ in model.read("Who came?", ReadPassage(title="", sentences=sentences))]

    assert [len(one.marks) for one in asked] == [3, 1, 1, 1]
    assert [(one.marks - one.firsts).tolist() for one in asked] == [[120] * 3, [120], [378], [120]]
    assert {one.ids[:5].tolist() == asked[0].ids[:5].tolist() for one in asked} == {True}


def test_sentences_that_fill_a_reading_to_its_last_piece_are_read_together(model: CrossEncoder) -> None:
    room = MAX_PIECES - 5
    full = ("Bo " * (room // 2 - 1), "Al " * (room - room // 2 - 1))
    parts = list(model.read("Who came?", ReadPassage(title="", sentences=full)))
    more = list(model.read("Who came?", ReadPassage(title="", sentences=(*full[:1], full[1] + "Al"))))

    assert [len(asked.ids) for asked, _ in parts] == [MAX_PIECES]
    assert len(more) == 2


def test_a_passage_without_sentences_is_not_read(model: CrossEncoder) -> None:
    assert list(model.read("Who came?", ReadPassage(title="A visit", sentences=()))) == []


# Its files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What another model says of its weights, without the weights."""
    (tmp_path / "other.json").write_text(
        json.dumps({**FORM, "sha256": {"other.onnx": "0" * 64, "tokenizer.json": "0" * 64}}), encoding="utf-8"
    )
    shutil.copy(TOKENIZER_PATH, tmp_path / "tokenizer.json")
    return tmp_path


def test_weights_made_for_another_version_are_refused_with_the_way_out(folder: Path) -> None:
    agreed = {**FORM, "max_pieces": 512}
    told = re.escape(f"The other in {folder} was made for another version of Presscheck (max_pieces 384). ")

    with pytest.raises(ModelError, match=told + r"Install Presscheck again[.]$"):
        CrossEncoder(folder, "other", agreed=agreed).load()
    with pytest.raises(ModelError, match=told + r"Install Presscheck again, or do without[.]$"):
        CrossEncoder(folder, "other", agreed=agreed, way_out=", or do without").load()


def test_a_number_that_the_weights_should_tell_and_do_not_is_damage(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"other[.]json is damaged \(KeyError: 'stances'\).*Install"):
        CrossEncoder(folder, "other", agreed={**FORM, "stances": 3}).load()


def test_a_file_that_is_not_the_one_that_was_tested_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"tokenizer[.]json is not the one Presscheck was tested with"):
        CrossEncoder(folder, "other", agreed=FORM).load()
