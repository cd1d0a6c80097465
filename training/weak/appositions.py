"""Who or what a name is: questions from "NAME, the ruler of ...," in either direction."""

from __future__ import annotations

import re
from collections.abc import Iterator

from training.weak.clauses import noun_phrase
from training.weak.parsing import Parse
from training.weak.phrasing import join
from training.weak.templates import Draft


def appositions(parse: Parse) -> Iterator[Draft]:
    """The questions that the appositions of a sentence give: who is the name, and who is the ruler."""
    for word in parse.words:
        if word.dep != "appos" or word.pos != "NOUN" or parse.words[word.head].pos != "PROPN":
            continue
        head = parse.words[word.head]
        name, said = noun_phrase(parse, head), noun_phrase(parse, word)
        if not name or not said or not word.number > head.number or len(said) < 3:
            continue
        wh = "who" if head.entity == "PERSON" else "what"
        be = "was" if any(w.tag == "VBD" for w in parse.words) else "is"
        yield Draft(join([wh, be, parse.slice(name)]), said[0].start, said[-1].end, "definition")
        the = re.sub(r"^(a|an) ", "the ", parse.slice(said))
        yield Draft(join([wh, be, the]), name[0].start, name[-1].end, "apposition")
