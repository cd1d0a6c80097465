"""WordNet 3.0 -> `lexicon.tsv`: words to say instead of a word, words of its sort, and its opposites.

    python -m training.weak.make_lexicon --wordnet FOLDER

FOLDER has WordNet's `index.*`, `data.*` and `cntlist.rev` (in Debian: /usr/share/wordnet of wordnet-base).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wordfreq import zipf_frequency

LEXICON = Path(__file__).parent / "lexicon.tsv"
NOTICE = (
    "# From WordNet 3.0, Copyright 2006 by Princeton University. All rights reserved. Used under the\n"
    "# WordNet licence: https://wordnet.princeton.edu/license-and-commercial-use\n"
    "# part of speech, word, synonyms, broader word, words of the same sort, opposites, person or not\n"
)
COMMON = 3.4
"""The lowest Zipf frequency of a word that is listed or said (1 in 400,000 words)."""
MAIN_SENSE = 0.5
"""The share of a word's uses, as counted in SemCor, that its first sense must have."""
PERSON = "00007846"
"""The synset of people."""
CHILDREN = 25
"""The most kinds that a broader word may have for them to be of one sort."""
_ODD = frozenset(
    """pissed bastard bum fart crap damn queer john gal babe mortal ace pop
    papa punk privy toilet hulk wing tower edge inch dog jaw total number clock dot pike din being controller
    circumstances tons scores lots through taboo sterling star super crack cracking swell bully sounding
    looking null void transmitted genetic twin matching vain world practiced choice level plane flat smashed
    soaked projected sticking ripping stellar still intent absorbed licking airs alignment aggregate composite
    complex complaint ill close last one sham brook flush collar stud throttle sheer skirt cart squash mike
    min sec thick midst reverse contrary steps works wet tread footing smash pains whale savvy motion
    adventure negro fancy picture father sire piece patch pressure package phrase cable battle evidence
    pattern shame further
    fiat wink hood hamlet crossroads trio gag licking someone psyche hurt done given granted infant""".split()
)
"""Words that the list gives another meaning than most texts do, and rude ones."""
_POS = {"noun": "NOUN", "verb": "VERB", "adj": "ADJ"}


@dataclass(frozen=True)
class Synset:
    """Words of one meaning, with pointers (symbol, offset, source word, target word) to others."""

    words: tuple[str, ...]
    pointers: tuple[tuple[str, str, int, int], ...]


def read_synsets(path: Path) -> dict[str, Synset]:
    """The synsets of one part of speech by offset, in WordNet's format (wndb(5WN))."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        fields = line.split(" | ")[0].split()
        size = int(fields[3], 16)
        words = tuple(fields[4 + 2 * n].split("(")[0] for n in range(size))
        at = 4 + 2 * size
        pointers = []
        for n in range(int(fields[at])):
            symbol, offset, _, places = fields[at + 1 + 4 * n : at + 5 + 4 * n]
            pointers.append((symbol, offset, int(places[:2], 16), int(places[2:], 16)))
        found[fields[0]] = Synset(words=words, pointers=tuple(pointers))
    return found


def read_senses(path: Path) -> dict[str, list[str]]:
    """The offsets of each word's senses, the most frequent first."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            fields = line.split()
            count = int(fields[2])
            found[fields[0]] = fields[-count:]
    return found


def read_counts(path: Path) -> dict[tuple[str, str], list[int]]:
    """How often each sense of (part of speech, word) was met in SemCor, by sense number."""
    found: defaultdict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    parts = {"1": "noun", "2": "verb", "3": "adj", "5": "adj"}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, sense, count = line.split()
        lemma, part = key.split("%")[0], parts.get(key.split("%")[1][0])
        if part is not None:
            found[part, lemma][int(sense)] = int(count)
    return {key: [by.get(n + 1, 0) for n in range(max(by))] for key, by in found.items()}


@dataclass(frozen=True)
class WordNet:
    """One part of speech: its synsets, the senses of its words, and how often they were met."""

    synsets: dict[str, Synset]
    senses: dict[str, list[str]]
    counts: dict[str, list[int]]

    def means(self, word: str) -> str | None:
        """The synset that a common word nearly always means in this part of speech."""
        if (
            not (word.isalpha() and word.islower() and len(word) > 2)
            or word in _ODD
            or word not in self.senses
        ):
            return None
        counts = self.counts.get(word, [])
        if zipf_frequency(word, "en") < COMMON or sum(counts) < 1:
            return None
        alone = len(self.senses[word]) == 1
        return self.senses[word][0] if alone or counts[0] / sum(counts) >= MAIN_SENSE else None

    def said(self, offset: str) -> list[str]:
        """The words that mean a synset first of all, the most frequent first."""
        fit = [w for w in self.synsets[offset].words if self.means(w) == offset]
        return sorted(fit, key=lambda w: (-zipf_frequency(w, "en"), w))

    def to(self, offset: str, symbol: str) -> list[str]:
        """The synsets that a pointer leads to."""
        return [to for pointer, to, _, _ in self.synsets[offset].pointers if pointer == symbol]

    def siblings(self, offset: str) -> list[str]:
        """One word for each other kind of what this is a kind of."""
        beside = [self.to(above, "~") for above in self.to(offset, "@")]
        found = {w for some in beside if len(some) <= CHILDREN for to in some for w in self.said(to)[:1]}
        return sorted(found - set(self.synsets[offset].words), key=lambda w: (-zipf_frequency(w, "en"), w))

    def is_person(self, offset: str) -> bool:
        """Whether a noun's synset is a kind of people."""
        above = self.to(offset, "@")
        return offset == PERSON or any(self.is_person(to) for to in above)

    def opposites(self, offset: str, word: str) -> list[str]:
        """The antonyms of a word, not of its synonyms."""
        own = self.synsets[offset]
        found = [
            self.synsets[to].words[target - 1]
            for symbol, to, source, target in own.pointers
            if symbol == "!" and source and own.words[source - 1] == word
        ]
        return [w for w in dict.fromkeys(found) if zipf_frequency(w, "en") >= COMMON]


def entries(folder: Path) -> Iterator[tuple[str, ...]]:
    """The lexicon's rows."""
    counts = read_counts(folder / "cntlist.rev")
    for part, pos in _POS.items():
        net = WordNet(
            synsets=read_synsets(folder / f"data.{part}"),
            senses=read_senses(folder / f"index.{part}"),
            counts={word: by for (of, word), by in counts.items() if of == part},
        )
        for word in sorted(net.senses):
            offset = net.means(word)
            if offset is None:
                continue
            above = net.to(offset, "@") if part == "noun" else []
            row = (
                [w for w in net.said(offset) if w != word][:3],
                [w for to in above for w in net.said(to)][:1],
                net.siblings(offset)[:6],
                net.opposites(offset, word),
            )
            person = part == "noun" and net.is_person(offset)
            if any(row) or person:
                yield (pos, word, *(",".join(words) for words in row), "person" if person else "")


def main() -> None:
    """Write the lexicon."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wordnet", type=Path, required=True)
    rows = list(entries(parser.parse_args().wordnet))
    text = NOTICE + "".join("\t".join(row) + "\n" for row in rows)
    LEXICON.write_text(text, encoding="utf-8")
    print(f"{len(rows):,} words, {len(text) / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
