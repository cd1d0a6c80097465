"""The names in a claim, and whether a text names the same: by surname, acronym, nationality or number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag._wording import Word, masked, read_words
from rag.background import stem_idf, word_stem

_RARE = (
    0.45  # IDF from which a capitalised first word is taken for a name: "Kyiv" has .56, "Temperatures" .31
)
_FOREIGN = 0.6  # IDF from which a word may be a name that is spelt in several ways
_LINKS = frozenset("of the de von van der den di da du la le al el bin ibn & for".split())
_NUMBERED = frozenset(
    "route line flight highway road motorway interstate article section chapter room gate platform terminal "
    "channel boeing airbus apollo unit reactor resolution district".split()
)
_TITLES = frozenset(
    """mr mrs ms miss dr prof professor sir dame lord lady king queen prince princess president vice prime
    minister general gen colonel col captain capt senator sen rep representative governor gov mayor judge
    chancellor secretary chief pope saint st. no nr number""".split()
)
_NO_NAMES = frozenset(
    "i i'm i've i'd i'll ok mon tue wed thu fri sat sun bc ad am pm a.m p.m god internet".split()
)
_COUNTRIES = """
    usa: us u.s usa u.s.a america american americans united_states; uk: uk u.k britain british briton
    britons united_kingdom; russia: russia russian russians; ukraine: ukraine ukrainian ukrainians;
    china: china chinese; france: france french frenchman; germany: germany german germans; spain: spain
    spanish spaniards; italy: italy italian italians; japan: japan japanese; india: india indian
    indians; israel: israel israeli israelis; iran: iran iranian iranians; iraq: iraq iraqi iraqis;
    syria: syria syrian syrians; turkey: turkey turkish turks türkiye; poland: poland polish poles;
    brazil: brazil brazilian brazilians; mexico: mexico mexican mexicans; canada: canada canadian
    canadians; australia: australia australian australians; netherlands: netherlands dutch holland;
    sweden: sweden swedish swedes; norway: norway norwegian norwegians; denmark: denmark danish danes;
    finland: finland finnish finns; czechia: czechia czech czechs czech_republic; vietnam: vietnam
    vietnamese; philippines: philippines philippine filipino filipinos; afghanistan: afghanistan afghan
    afghans; pakistan: pakistan pakistani pakistanis; egypt: egypt egyptian egyptians; greece: greece
    greek greeks; ireland: ireland irish; scotland: scotland scottish scots; wales: wales welsh;
    england: england english; switzerland: switzerland swiss; austria: austria austrian austrians;
    hungary: hungary hungarian hungarians; romania: romania romanian romanians; belarus: belarus
    belarusian belarusians; palestine: palestine palestinian palestinians; lebanon: lebanon lebanese;
    jordan: jordan jordanian; saudi_arabia: saudi_arabia saudi saudis; nigeria: nigeria nigerian
    nigerians; argentina: argentina argentine argentinian; cuba: cuba cuban cubans; portugal: portugal
    portuguese; belgium: belgium belgian belgians; taiwan: taiwan taiwanese; europe: europe european
    europeans; africa: africa african africans; asia: asia asian asians; eu: eu e.u european_union; un:
    un u.n united_nations; nato: nato; kyiv: kyiv kiev; kharkiv: kharkiv kharkov
"""


def _countries() -> dict[str, str]:
    table = {}
    for entry in _COUNTRIES.replace("\n", " ").split(";"):
        name, _, forms = entry.partition(":")
        table.update({form.replace("_", " "): name.strip() for form in forms.split()})
    return table


_COUNTRY = _countries()


def is_country(lower: str) -> bool:
    """Whether a word, in lower case, is the name of a country or a union of them, or made from one."""
    return lower in _COUNTRY


_PAIRS = frozenset(form for form in _COUNTRY if " " in form)


@dataclass(frozen=True, slots=True)
class Name:
    """A name where it stands in a text: the keys of its words, and its number if it has one ("Route 66")."""

    text: str
    start: int
    end: int
    keys: tuple[str, ...]
    number: str = ""

    @property
    def initials(self) -> str:
        return "".join(key[0] for key in self.keys) if len(self.keys) > 1 else ""


@dataclass(frozen=True, slots=True)
class Namings:
    """What a text may name: the keys of all its words and of the capitalised, acronyms, initials, names."""

    keys: frozenset[str]
    capitals: frozenset[str]
    acronyms: frozenset[str]
    initials: frozenset[str]
    names: tuple[Name, ...]


def _key(word: Word) -> str:
    """What stands for a word in a name: its country, or its stem without accents."""
    lower = word.lower.removesuffix("'s")
    if lower in _COUNTRY and (lower != "us" or word.text.isupper()):
        return _COUNTRY[lower]
    plain = unicodedata.normalize("NFKD", word_stem(word.text))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)) or lower


@lru_cache(maxsize=4096)
def read_names(text: str) -> tuple[Name, ...]:
    """The names of a text in order, each once, without its dates (mask them); never raises."""
    words = read_words(text)
    # In a headline every word has a capital, so that capitals say nothing.
    content = [word for word in words if not word.function and not word.text.isdigit()]
    headline = len(content) > 4 and all(word.capital for word in content)
    unique = {(*name.keys, name.number): name for name in reversed([*_runs(text, words, headline)])}
    return tuple(sorted(unique.values(), key=lambda name: name.start))


def _runs(text: str, words: Sequence[Word], headline: bool) -> Iterator[Name]:
    index = 0
    while index < len(words):
        if not _opens(text, words, index, headline):
            index += 1
            continue
        after = _run_end(text, words, index)
        run = [word for word in words[index:after] if word.lower not in _LINKS | _TITLES]
        number = run[-1].text if len(words[index:after]) > 1 and run and run[-1].text.isdigit() else ""
        keys = _keys(run[:-1] if number else run)
        named = keys or ((words[index].lower,) if number else ())
        if named:
            yield Name(
                text[words[index].start : words[after - 1].end],
                words[index].start,
                words[after - 1].end,
                named,
                number,
            )
        index = after


def _keys(run: Sequence[Word]) -> tuple[str, ...]:
    keys: list[str] = []
    for place, word in enumerate(run):
        pair = f"{run[place - 1].lower} {word.lower.removesuffix(chr(39) + 's')}" if place else ""
        if pair in _PAIRS:
            keys[-1] = _COUNTRY[pair]
        else:
            keys.append(_key(word))
    return tuple(keys)


def _opens(text: str, words: Sequence[Word], index: int, headline: bool) -> bool:
    """Whether a name starts at a word."""
    word = words[index]
    if not word.capital or word.lower in _NO_NAMES or (word.function and word.text not in ("US", "U.S")):
        return False
    if word.text.isupper() and len(word.text) > 1 and not headline:
        return True
    if headline or _is_first(text, word.start):
        lower = word.lower.removesuffix("'s")
        following = words[index + 1] if index + 1 < len(words) else None
        joined = following is not None and following.capital and following.start - word.end == 1
        if lower in _NUMBERED and following is not None and following.text.isdigit():
            return True
        return lower in _COUNTRY or (joined and not headline) or stem_idf(word_stem(word.text)) >= _RARE
    return True


def _is_first(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'“”‘’([—–-")
    return not before or before[-1] in ".!?:\n"


def _run_end(text: str, words: Sequence[Word], index: int) -> int:
    """The index after the last word of the name that starts at one."""
    after = index + 1
    while after < len(words):
        before, word = words[after - 1], words[after]
        gap = text[before.end : word.start]
        abbreviated = gap == ". " and (len(before.text) == 1 or before.lower in _TITLES)
        if (gap not in (" ", "-", " & ") and not abbreviated) or before.text.endswith(("'s", "’s")):
            break
        if word.text == "No" and after + 1 < len(words) and words[after + 1].text.isdigit():
            return after + 2
        if word.capital and not (word.function and gap == " "):
            after += 1
        elif word.text.isdigit() and _numbers(text, words, after, gap):
            return after + 1
        elif word.lower in _LINKS and _linked(text, words, after):
            after += 1
        else:
            break
    return after


def _linked(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether a small word stands between parts of a name: "Bank of England"; not "Kyiv for Moscow"."""
    following = words[index + 1] if index + 1 < len(words) else None
    if following is not None and following.lower in _LINKS and index + 2 < len(words):
        following = words[index + 2]
    return following is not None and following.capital and words[index].lower not in ("for", "the")


def _numbers(text: str, words: Sequence[Word], index: int, gap: str) -> bool:
    """Whether a figure belongs to the name before it: "Route 66", "QL-24", not "in Ukraine 500 soldiers"."""
    word = words[index]
    if len(word.text) > 4 or text[word.end : word.end + 2].strip()[:1] in ("%", "-"):
        return False
    following = words[index + 1] if index + 1 < len(words) else None
    apart = following is None or following.start - word.end > 1
    return gap != " " or apart or following is None or following.function or following.capital


@lru_cache(maxsize=4096)
def namings(text: str) -> Namings:
    """What a text may name; `text` is without its dates."""
    words = read_words(text)
    keys = {_key(word) for word in words}
    pairs = {f"{one.lower} {other.lower.removesuffix(chr(39) + 's')}" for one, other in pairwise(words)}
    keys |= {_COUNTRY[pair] for pair in pairs & _PAIRS}
    names = read_names(text)
    acronyms = {
        re.sub(r"\W", "", word.text).lower() for word in words if word.text.isupper() and len(word.text) > 1
    }
    capitals = frozenset(_key(word) for word in words if word.capital)
    return Namings(
        frozenset(keys), capitals, frozenset(acronyms), frozenset(name.initials for name in names), names
    )


def is_named(name: Name, text: Namings) -> bool:
    """Whether a text names the same: in full, by surname, by initials, or spelt a little otherwise."""
    if name.number:
        return any(name.number == other.number and set(name.keys) <= set(other.keys) for other in text.names)
    if all(_matching(key, text.keys) is not None for key in name.keys):
        return True
    if name.initials and name.initials in text.acronyms:
        return True
    if len(name.keys) == 1:
        plain = name.text.replace(".", "")
        return plain.isupper() and plain.lower() in text.initials
    # By surname, unless the text has that surname with another forename ("Marcus Vick").
    last = _matching(name.keys[-1], text.keys)
    holders = [other for other in text.names if last in other.keys]
    return last in text.capitals and all(
        other.keys[-1] == last and set(other.keys) - {last} <= set(name.keys) for other in holders
    )


def _matching(key: str, keys: frozenset[str]) -> str | None:
    """The same word, or the same foreign name in another spelling: "Zelensky", "Zelenskyy"."""
    if key in keys or len(key) < 6:
        return key if key in keys else None
    alike = (other for other in keys if other[:6] == key[:6] and abs(len(other) - len(key)) <= 2)
    return min((other for other in alike if stem_idf(other) > _FOREIGN), default=None)


def renumbered(name: Name, text: Namings) -> Name | None:
    """The only name of a text that is like a numbered one but for its number ("Route 66", "Route 67")."""
    like = [other for other in text.names if other.number and other.keys == name.keys]
    return like[0] if name.number and len(like) == 1 and like[0].number != name.number else None


def without_names(text: str, names: Sequence[Name]) -> str:
    """The text with the numbered names blotted out, whose figures count nothing."""
    return masked(text, [(name.start, name.end) for name in names if name.number])
