"""How common words are in English at large, for a corpus of a few articles has no IDF of its own.

Two tables that ship with the code, made by `python -m training.background` from the word frequencies of
`wordfreq` (Speer 2022): the share of English paragraphs that hold a word stem, and those that hold a word
piece of the encoder.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from rag.encoder import Floats, Integers
from rag.errors import ModelError

FOLDER = Path(__file__).parent / "models" / "background"
_local = threading.local()
_WORD = re.compile(r"[^\W_]+(?:[.,'’][^\W_]+)*")


RAREST = 1e-7  # the share of paragraphs of a word that the tables don't list


def inverse_document_frequency(share: Floats) -> Floats:
    """-ln(share of documents with the word) over that of `RAREST`: 0 (in every one) to 1."""
    return np.asarray(np.log(np.clip(share, RAREST, 1.0)) / np.log(RAREST), dtype=np.float32)


@cache
def word_piece_idf() -> Floats:
    """The IDF of each word piece of the encoder's vocabulary, (30522,), from 0 to 1."""
    with _reading("word_pieces.npy") as path:
        return inverse_document_frequency(np.load(path).astype(np.float32))


@cache
def _stem_idf() -> dict[str, float]:
    with _reading("stems.tsv") as path:
        lines = path.read_text(encoding="utf-8").splitlines()
        stems, shares = zip(*(line.split("\t") for line in lines), strict=True)
        idf = inverse_document_frequency(np.asarray(shares, dtype=np.float32))
        return dict(zip(stems, idf.tolist(), strict=True))


@contextmanager
def _reading(name: str) -> Iterator[Path]:
    try:
        yield FOLDER / name
    except (OSError, ValueError, EOFError) as error:
        raise ModelError(
            f"The table {FOLDER / name} is missing or damaged ({error}). Install Presscheck again."
        ) from error


def stem_idf(stem: str) -> float:
    """The IDF of a stem, from 0 to 1; a stem never seen has 1."""
    return _stem_idf().get(stem, 1.0)


def token_weights(ids: Integers) -> Floats:
    """The weight (n,) of each of n word pieces: its IDF."""
    return word_piece_idf()[ids]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of one lower-case word (Porter 2)."""
    # A stemmer may be used by one thread only, and making one is cheap.
    if not hasattr(_local, "stemmer"):
        import Stemmer

        _local.stemmer = Stemmer.Stemmer("english")
    stemmed: str = _local.stemmer.stemWord(word)
    return stemmed


def words(text: str) -> list[str]:
    """The words of a text in order, as written; "U.S." and "90,000" are one word each."""
    return _WORD.findall(text)


def stems(text: str) -> list[str]:
    """The stems of a text's words, in order."""
    return [word_stem(word) for word in words(text)]


def word_stem(word: str) -> str:
    """The stem of a word as written: "Harvard's" is "harvard", "couldn't" is "could", "U.S." is "us"."""
    return stem(word.lower().replace("’", "'").removesuffix("'s").removesuffix("n't").replace(".", ""))
