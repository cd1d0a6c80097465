"""Where a sentence ends inside one paragraph: rules for news prose, and nupunkt where no rule has an opinion.

Every candidate is a terminal mark before white space (none is needed after a CJK full stop). The rules
run in the order of `_RULES` and the first that has an opinion decides; nupunkt, which knows many more
abbreviations, decides the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_CJK_MARKS = "。！？｡"
TERMINAL_MARKS = ".?!…؟۔।॥" + _CJK_MARKS
CLOSERS = "\"'”’»«“)]}）」』】》*_"
_OPENERS = "\"'“‘«»„”’([{（「『【《¿¡—–‒-•*_"
_QUOTES = frozenset("\"”’»«“„‘「」『』'")
_DASHES = ("-", "–", "—")

_CANDIDATE = re.compile(
    rf"(?P<mark>[{re.escape(TERMINAL_MARKS)}]+)"
    rf"(?P<closers>[{re.escape(CLOSERS)}]*)"
    r"(?:\[\d{1,3}\])*"
    r"(?P<space>\s*)"
)
_OPENING = re.compile(rf"(?:[{re.escape(_OPENERS)}]|\.\.\.|…|\s)*")
_NEVER_FIRST = frozenset(",;:.?!)]}/%")
_WORD = re.compile(r"\w[\w’'-]*")
_LIST_LABEL = re.compile(r"[(\[]?(?:\d{1,3}|[^\W\d_]|[ivxIVX]{1,4})")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]|Ph\.D")
_CLOCK = re.compile(r"[ap]\.? ?m", re.IGNORECASE)
_LOOKBACK = 40  # characters; the longest abbreviation and the word before it fit


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words(
    "Mr Mrs Ms Mx Messrs Mme Mlle Dr Prof Gen Lt Col Maj Capt Cpl Sgt Adm Cmdr Cdr Brig Gov Sen Rep Reps "
    "Sens Rev Hon Pres Fr Msgr Supt Det Insp Spc Pvt Pfc Amb Atty Asst Sheikh Sra Srta г-н г-жа им"
)
_NEVER_LAST = _words("e.g i.e eg ie cf viz vs v approx incl esp т.е т.н напр z.B d.h u.a")
_BEFORE_NUMBER = _words(
    "No Nos no nos Div p pp Fig Figs fig figs Vol vol Art Sec Sect Ch Eq Par Pt Op c ca est Ex Rm Apt Bldg "
    "Rte Hwy Chap Ps § ч ст стр"
)
_MONTHS = _words("Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec")
# Abbreviations that a sentence may end with, and that as often stand before a name.
_SOMETIMES_LAST = _words(
    "Inc Ltd Co Cos Corp Bros LLC plc Plc Jr Sr Esq Ph.D St Ste Ave Blvd Rd Hwy Mt Ft Dept Univ Assn "
    "Natl Intl Mon Tue Tues Wed Thu Thurs Fri Sat Sun Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky "
    "La Md Mass Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis Wyo Can Aus г гг"
)
_SHORT_WORDS = _words("am be by do go he in is it me of on so to up us we")
_UNITS_BEFORE_NUMBER = _words("ft in lb lbs oz min hr hrs sec")
_GERMAN_MONTHS = _words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")
# Capitalised, these open a sentence and are hardly ever part of a name.
_STARTERS = _words(
    "The This That These Those There They He She It We You I A An In On At By For From With Without After "
    "Before But And Or Yet So As If When While Although Though However Meanwhile Its His Her Their Our My "
    "Some Many Most Both Each Every Several Other Others What Why How Where Nobody Someone Everyone Since "
    "Until During Under Over Despite Because Instead Still Then Now Also Even Only Once Here Not Nor Such "
    "According Earlier Later Last Officials Residents Experts Critics Analysts Witnesses Authorities People"
)
_SURNAMES = _words("An He So My You We Such Even Last Still Now Yet I A Under Our Only Both She Not At On")
_LETTERED = re.compile(r"(?:War|Plan|[Vv]itamin|Group|Class|Type|Part|Phase|[Hh]epatitis) [A-Z]$")
_WHEN = _words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Tues Wed Thu Thurs Fri Sat Sun January "
    "February March April May June July August September October November December Jan Feb Mar Apr Jun Jul "
    "Aug Sep Sept Oct Nov Dec Eastern Central Mountain Pacific Atlantic Greenwich GMT UTC BST CET CEST EET "
    "EEST EST EDT ET CST CDT CT MST MDT MT PST PDT PT IST MSK JST"
)
_EXCLAIMED_NAMES = _words("Yahoo Jeopardy Yum Panic Oklahoma Mamma Airplane Chips Hamilton")
_NAME_TAILS = _words("Inc Japan News Finance Sports Mail Answers Messenger Music Brands At Mia The")
_SAYING = re.compile(
    r"(?:I|[A-Z][\w’'-]*(?:\s+(?:[A-Z][\w’'-]*|[A-Z]\.)){0,3})\s+"
    r"(?:said|says|asked|asks|added|replied|shouted|wrote|told|cried|tweeted|continued|exclaimed|yelled)"
    r"\b(?=[.,;:]|\s+(?:in|on|at|to|after|during|when|as|of|about)\b)"
)
_PRONOUNS = _words("He She It They We You The A")


@dataclass(frozen=True, slots=True)
class _Gap:
    """The place between two possible sentences, as the rules see it."""

    mark: str
    closers: str
    word: str  # the last word before the mark, without what opens it
    head: str  # the sentence so far, or its beginning
    follower: str  # the first word after the gap
    rest: str  # the text from the follower on, cut short
    bracketed: bool  # a bracket opens the last word: "(ret.)"
    opening: str  # what stands before the follower: quote marks, brackets, dashes
    cased: bool  # the paragraph has upper-case letters

    @property
    def starter(self) -> bool:
        """Whether the next word says that a new sentence begins."""
        if self.opening[:1] in _DASHES or (len(self.follower) == 1 and self.rest[1:2] == "."):
            return False  # "ALAMEDA, Calif. - The team", "J. A. Smith"
        return self.quoted or self.opener in _STARTERS

    @property
    def quoted(self) -> bool:
        """Whether a quote mark opens what follows."""
        return not _QUOTES.isdisjoint(self.opening)

    @property
    def opener(self) -> str:
        """The next word without its apostrophe: "There" of "There's"."""
        return re.split("['’]", self.follower, maxsplit=1)[0]


def _lower_case_goes_on(gap: _Gap) -> bool | None:
    if not gap.follower[:1].islower() or any(letter.isupper() for letter in gap.follower[1:3]):
        return None  # "iPhone" may open a sentence
    return not gap.cased and gap.mark[-1] != "…" and len(gap.word) > 3 and gap.word.isalpha()


def _cjk_mark(gap: _Gap) -> bool | None:
    if gap.mark[-1] not in _CJK_MARKS:
        return None
    return not (gap.closers and "぀" <= gap.follower[:1] <= "ゟ")  # 「行こう。」と言った。


def _question_or_exclamation(gap: _Gap) -> bool | None:
    if gap.mark[-1] not in "?!؟":
        return None
    if gap.mark == "!" and gap.word in _EXCLAIMED_NAMES and not gap.closers:
        return gap.follower not in _NAME_TAILS
    if _QUOTES.intersection(gap.closers) and gap.follower not in _PRONOUNS:
        return _SAYING.match(gap.rest) is None  # "Why?" Smith asked.
    return True


def _ellipsis(gap: _Gap) -> bool | None:
    return True if gap.mark.endswith(("…", "...")) else None


def _list_label(gap: _Gap) -> bool | None:
    return False if gap.mark == "." and _LIST_LABEL.fullmatch(gap.head) else None


def _clock_time(gap: _Gap) -> bool | None:
    if not _CLOCK.fullmatch(gap.word):
        return None
    if gap.opener in _STARTERS:
        return gap.starter
    if gap.follower in _WHEN or re.match(r"(?:\w+[ -]){1,3}time\b", gap.rest, re.IGNORECASE):
        return False  # 11 a.m. Washington time
    if "(" in gap.opening:
        return False  # 4:17 a.m. (0117 GMT)
    opens = re.match(r"(?:At|By|Around|Until|Before|After|From|Shortly)\b", gap.head)
    return gap.starter or not (opens and len(gap.head.split()) < 6)


def _never_last(gap: _Gap) -> bool | None:
    if gap.word in _TITLES:
        surname = gap.quoted or gap.opener in _SURNAMES  # Gen. "Hap" Arnold, Mr. He
        return gap.starter and not surname
    return False if gap.word in _NEVER_LAST else None


def _before_number(gap: _Gap) -> bool | None:
    digit = gap.follower[:1].isdigit()
    if digit and (gap.word in _BEFORE_NUMBER or gap.word in _MONTHS or gap.word in _UNITS_BEFORE_NUMBER):
        return False
    if gap.follower in _GERMAN_MONTHS and re.fullmatch(r"\d{1,2}", gap.word):
        return False
    return gap.starter if gap.word in _MONTHS else None


def _closing_quote(gap: _Gap) -> bool | None:
    return True if _QUOTES.intersection(gap.closers) else None


def _sometimes_last(gap: _Gap) -> bool | None:
    initial = len(gap.word) == 1 and gap.word.isupper() and not _LETTERED.search(gap.head)
    if initial or gap.word in _SOMETIMES_LAST or _ACRONYM.fullmatch(gap.word):
        return gap.starter
    return None


def _plain_word(gap: _Gap) -> bool | None:
    if gap.bracketed and gap.closers:
        return gap.starter
    shortest = 3 if gap.word.islower() else 2 if gap.word.isupper() else 5
    whole = gap.word in _SHORT_WORDS or (gap.word.isalpha() and len(gap.word) >= shortest)
    return True if whole or gap.starter or gap.closers or gap.word[-1:].isdigit() else None


_RULES: tuple[Callable[[_Gap], bool | None], ...] = (
    _cjk_mark,
    _lower_case_goes_on,
    _question_or_exclamation,
    _ellipsis,
    _list_label,
    _clock_time,
    _never_last,
    _before_number,
    _closing_quote,
    _sometimes_last,
    _plain_word,
)


def sentence_starts(paragraph: str) -> list[int]:
    """Give the offsets at which the second and later sentences of `paragraph` start.

    Every offset is that of a character that is not white space. Time is linear in the length.
    """
    found: list[int] = []
    last_word = max((match.start() for match in _WORD.finditer(paragraph)), default=0)
    library: frozenset[int] | None = None
    cased = paragraph != paragraph.lower()
    head = len(paragraph) - len(paragraph.lstrip())
    for match in _CANDIDATE.finditer(paragraph):
        start = match.end()
        if start > last_word or not (match["space"] or match["mark"][-1] in _CJK_MARKS):
            continue
        gap = _gap(paragraph, match, head, cased)
        if gap is None:
            continue
        verdict = next((v for rule in _RULES if (v := rule(gap)) is not None), None)
        if verdict is None:
            if library is None:
                library = _library_starts(paragraph)
            verdict = start in library
        if verdict:
            found.append(start)
            head = start
    return found


def _gap(paragraph: str, match: re.Match[str], head: int, cased: bool) -> _Gap | None:
    """Describe the gap after `match`; None when what follows can't open a sentence."""
    opening = _OPENING.match(paragraph, match.end(), match.end() + 2 * _LOOKBACK)
    follows = opening.end() if opening else match.end()
    if paragraph[follows : follows + 1] in _NEVER_FIRST:
        return None
    before = paragraph[max(head, match.start() - _LOOKBACK) : match.start()]
    after = paragraph[follows : follows + 2 * _LOOKBACK]
    word = _WORD.match(after.lstrip("$£€#"))
    return _Gap(
        mark=match["mark"],
        closers=match["closers"],
        word=_last_word(before),
        head=paragraph[head : min(match.start(), head + 2 * _LOOKBACK)],
        follower=word.group() if word else "",
        rest=after,
        bracketed=before.split(" ")[-1][:1] in ("(", "["),
        opening=paragraph[match.end() : follows],
        cased=cased,
    )


def _last_word(before: str) -> str:
    """The word that the mark follows: the last part of a compound, an acronym with its inner stops."""
    if re.search(r"\d ?[ap]\. ?m$", before, re.IGNORECASE):
        return "a.m"
    parts = re.split(rf"[\s/{re.escape(_OPENERS)}]+", before)
    word = parts[-1]
    if "." in word and not _ACRONYM.fullmatch(word) and word not in _NEVER_LAST:
        word = word.rsplit(".", 1)[-1]
    return word


def _library_starts(paragraph: str) -> frozenset[int]:
    return frozenset(start for start, _ in _nupunkt()(paragraph))


@lru_cache(maxsize=1)
def _nupunkt() -> Callable[[str], list[tuple[int, int]]]:
    from nupunkt import sent_spans  # 70 ms, so only where text is split

    return sent_spans
