"""Reading one amount from the words and signs of a sentence; the border to text2num."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag._measures import SCALES, UNITS

_GROUP = "[,\u00a0\u2009\u202f’' ]"
_SIGN = re.compile(
    rf"""
      (?P<figure>(?<![\w.,])\d{{1,3}}(?:{_GROUP}\d{{3}}(?!\d))+(?:\.\d+)?
        |(?<![\w.])\d{{1,2}}(?:,\d\d)+,\d{{3}}(?!\d)  # lakhs
        |(?<![^\W\d_])\d+(?:\.\d+)?|(?<!\w)\.\d+)
    | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)
    | (?P<sign>\S)
    """,
    re.VERBOSE,
)
_SMALL = frozenset(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety""".split()
)
_ORDINALS = frozenset(
    """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth
    hundredth""".split()
)
_LARGE = frozenset("hundred thousand million billion trillion".split())
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8}
_PARTS |= {"ninth": 9, "tenth": 10, "halve": 2}
_LONGEST = 16  # number words that are read as one number
_DEFINITE = frozenset("first second other latter former top bottom each either this that third last".split())


@dataclass(frozen=True, slots=True)
class Sign:
    """A figure, a word or any other sign of a text."""

    text: str
    lower: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and how far from it the number meant may lie by rounding; `after` is the next sign's index.

    `part` is true for a part of a whole ("a third"), whose value is then between 0 and 1.
    """

    value: float
    slack: float
    after: int
    part: bool = False
    scale: float = 1.0


def read_signs(text: str) -> list[Sign]:
    """The figures, words and other signs of a text, in order."""
    return [
        Sign(match[0], match[0].lower(), match.lastgroup or "", match.start(), match.end())
        for match in _SIGN.finditer(text)
    ]


def read_amount(signs: Sequence[Sign], index: int) -> Amount | None:
    """The amount that starts at a sign, in digits or in words, or None."""
    sign = signs[index]
    if sign.kind == "figure":
        share = _one_in(float(re.sub(_GROUP, "", sign.text)), signs, index)
        return share or _scaled(_figure(sign.text, index + 1), signs)
    if sign.kind != "word":
        return None
    return _part(signs, index) or _in_words(signs, index)


def read_ordinal(signs: Sequence[Sign], index: int) -> Amount | None:
    """The ordinal that starts at a sign ("3rd", "twenty-first"), or None."""
    from text_to_num import alpha2digit

    sign, following = signs[index], signs[index + 1 : index + 3]
    if sign.kind == "figure":
        suffixed = following and following[0].lower in ("st", "nd", "rd", "th")
        if not suffixed or following[0].start != sign.end or "." in sign.text:
            return None
        return Amount(float(re.sub(r"\D", "", sign.text)), 0.0, index + 2)
    words = [sign.lower]
    if len(following) == 2 and following[0].text == "-" and following[1].lower in _ORDINALS:
        words.append(following[1].lower)
    elif words[0] not in _ORDINALS:
        return None
    # text2num leaves these alone: "second" may be one of time, and "first" is rarely counted.
    lone = {"first": "1", "second": "2"}.get("-".join(words))
    digits = lone or re.sub(r"\D", "", alpha2digit("-".join(words), "en"))
    return Amount(float(digits), 0.0, index + 2 * len(words) - 1) if digits else None


def _figure(text: str, after: int) -> Amount:
    digits = re.sub(_GROUP, "", text)
    decimals = len(digits.partition(".")[2])
    value = float(digits)
    return Amount(value, 0.5 * 10.0**-decimals if decimals else 0.0, after)


def _scaled(amount: Amount, signs: Sequence[Sign]) -> Amount:
    """With the scale words that follow ("412.6 million"), and with "and a half"."""
    value, slack, after, scales = amount.value, amount.slack, amount.after, 1.0
    if _lowers(signs, after, 3) == ("and", "a", "half"):
        value, after = value + 0.5, after + 3
    while True:
        gap = 1 if after < len(signs) and signs[after].text in "-" else 0
        if after + gap >= len(signs) or (scale := SCALES.get(signs[after + gap].lower)) is None:
            break
        value, slack, scales, after = value * scale, slack * scale, scales * scale, after + gap + 1
    if slack == 0.0:
        slack = rounding(value)
    return Amount(value, slack, after, amount.part, scales)


def rounding(value: float) -> float:
    """Half of the last place that a round number gives, at most 5 %; nothing below a hundred."""
    if value < 100 or not value.is_integer():  # which infinity isn't
        return 0.0
    digits = str(int(value))
    return min(0.5 * 10.0 ** (len(digits) - len(digits.rstrip("0"))), 0.05 * value)


def _lowers(signs: Sequence[Sign], start: int, count: int) -> tuple[str, ...]:
    return tuple(sign.lower for sign in signs[start : start + count])


def _in_words(signs: Sequence[Sign], index: int) -> Amount | None:
    """ "Ninety thousand", "two hundred and fifty-six", "a hundred", "a dozen"."""
    words, after = [], index
    if signs[index].lower in ("a", "an"):
        scale = _lowers(signs, index + 1, 1)
        if not scale or scale[0] not in _LARGE | {"dozen"}:
            return None
        words, after = ["one"], index + 1
    while after < len(signs) and len(words) < _LONGEST:
        lower = signs[after].lower
        joined = lower in ("and", "-") and words and _lowers(signs, after + 1, 1) != ()
        if joined and signs[after + 1].lower in _SMALL | _LARGE and (lower == "-" or words[-1] in _LARGE):
            after += 1
        elif lower in _SMALL | _LARGE:
            words.append(lower)
            after += 1
        else:
            break
    if not words:
        return None
    value = _number(words)
    return None if value is None else _scaled(Amount(value, 0.0, after), signs)


def _number(words: list[str]) -> float | None:
    from text_to_num import text2num

    try:
        return float(text2num(" ".join(words), "en"))
    except ValueError:  # "nineteen eighty-four" is no number
        return None


def _part(signs: Sequence[Sign], index: int) -> Amount | None:
    """ "Half of", "a third", "two-thirds", "half a million", "one in five"."""
    lowers = _lowers(signs, index, 5)
    before = signs[index - 1].lower if index else ""
    if lowers[0] == "half":
        if before in _DEFINITE or lowers[1:2] == ("-",):
            return None
        if len(lowers) > 2 and lowers[1] in ("a", "an"):
            return _scaled(Amount(0.5, 0.0, index + 2), signs)
        whole = lowers[1:2] in (
            ("of",),
            ("the",),
            ("its",),
            ("his",),
            ("her",),
            ("their",),
            ("all",),
            ("as",),
        )
        return Amount(0.5, 0.0, index + 1, part=True) if whole else None
    count = 1.0 if lowers[0] in ("a", "an") else _number([lowers[0]]) if lowers[0] in _SMALL else None
    if count is None or len(lowers) < 2:
        return None
    gap = 2 if lowers[1] == "-" else 1
    if len(lowers) > gap and (part := _PARTS.get(lowers[gap].removesuffix("s"))) is not None:
        plural, of = lowers[gap].endswith("s"), lowers[gap + 1 : gap + 2]
        if plural == (count > 1) and (plural or gap == 2 or of in ((), ("of",), (".",), (",",), ("more",))):
            return Amount(count / part, 0.0, index + gap + 1, part=True)
    return _one_in(count, signs, index)


def _one_in(count: float, signs: Sequence[Sign], index: int) -> Amount | None:
    """ "One in five", "nine out of 10"; not "two in 24 hours"."""
    link = _lowers(signs, index + 1, 2)
    gap = 2 if link[:1] == ("in",) else 3 if link == ("out", "of") else 0
    if not gap or index + gap >= len(signs) or count >= 1000:
        return None
    sign = signs[index + gap]
    # Not read_amount, or "one in one in one ..." would be read without end.
    whole = _figure(sign.text, index + gap + 1) if sign.kind == "figure" else _in_words(signs, index + gap)
    if whole is None or not count < whole.value <= 1000:
        return None
    unit = _lowers(signs, whole.after, 1)
    return None if unit and unit[0] in UNITS else Amount(count / whole.value, 0.0, whole.after, part=True)
