"""Finding the figures of a sentence: value, hedge, unit, and what is counted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

from rag._amounts import Amount, Sign, read_amount, read_ordinal, read_signs, rounding
from rag._measures import BOUNDS, CURRENCIES, UNITS, VAGUE, Dimension
from rag._quantities import Bound, Quantity
from rag._wording import FUNCTION_WORDS, fold, masked
from rag.background import word_stem

_HEDGES = {phrase: Bound(bound) for bound, phrases in BOUNDS.items() for phrase in phrases}
_HEDGE = re.compile(
    rf"(?<![\w-])({'|'.join(sorted(map(re.escape, _HEDGES), key=len, reverse=True))})"
    r"[ ]?(?:the |a |an )?(?:US|[AC])?[$€£¥]?$",
    re.IGNORECASE,
)
_AFTERWARDS = {"or more": Bound.LEAST, "or less": Bound.MOST, "or so": Bound.ABOUT, "+": Bound.LEAST}
_VAGUE = re.compile(rf"\b(?:{'|'.join(VAGUE)})\b(?!-)", re.IGNORECASE)
_CHANGE = re.compile(
    r"\b(?:r[oi]se|fell|fall|gr[eo]w|increase|decrease|drop|declin|down|up|cut|went|go|climb|rais|reduc|"
    r"improv|chang|jump|slid|shr[aiu]nk|widen|narrow|lower)\w*\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_SCORE = re.compile(
    r"\b(?:w[io]n|los[et]|beat|defeat|drew|draw|score|victory|defeat|vote)\w*\b[^.;]{0,30}$", re.I
)
_PER = ("per", "/", "every", "each")
_RATES = frozenset("second minute hour day week month year night quarter".split())
_PLURALS = frozenset("people men women children police troops dead wounded others feet teeth".split())


@lru_cache(maxsize=4096)
def read_quantities(text: str) -> tuple[Quantity, ...]:
    """The figures of a text in order, but for those in its dates and names (mask them)."""
    found = []
    for match in _VAGUE.finditer(text):
        signs = read_signs(text[match.end() : match.end() + 80])
        if match[0].lower() == "scores" and not text.startswith(" of", match.end()):
            continue
        noun, modifiers = _counted(signs, 0)
        low, high = VAGUE[match[0].lower()]
        unit = _unit(signs, 0, text[match.end() :], low)
        quantity = Quantity(
            match[0], *match.span(), low, high, 0.0, Bound.EXACT, noun=noun, modifiers=modifiers
        )
        found.append(replace(quantity, dimension=unit[0], unit=unit[1], noun="") if unit else quantity)
    text = masked(text, [(quantity.start, quantity.end) for quantity in found])
    found += _figures(text)
    found.sort(key=lambda quantity: quantity.start)
    return tuple(_shared_units(text, found))


def _shared_units(text: str, found: Sequence[Quantity]) -> Iterator[Quantity]:
    """In "from 5 to 10 percent" and "9 and 12 soldiers" the first figure has the unit of the second."""
    for quantity, following in zip_longest(found, found[1:]):
        bare = quantity.dimension is Dimension.COUNT and not quantity.noun
        link = text[quantity.end : following.start].strip(" -") if following else "."
        if bare and following and link in ("to", "and", "or", "", "–"):
            yield replace(
                quantity,
                dimension=following.dimension,
                unit=following.unit,
                noun=following.noun,
                modifiers=following.modifiers,
                rate=following.rate,
            )
        else:
            yield quantity


def _figures(text: str) -> Iterator[Quantity]:
    signs = read_signs(text)
    index = 0
    while index < len(signs):
        ordinal = _ordinal(text, signs, index)
        if ordinal is not None:
            quantity, index = ordinal
            yield quantity
            continue
        amount = read_amount(signs, index)
        if amount is None or _is_pronoun(signs, index, amount):
            index += 1
            continue
        first, after = _quantity(text, signs, index, amount)
        yield first
        index = max(after, index + 1)


def _is_pronoun(signs: Sequence[Sign], index: int, amount: Amount) -> bool:
    """ "One of them", "no one", "one day": no count."""
    if signs[index].lower != "one" or amount.value != 1:
        return False
    before = signs[index - 1].lower if index else ""
    after = signs[amount.after] if amount.after < len(signs) else None
    vague = after is None or after.kind != "word" or after.lower in FUNCTION_WORDS or after.lower == "day"
    return vague or before in ("no", "this", "that", "the", "which", "any", "every", "some", "each")


def _ordinal(text: str, signs: Sequence[Sign], index: int) -> tuple[Quantity, int] | None:
    """ "The 3rd attack", "the twenty-first time"; without a noun it only says an order ("First, ...")."""
    amount = read_ordinal(signs, index)
    if amount is None:
        return None
    after = amount.after
    if after < len(signs) and signs[after].lower in ("and", "largest"):  # "the seventh and final season"
        after += 1
    noun, modifiers = _counted(signs, after, whole=True)
    if not noun:
        return None
    start, end = signs[index].start, signs[amount.after - 1].end
    ordinal = Quantity(text[start:end], start, end, amount.value, amount.value, dimension=Dimension.ORDINAL)
    return replace(ordinal, noun=noun, modifiers=modifiers), amount.after


def _quantity(text: str, signs: Sequence[Sign], index: int, amount: Amount) -> tuple[Quantity, int]:
    start = signs[index].start
    currency = _currency_before(signs, index)
    low, high, slack = amount.value, amount.value, amount.slack
    last = _range_end(text, signs, index, amount)
    if last is not None:
        scale = last.scale if amount.scale == 1.0 and low < last.value / last.scale else 1.0
        low, high, slack = low * scale, last.value, max(slack, last.slack) if scale == 1.0 else last.slack
        amount = last
    negative = index and signs[index - 1].text in ("−", "-", "minus") and not _CHANGE.search(text, 0, start)
    after = amount.after
    hedge, bound = _hedge(text, start)
    quantity = Quantity("", start, signs[after - 1].end, low, high, slack, bound, hedge=hedge)
    unit = _unit(signs, after, text, high, money=bool(currency))
    if unit is not None:
        dimension, name, after, factor = unit
        quantity = replace(quantity, dimension=dimension, unit=name, low=low * factor, high=high * factor)
        slack = slack * factor or (rounding(high * factor) if factor > 1 else 0.0)
        quantity = replace(quantity, slack=slack, end=signs[after - 1].end)
        if dimension is Dimension.TEMPERATURE and negative and last is None:
            quantity = replace(quantity, low=-low, high=-high)
    if currency:
        quantity = replace(quantity, dimension=Dimension.MONEY, unit=currency, start=signs[index - 1].start)
    elif amount.part and unit is None:
        quantity = replace(quantity, dimension=Dimension.SHARE, low=100 * low, high=100 * high, slack=2.0)
        quantity = replace(quantity, unit="percent")
    return _completed(quantity, text, signs, after), after


def _completed(quantity: Quantity, text: str, signs: Sequence[Sign], after: int) -> Quantity:
    """With what it counts, what it is per, its age, and a hedge that follows."""
    for phrase, bound in _AFTERWARDS.items():
        if text.startswith((phrase, f" {phrase}"), quantity.end):
            quantity = replace(quantity, bound=bound)
    lowers = [*(sign.lower for sign in signs[after : after + 2]), "", ""]
    if lowers[0] in _PER or (lowers[0] in ("a", "an") and lowers[1] in _RATES):
        quantity = replace(quantity, rate=word_stem(lowers[1]))
    if quantity.dimension is Dimension.TIME and quantity.unit == "year":
        if "old" in lowers[:2] or "age" in lowers[:2]:
            quantity = replace(quantity, dimension=Dimension.AGE)
    elif re.search(r"\b(?:aged|age of|at age) $", text[max(0, quantity.start - 10) : quantity.start]):
        quantity = replace(quantity, dimension=Dimension.AGE, unit="year")
    if quantity.dimension in (Dimension.COUNT, Dimension.SHARE):
        noun, modifiers = _counted(signs, after)
        quantity = replace(quantity, noun=noun, modifiers=modifiers)
    return replace(quantity, text=text[quantity.start : quantity.end])


def _hedge(text: str, start: int) -> tuple[str, Bound]:
    match = _HEDGE.search(text, max(0, start - 30), start)
    return ("", Bound.EXACT) if match is None else (match[1].lower(), _HEDGES[match[1].lower()])


def _currency_before(signs: Sequence[Sign], index: int) -> str:
    sign = signs[index - 1] if index else None
    if sign is None or sign.kind != "sign":
        return ""
    local = signs[index - 2].lower if index > 1 and signs[index - 2].end == sign.start else ""
    return CURRENCIES.get(local + sign.lower) or CURRENCIES.get(sign.lower, "")


def _range_end(text: str, signs: Sequence[Sign], index: int, amount: Amount) -> Amount | None:
    """The upper end of "160 to 190 million", "between 5 and 7"; a change or a score is no range."""
    after = amount.after
    before = signs[index - 1].lower if index else ""
    if before in CURRENCIES and index > 1:
        before = signs[index - 2].lower
    link = signs[after].lower if after < len(signs) else ""
    if [sign.lower for sign in signs[after : after + 3]] == ["-", "to", "-"]:
        link, after = "to", after + 2
    if link not in ("to", "-", "–", "—", "or") and not (link == "and" and before == "between"):
        return None
    step = after + 1
    if step < len(signs) and signs[step].lower in CURRENCIES:
        step += 1
    last = read_amount(signs, step) if step < len(signs) else None
    if last is None or (last.value <= amount.value and last.scale == amount.scale):
        return None
    opening = text[max(0, signs[index].start - 80) : signs[index].start]
    if (link == "to" and before == "from" and _CHANGE.search(opening)) or (
        link == "-" and _SCORE.search(opening)
    ):
        return None
    return last


def _unit(
    signs: Sequence[Sign], index: int, text: str, value: float, *, money: bool = False
) -> tuple[Dimension, str, int, float] | None:
    """The unit that starts at a sign: dimension, name, the index after it, and a factor ("m" for million)."""
    if index < len(signs) and signs[index].text == "-":
        index += 1
    for count in (3, 2, 1):
        part = signs[index : index + count]
        if len(part) < count:
            continue
        form = " ".join(text[part[0].start : part[-1].end].lower().split())
        if form == "m" and (money or _counted(signs, index + 1)[0]):
            return (Dimension.MONEY if money else Dimension.COUNT), "", index + 1, 1e6
        if form in ("pounds", "pound") and value >= 1e6:
            return Dimension.MONEY, "GBP", index + 1, 1.0
        if form in CURRENCIES and part[0].kind == "word":
            return Dimension.MONEY, CURRENCIES[form], index + count, 1.0
        if form in ("decade", "decades"):  # which in pint is no time
            return Dimension.TIME, "year", index + 1, 10.0
        if form in UNITS and not money:
            return *UNITS[form], index + count, 1.0
    # "5 million Canadian dollars", "3 Czech crowns"
    if index + 1 < len(signs) and signs[index].text[0].isupper() and signs[index + 1].lower in CURRENCIES:
        return Dimension.MONEY, CURRENCIES[signs[index + 1].lower], index + 2, 1.0
    return None


def _counted(signs: Sequence[Sign], index: int, *, whole: bool = False) -> tuple[str, frozenset[str]]:
    """The stem of what is counted, and of the words before it: the first plural, or the first word.

    With `whole` all words up to the next small one or sign count, the last as the noun.
    """
    words: list[Sign] = []
    for sign in signs[index : index + 8]:
        if not words and sign.lower in (
            "of",
            "the",
            "its",
            "his",
            "her",
            "their",
            "all",
            "-",
            "more",
            "other",
        ):
            continue
        if sign.text == "-":
            continue
        if sign.kind != "word" or sign.lower in FUNCTION_WORDS or len(words) == 5:
            break
        words.append(sign)
    plurals = [place for place, sign in enumerate(words) if _is_plural(sign.lower)]
    head = len(words) - 1 if whole else plurals[0] if plurals else 0
    if not words:
        return "", frozenset()
    stems = [fold(word_stem(sign.text)) for sign in words[: head + 1]]
    return stems[-1], frozenset(stems[:-1])


def _is_plural(lower: str) -> bool:
    return lower in _PLURALS or (
        len(lower) > 3 and lower[-1] == "s" and not lower.endswith(("ss", "us", "is", "'s"))
    )
