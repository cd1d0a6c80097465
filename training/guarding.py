"""Measures the guard of written statements, on claims that the verifier did not see, threshold by threshold.

    python -m training.guarding                # from the hand-written claims that are set apart

Every such claim is held as if a chat model had written it and named the sentences that decide it, or, where
none does, the one with most of its words. Those that are refuted or open must not pass. They are minimal
pairs of the supported ones, written to be confused: chat models hardly ever write so near a miss.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from rag.encoder import MiniLmEncoder
from rag.generation import Draft, NumberedSentence, number_sentences
from rag.guard import SURE_ENOUGH, SURE_OF_BEGINNING, Guard, is_beginning
from rag.passages import PassageLimits, split_passages
from rag.schema import Article
from rag.stances import StanceModel, share_found, weighted_stems
from rag.verification import ClaimVerifier
from rag.verifier import OnnxVerifier
from training.claims import NEITHER, ClaimExample, read_hand_written, unseen

GRID = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.91)


@dataclass(frozen=True, kw_only=True)
class HeldClaim:
    """A claim that was held: whether its evidence supports it, and how likely the guard found that.

    `score` is 0 where a rule had turned it away; `beginning` whether it is how a sentence begins.
    """

    supported: bool
    score: float
    beginning: bool


def held_claims(examples: Sequence[ClaimExample], guard: Guard) -> list[HeldClaim]:
    """Hold each claim by the sentences that decide it."""
    found = []
    for example in examples:
        evidence = {one.number: one for one in _evidence(example)}
        named = tuple(number for number in _deciding(example) if number in evidence)
        if named:
            held = guard.hold(Draft(text=example.claim, numbers=named), evidence)
            texts = [evidence[number].text for number in named]
            found.append(
                HeldClaim(
                    supported=example.whole == "supports",
                    score=held.support,
                    beginning=any(is_beginning(example.claim, text) for text in texts),
                )
            )
    return found


def _evidence(example: ClaimExample) -> tuple[NumberedSentence, ...]:
    """The passage's sentences, each on a line of its own, so that they are cut as they were written."""
    article = Article.from_text(title=example.title, text="\n\n".join(example.sentences))
    limits = PassageLimits(tokens=8000, word_pieces=1_000_000)
    passages = split_passages(article, limits=limits, count_word_pieces=lambda text: 0)
    found = [(passage, passage.sentences) for passage in passages]
    return number_sentences(found, [example.title] * len(found), tokens=8000)


def _deciding(example: ClaimExample) -> list[int]:
    own = [n for n, stance in enumerate(example.stances, start=1) if stance == example.whole]
    if example.whole != NEITHER and own:
        return own
    wanted = weighted_stems(example.claim)
    shares = [share_found(wanted, weighted_stems(sentence)) for sentence in example.sentences]
    return [shares.index(max(shares)) + 1]


def table(held: Sequence[HeldClaim]) -> list[str]:
    """For each threshold, what share passes of the supported and of the others, and how many are wrong."""
    lines = [
        "| from | of the supported pass | of the others pass | of those that pass are not supported |",
        "|---:|---:|---:|---:|",
    ]
    supported = sum(one.supported for one in held)
    for least in GRID:
        passing = [
            one for one in held if one.score >= (min(least, SURE_OF_BEGINNING) if one.beginning else least)
        ]
        wrong = sum(not one.supported for one in passing)
        right = len(passing) - wrong
        shares = right / supported, wrong / (len(held) - supported), wrong / max(1, len(passing))
        lines.append(f"| {least} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")
    return lines


def main() -> None:
    """Hold every claim that is set apart, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=int, default=None, help="only the first so many")
    given = parser.parse_args()
    examples = unseen(read_hand_written())[: given.limit]
    # A threshold of 0 shows what every other one would do.
    guard = Guard(
        verifier=ClaimVerifier(OnnxVerifier(), StanceModel()), encoder=MiniLmEncoder(), sure_enough=0.0
    )
    held = held_claims(examples, guard)
    print(f"{len(held):,} claims, {sum(one.supported for one in held):,} of them supported")
    print("\n".join(table(held)))
    print(f"The guard's threshold is {SURE_ENOUGH}.")


if __name__ == "__main__":
    main()
