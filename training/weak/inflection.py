"""How English verbs and nouns inflect: irregular ones from a list, the rest by rule."""

from __future__ import annotations

import re

_IRREGULAR = """
be was been; have had had; do did done; go went gone; say said said; make made made; take took taken;
come came come; see saw seen; know knew known; get got got; give gave given; find found found;
think thought thought; tell told told; become became become; show showed shown; leave left left;
feel felt felt; put put put; bring brought brought; begin began begun; keep kept kept; hold held held;
write wrote written; stand stood stood; hear heard heard; let let let; mean meant meant; set set set;
meet met met; run ran run; pay paid paid; sit sat sat; speak spoke spoken; lie lay lain; lead led led;
read read read; grow grew grown; lose lost lost; fall fell fallen; send sent sent; build built built;
understand understood understood; draw drew drawn; break broke broken; spend spent spent; cut cut cut;
rise rose risen; drive drove driven; buy bought bought; wear wore worn; choose chose chosen;
seek sought sought; throw threw thrown; catch caught caught; deal dealt dealt; win won won;
forget forgot forgotten; lay laid laid; sell sold sold; fight fought fought; bear bore borne;
teach taught taught; eat ate eaten; sing sang sung; strike struck struck; hang hung hung;
shake shook shaken; ride rode ridden; feed fed fed; shoot shot shot; drink drank drunk; hit hit hit;
arise arose arisen; fly flew flown; spread spread spread; sleep slept slept; cost cost cost;
beat beat beaten; light lit lit; bind bound bound; cast cast cast; hide hid hidden; swing swung swung;
steal stole stolen; wake woke woken; ring rang rung; sink sank sunk; swim swam swum; tear tore torn;
blow blew blown; hurt hurt hurt; shut shut shut; bend bent bent; weep wept wept; swear swore sworn;
bite bit bitten; dig dug dug; creep crept crept; flee fled fled; freeze froze frozen; spring sprang sprung;
forgive forgave forgiven; forbid forbade forbidden; overcome overcame overcome; undergo underwent undergone;
withdraw withdrew withdrawn; sweep swept swept; spin spun spun; stick stuck stuck; split split split;
burst burst burst; lend lent lent; leap leapt leapt; slay slew slain; tread trod trodden; weave wove woven;
dwell dwelt dwelt; cling clung clung; wind wound wound; shine shone shone; mistake mistook mistaken;
undertake undertook undertaken; awake awoke awoken; beget begot begotten; bid bade bidden; breed bred bred;
burn burned burned; dream dreamed dreamed; learn learned learned; kneel knelt knelt; shrink shrank shrunk;
slide slid slid; fling flung flung; sting stung stung; swell swelled swollen; thrust thrust thrust;
bleed bled bled; foresee foresaw foreseen; outgrow outgrew outgrown; rebuild rebuilt rebuilt;
retell retold retold; rewrite rewrote rewritten; befall befell befallen; quit quit quit; rid rid rid;
shed shed shed; spit spat spat; stride strode stridden; sow sowed sown; saw sawed sawn; sew sewed sewn
"""
_PARTS = {
    base: (past, participle)
    for base, past, participle in (row.split() for row in _IRREGULAR.replace("\n", " ").split(";"))
}
_VOWELS = "aeiou"
_IRREGULAR_PLURALS = dict(
    pair.split()
    for pair in """man men; woman women; child children; foot feet; tooth teeth; mouse mice; goose geese;
    person people; wife wives; knife knives; life lives; wolf wolves; leaf leaves; thief thieves; half halves;
    loaf loaves; shelf shelves; sheep sheep; deer deer; fish fish; ox oxen; fisherman fishermen;
    gentleman gentlemen; phenomenon phenomena; criterion criteria; analysis analyses; basis bases;
    crisis crises; hypothesis hypotheses; bacterium bacteria; virus viruses; hero heroes; potato potatoes;
    aircraft aircraft; series series; species species""".split(";")
)
_DOUBLED = frozenset(
    "admit refer occur prefer permit commit submit transfer control compel equip omit regret".split()
)
_SHORT = re.compile(r"[^aeiou]*(qu)?[aeiou][bdgklmnprt]$")


def past(lemma: str) -> str:
    """The simple past of a verb."""
    return _PARTS[lemma][0] if lemma in _PARTS else _ed(lemma)


def participle(lemma: str) -> str:
    """The past participle of a verb."""
    return _PARTS[lemma][1] if lemma in _PARTS else _ed(lemma)


def third(lemma: str) -> str:
    """The third person singular of a verb, present."""
    if lemma in ("be", "have"):
        return {"be": "is", "have": "has"}[lemma]
    if lemma.endswith(("s", "x", "z", "ch", "sh", "o")):
        return lemma + "es"
    return lemma[:-1] + "ies" if _ends_consonant_y(lemma) else lemma + "s"


def _ed(lemma: str) -> str:
    if lemma.endswith("e"):
        return lemma + "d"
    if _ends_consonant_y(lemma):
        return lemma[:-1] + "ied"
    return lemma + (lemma[-1] if lemma in _DOUBLED or _SHORT.match(lemma) else "") + "ed"


def _ends_consonant_y(lemma: str) -> bool:
    return len(lemma) > 1 and lemma.endswith("y") and lemma[-2] not in _VOWELS


def inflect(lemma: str, tag: str) -> str | None:
    """A verb in the form of a Penn tag; None for the forms in -ing and others that are not made here."""
    forms = {"VBD": past, "VBN": participle, "VBZ": third}
    if tag in forms:
        return forms[tag](lemma)
    return lemma if tag in ("VB", "VBP") else None


def plural(noun: str) -> str:
    """The plural of a noun."""
    if noun in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[noun]
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    return noun[:-1] + "ies" if _ends_consonant_y(noun) else noun + "s"
