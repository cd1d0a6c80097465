"""The hand-written passages as a corpus of articles, in which their claims are checked as the product does.

    python -m training.claim_corpus --work WORK

writes `WORK/retrieved.jsonl`: claims with the passages that the product would judge them on. A claim of one
passage is told neither for nor against by the others, for they are of other events.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag.checking import PASSAGES_JUDGED, passages_for
from rag.claims import opposite
from rag.encoder import MiniLmEncoder
from rag.retrieval import Query
from rag.schema import Article
from rag.settings import Settings
from rag.signals import texts_to_read
from training.claims import NEITHER, ClaimExample, read_hand_written, write_claims
from training.memory import MemoryCorpus

SHARE = 0.5
"""Of the hand-written claims that are asked of the whole corpus."""


def retrieved(examples: Sequence[ClaimExample], *, seed: int = 0) -> list[ClaimExample]:
    """Claims on each other passage that is found for them; `kind` is "retrieved"."""
    encoder = MiniLmEncoder()
    sentences = {example.group: example for example in examples}
    articles = [
        Article.from_text(id=group, title=one.title, text=" ".join(one.sentences))
        for group, one in sentences.items()
    ]
    tokens = Settings.model_fields["passage_tokens"].default
    corpus = MemoryCorpus(articles, encoder=encoder, passage_tokens=tokens)
    retriever = corpus.retriever()
    found = []
    for example in random.Random(seed).sample(list(examples), int(SHARE * len(examples))):
        texts = dict.fromkeys([example.claim, opposite(example.claim)])
        queries = [Query.read(text, encoder) for text in texts]
        for candidate in passages_for(queries, retriever, None):
            if candidate.passage.article_id != example.group:
                read = texts_to_read(candidate.passage)
                found.append(
                    replace(
                        example,
                        title=corpus.titles[candidate.passage.article_id],
                        sentences=read,
                        stances=(NEITHER,) * len(read),
                        whole=NEITHER,
                        kind="retrieved",
                    )
                )
    return found


def main() -> None:
    """Write the passages that are found for each claim."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="the folder to write to")
    given = parser.parse_args()
    count = write_claims(given.work / "retrieved.jsonl", retrieved(read_hand_written()))
    print(f"{count:,} passages, at most {PASSAGES_JUDGED} a claim")


if __name__ == "__main__":
    main()
