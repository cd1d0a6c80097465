"""BM25 over the passages' stems (bm25s), cached beside the index and made again when the index changes."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.background import stems
from rag.encoder import Floats

# Within what Robertson and Zaragoza 2009 give as usual (1.2 to 2, 0.5 to 0.8).
K1, B = 1.2, 0.75
_HEADER = "passages.json"


class Bm25Index:
    """BM25 scores (Lu 2024, Lucene's variant) of `passage_ids`, in that order; `article_ids` are parallel."""

    def __init__(self, passage_ids: Sequence[str], article_ids: Sequence[str], scorer: Any | None) -> None:
        self.passage_ids = tuple(passage_ids)
        self.article_ids = tuple(article_ids)
        self._scorer = scorer

    @classmethod
    def build(cls, texts: Iterable[tuple[str, str, str]]) -> Bm25Index:
        """Index (passage id, article id, text); the text may have the article's title before it."""
        ids: list[str] = []
        articles: list[str] = []
        corpus: list[list[str]] = []
        for passage_id, article_id, text in texts:
            ids.append(passage_id)
            articles.append(article_id)
            corpus.append(stems(text))
        if not any(corpus):
            return cls(ids, articles, None)
        import bm25s

        scorer = bm25s.BM25(k1=K1, b=B, method="lucene")
        scorer.index(corpus, show_progress=False)
        return cls(ids, articles, scorer)

    def scores(self, question_stems: Sequence[str]) -> Floats:
        """The score (n,) of each passage: 0 without a common stem, else positive and without a bound."""
        if self._scorer is None:
            return np.zeros(len(self.passage_ids), dtype=np.float32)
        # A vocabulary look-up by hand: bm25s raises on a question without any known stem.
        known = [stem for stem in question_stems if stem in self._scorer.vocab_dict]
        if not known:
            return np.zeros(len(self.passage_ids), dtype=np.float32)
        return np.asarray(self._scorer.get_scores(known), dtype=np.float32)

    def save(self, folder: Path, *, stamp: str) -> None:
        """Write to `folder` under a stamp; whoever reads meanwhile gets the old one or the new one."""
        # Another process may put its own there first, or the disk be full: this is a cache, so go without.
        with contextlib.suppress(OSError):
            folder.parent.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
            try:
                self._write(draft, stamp)
                shutil.rmtree(folder, ignore_errors=True)
                draft.replace(folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)

    def _write(self, folder: Path, stamp: str) -> None:
        if self._scorer is not None:
            self._scorer.save(folder, corpus=None, show_progress=False)
        header = {
            "stamp": stamp,
            "k1": K1,
            "b": B,
            "files": _checksums(folder),
            "passages": self.passage_ids,
            "articles": self.article_ids,
        }
        (folder / _HEADER).write_text(json.dumps(header), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, *, stamp: str) -> Bm25Index | None:
        """Read what `save` wrote; None when it is not there, is damaged, or has another stamp."""
        try:
            written = (folder / _HEADER).read_text(encoding="utf-8")
            header = json.loads(written)
            made_from = (header["stamp"], header["k1"], header["b"], header["files"])
            # A damaged file can load all the same, with other scores.
            if made_from != (stamp, K1, B, _checksums(folder)):
                return None
            if not header["files"]:
                return cls(header["passages"], header["articles"], None)
            import bm25s

            scorer = bm25s.BM25.load(folder, load_corpus=False)
            if (folder / _HEADER).read_text(encoding="utf-8") != written:  # replaced meanwhile
                return None
            return cls(header["passages"], header["articles"], scorer)
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _checksums(folder: Path) -> dict[str, int]:
    return {
        path.name: zlib.crc32(path.read_bytes()) for path in sorted(folder.iterdir()) if path.name != _HEADER
    }
