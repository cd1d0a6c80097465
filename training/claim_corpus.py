"""The hand-written passages as a corpus of articles, in which their claims are checked as the product does.

    python -m training.claim_corpus --work WORK

writes `WORK/retrieved.jsonl`: claims of those that are set apart, with the passages that the product would
judge them on. A claim of one passage is told neither for nor against by those of other titles, for they
are of other events.
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
from training.claims import NEITHER, ClaimExample, read_hand_written, unseen, write_claims
from training.memory import MemoryCorpus

ASKED = 1000
"""How many of the claims that are set apart are asked of the whole corpus."""


def retrieved(asked: Sequence[ClaimExample], examples: Sequence[ClaimExample]) -> list[ClaimExample]:
    """The claims asked on each passage of other examples that is found for them; `kind` is "retrieved"."""
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
    for example in asked:
        texts = dict.fromkeys([example.claim, opposite(example.claim)])
        queries = [Query.read(text, encoder) for text in texts]
        for candidate in passages_for(queries, retriever, None):
            title = corpus.titles[candidate.passage.article_id]
            if title.casefold() != example.title.casefold():
                read = texts_to_read(candidate.passage)
                found.append(
                    replace(
                        example,
                        title=title,
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
    examples = read_hand_written()
    apart = unseen(examples)
    asked = random.Random(0).sample(apart, min(len(apart), ASKED))
    count = write_claims(given.work / "retrieved.jsonl", retrieved(asked, examples))
    print(f"{count:,} passages, at most {PASSAGES_JUDGED} a claim")


if __name__ == "__main__":
    main()
