"""Makes the tables of `rag/background.py` and the token projection of `rag/tokens.py`.

python -m training.background --data FOLDER
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from pathlib import Path

import numpy as np
import wordfreq
from tokenizers import Tokenizer

from rag.background import FOLDER, stems
from rag.encoder import TOKENIZER_PATH, Floats, MiniLmEncoder
from rag.tokens import PROJECTION_PATH, RECORD
from training.datasets import read_texts

WORDS = 60_000
PARAGRAPH_WORDS = 100  # the length of paragraph that shares are worked out for
SAMPLE = 2_000  # texts that the projection is fitted on


def share_of_paragraphs(frequency: float) -> float:
    """The share of paragraphs with a word of this frequency per running word, words being independent."""
    return float(1.0 - (1.0 - frequency) ** PARAGRAPH_WORDS)


def stem_shares() -> dict[str, float]:
    """Stem to the share of paragraphs with one of its words."""
    frequencies: defaultdict[str, float] = defaultdict(float)
    for word in wordfreq.top_n_list("en", WORDS):
        for stem in stems(word):
            frequencies[stem] += wordfreq.word_frequency(word, "en")
    return {stem: share_of_paragraphs(frequency) for stem, frequency in sorted(frequencies.items())}


def word_piece_shares() -> Floats:
    """The share of paragraphs (30522,) with each word piece; 0 where no frequent word has it."""
    tokenizer = Tokenizer.from_file(str(TOKENIZER_PATH))
    tokenizer.no_padding()
    frequencies = np.zeros(tokenizer.get_vocab_size())
    for word in wordfreq.top_n_list("en", WORDS * 4):
        for piece in set(tokenizer.encode(word, add_special_tokens=False).ids):
            frequencies[piece] += wordfreq.word_frequency(word, "en")
    for punctuation in ".,;:!?\"'()-–—“”‘’$%&/":
        for piece in tokenizer.encode(punctuation, add_special_tokens=False).ids:
            frequencies[piece] = 1.0  # tells nothing about a text
    return np.asarray([share_of_paragraphs(min(f, 1.0)) for f in frequencies], dtype=np.float32)


def fit_projection(data: Path) -> Floats:
    """The first right singular vectors (384, 128) of a sample of token states."""
    encoder = MiniLmEncoder()
    texts = list(read_texts(data))
    moments = np.zeros((encoder.dimensions, encoder.dimensions))
    for text in itertools.islice(texts, 0, None, max(1, len(texts) // SAMPLE)):
        tokens = encoder.encode(text).tokens
        assert tokens is not None
        moments += tokens.vectors.T.astype(np.float64) @ tokens.vectors
    values, vectors = np.linalg.eigh(moments)
    width = RECORD["state"].shape[0]
    kept = values[-width:].sum() / values.sum()
    print(f"projection to {width} dimensions keeps {kept:.3f} of the squared length")
    return np.asarray(vectors[:, ::-1][:, :width], dtype=np.float32)


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    data = parser.parse_args().data
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = [f"{stem}\t{share:.3g}" for stem, share in stem_shares().items()]
    (FOLDER / "stems.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    np.save(FOLDER / "word_pieces.npy", word_piece_shares().astype(np.float16))
    np.save(PROJECTION_PATH, fit_projection(data))


if __name__ == "__main__":
    main()
