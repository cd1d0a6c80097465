from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import background
from rag.background import (
    RAREST,
    inverse_document_frequency,
    stem_idf,
    stems,
    token_weights,
    word_piece_idf,
    word_stem,
    words,
)
from rag.encoder import MiniLmEncoder
from rag.errors import ModelError


def test_idf_is_0_for_a_word_of_every_paragraph_and_1_for_the_rarest() -> None:
    shares = np.asarray([1, RAREST**0.5, RAREST, RAREST / 10, 0], np.float32)

    assert inverse_document_frequency(shares) == pytest.approx([0, 0.5, 1, 1, 1], abs=1e-6)


def test_common_words_weigh_less_than_rare_ones() -> None:
    order = [stem_idf(word_stem(word)) for word in ("the", "said", "minister", "ammunition", "Kharkiv")]

    assert order == sorted(order)
    assert order[0] < 0.05
    assert order[-1] > 0.5


def test_a_stem_never_seen_weighs_most() -> None:
    assert stem_idf("zxqvkj") == 1.0


def test_every_word_piece_has_a_weight(minilm: MiniLmEncoder) -> None:
    assert word_piece_idf().shape == (30522,)
    assert ((word_piece_idf() >= 0) & (word_piece_idf() <= 1)).all()

    tokens = minilm.encode("the ammunition").tokens
    assert tokens is not None
    the, *ammunition = token_weights(tokens.ids).tolist()
    assert the < 0.1 < min(ammunition)


def test_words_are_as_written() -> None:
    text = "The U.S. sent 90,000 soldiers, didn’t it? snake_case – co-op, Zoë's"

    assert words(text) == [
        *("The", "U.S", "sent", "90,000", "soldiers", "didn’t", "it"),
        *("snake", "case", "co", "op", "Zoë's"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("strikes", "strike"),
        ("Harvard's", "Harvard"),
        ("Harvard’s", "Harvard"),
        ("couldn't", "could"),
        ("couldn’t", "could"),
        ("U.S", "US"),
        ("authorized", "authorize"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert word_stem(one) == word_stem(other)


@given(st.text(max_size=50))
def test_any_text_has_stems_one_for_each_word(text: str) -> None:
    assert len(stems(text)) == len(words(text))
    assert all(0 <= stem_idf(stem) <= 1 for stem in stems(text))


def test_threads_stem_alike() -> None:
    texts = [f"strikes number{number} authorizations" for number in range(200)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(stems, texts)) == [stems(text) for text in texts]


@pytest.mark.parametrize("content", [None, b"", b"no table"])
@pytest.mark.parametrize("table", ["word_pieces.npy", "stems.tsv"])
def test_a_missing_or_damaged_table_is_told(
    table: str, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / table).write_bytes(content)
    monkeypatch.setattr(background, "FOLDER", tmp_path)
    read = {"word_pieces.npy": background.word_piece_idf, "stems.tsv": background._stem_idf}[table]
    with pytest.raises(ModelError, match="Install Presscheck again"):
        read.__wrapped__()
