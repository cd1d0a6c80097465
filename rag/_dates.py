"""Dates and times of day in a sentence; the border to python-dateutil.

A pattern finds what is surely a date ("may" and "march" are words too), dateutil reads it.
"""

from __future__ import annotations

import calendar
import datetime
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rag._wording import Agreement

_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![\w’'])"
)
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_YEAR = r"(?:1\d{3}|20\d\d)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_WHEN = r"(?:in|of|by|since|until|till|from|to|during|through|before|after|and|last|next|this|early|late|mid)"
_PATTERN = re.compile(
    rf"""
      (?P<iso>\b{_YEAR}-[01]\d-[0-3]\d\b)
    | \b(?:{_WEEKDAY},?\ )?(?:the\ )?(?P<first_day>{_DAY})(?:\ ?[-–]\ ?(?P<last_day>{_DAY}))?
        \ (?:of\ )?(?P<day_month>{_MONTH})(?:,?\ (?:of\ |in\ )?(?P<day_month_year>{_YEAR})\b)?
    | \b(?:{_WEEKDAY},?\ )?(?P<month_day>{_MONTH})\ (?P<first>{_DAY})\b(?!:)(?:\ ?[-–]\ ?(?P<last>{_DAY})\b)?
        (?:,?\ (?:of\ |in\ )?(?P<month_day_year>{_YEAR})\b)?
    | \b(?P<month_of>{_MONTH}),?\ (?:of\ |in\ )?(?P<month_year>{_YEAR})\b
    | \b{_WHEN}[ -](?:the\ )?(?P<month>{_MONTH})(?:,?\ (?:of\ |in\ )?(?P<when_year>{_YEAR})\b)?
    | \b(?P<whole_month>January|February|September|October|November|December|July)\b
    | \b(?P<decade>1\d\d0|20\d0)['’]?s\b
    | (?:(?<![\w$€£¥.,/#-])|(?<=\b\d{{4}}-))(?P<year>{_YEAR})\b(?![,.]\d|%|[-/](?!{_YEAR}\b)\w)
    | \b(?P<weekday>{_WEEKDAY})\b
    | \b(?P<clock>(?:0?\d|1\d|2[0-3])(?:[:.][0-5]\d)?\ ?(?:[ap]\.m\.|[ap]m\b)|(?:[01]?\d|2[0-3]):[0-5]\d\b)
    """,
    re.VERBOSE,
)
_RELATION = re.compile(
    r"\b(?:(?P<before>before|prior to)|(?P<until>by|until|till)|(?P<since>since|from)|(?P<after>after))"
    r" (?:the )?(?:(?:early|late|mid|end of|start of|beginning of)[ -])?$",
    re.IGNORECASE,
)
_AFTER_A_YEAR = re.compile(
    r"[ -](?:(?:[a-z]+ )?(?:[a-z]{3,}s|people|men|women|children|percent)\b|million|%)"
)
_BEFORE_A_YEAR = re.compile(r"(?:\b(?:the|in|since|until|during|its|his|her|their)|\() ?$", re.IGNORECASE)
_DESCRIBING = re.compile(r"(?:\b(?:the|a|an|its)|\() ?$", re.IGNORECASE)
_DESCRIBED = re.compile(r" ([^\W\d_]+)")
_RANGE = re.compile(r" ?[-–—−] ?| (?:to|until|till|through) (?:the )?")
_LIFE = re.compile(r"\((?:[^()]*[;,] )?(?:born )?(?:c\. )?$")
_EVENT = re.compile(
    r"\b(born|b\.|died|dies|passed away|death)(?! (?:to|into)\b)(?: [a-z]+)? ?$", re.IGNORECASE
)
_EPOCHS = (datetime.datetime(2000, 1, 1), datetime.datetime(2004, 2, 2))
_NEAR = 60  # days between an article and a date without a year, within which the year is that of the article


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or time where it stands in a text: the fields that are given, and the days they span.

    `until` is the last year, month and day where a range is given. `minute` counts from midnight; a time
    of day has no other field. `relation` is "before", "until", "since", "after" or ""; `event` is "born" or
    "died" where the text says so; `noun` is what a year describes ("film" in "the 2005 film").
    """

    text: str
    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    until: tuple[int, int, int] | None = None
    weekday: str = ""
    minute: int | None = None
    relation: str = ""
    event: str = ""
    noun: str = ""

    @property
    def related(self) -> str:
        """As written, with what it stands in relation to: "before 2019"."""
        return f"{self.relation} {self.text}".strip()

    @property
    def is_date(self) -> bool:
        return self.minute is None and not self.weekday


@lru_cache(maxsize=4096)
def read_moments(text: str) -> tuple[Moment, ...]:
    """The dates and times of a text, in order; never raises."""
    merged: list[Moment] = []
    for moment in _found(text):
        before = merged[-1] if merged else None
        link = text[before.end : moment.start] if before else ""
        if before is None or not _RANGE.fullmatch(link) or before.year is None or moment.year is None:
            merged.append(replace(moment, event=_event(text, moment)))
            continue
        first, last = replace(before, relation=""), replace(moment, relation="")
        if _days(first, before.year)[0] <= _days(last, moment.year)[0]:
            merged.pop()
            merged += _range(text, first, last)
        else:
            merged.append(moment)
    return tuple(merged)


def _range(text: str, first: Moment, last: Moment) -> Iterator[Moment]:
    """From one date to another; in brackets, where it may be a life, its ends too."""
    day = datetime.date.fromordinal(int(_days(last, last.year or 1)[1]))
    whole = text[first.start : last.end]
    until = (day.year, day.month, day.day)
    yield replace(first, text=whole, end=last.end, until=until, relation="", event="")
    if _LIFE.search(text, max(0, first.start - 60), first.start):
        yield replace(first, event="born")
        yield replace(last, event="died")


def _event(text: str, moment: Moment) -> str:
    event = _EVENT.search(text, max(0, moment.start - 30), moment.start)
    return "" if event is None else "born" if event[1].lower() in ("born", "b.") else "died"


def _found(text: str) -> Iterator[Moment]:
    for match in _PATTERN.finditer(text):
        kind = match.lastgroup or ""
        span = (match.start("month"), match.end()) if match["month"] else match.span()
        try:
            moment = _read(match, kind, text[slice(*span)], *span)
        except (ValueError, OverflowError):  # the 31st of June
            continue
        if kind == "year" and not _is_year(text, *span):
            continue
        if kind == "year" and (described := _DESCRIBED.match(text, span[1])) is not None:
            attributive = _DESCRIBING.search(text, max(0, span[0] - 5), span[0])
            moment = replace(moment, noun=described[1].lower() if attributive else "")
        relation = _RELATION.search(text, max(0, span[0] - 24), span[0])
        if relation is not None and moment.minute is None and moment.until is None:
            moment = replace(moment, relation=relation.lastgroup or "")
        yield moment


def _is_year(text: str, start: int, end: int) -> bool:
    """ "2000 soldiers" isn't one, and "the 2016 elections" is."""
    counted = _AFTER_A_YEAR.match(text, end)
    return counted is None or _BEFORE_A_YEAR.search(text, max(0, start - 10), start) is not None


def _read(match: re.Match[str], kind: str, text: str, start: int, end: int) -> Moment:
    moment = Moment(text, start, end)
    if kind == "weekday":
        return replace(moment, weekday=match[kind])
    if kind == "clock":
        return replace(moment, minute=_minute(match[kind]))
    if kind == "decade":
        year = int(match[kind])
        return replace(moment, year=year, until=(year + (99 if year % 100 == 0 else 9), 12, 31))
    if kind == "year":
        return replace(moment, year=int(match[kind]))
    if kind == "iso":
        day = datetime.date.fromisoformat(match[kind])
        return replace(moment, year=day.year, month=day.month, day=day.day)
    month = (
        match["day_month"]
        or match["month_day"]
        or match["month_of"]
        or match["month"]
        or match["whole_month"]
    )
    year_text = (
        match["day_month_year"] or match["month_day_year"] or match["month_year"] or match["when_year"] or ""
    )
    day_text = match["first_day"] or match["first"] or ""
    given_year, given_month, given_day = _fields(f"{day_text} {month.rstrip('.')} {year_text}")
    moment = replace(moment, year=given_year, month=given_month, day=given_day)
    last_day = match["last_day"] or match["last"]
    if last_day and moment.month:
        last = int(re.sub(r"\D", "", last_day))
        moment = replace(moment, until=(moment.year or _EPOCHS[0].year, moment.month, last))
    return moment


def _fields(text: str) -> tuple[int | None, int | None, int | None]:
    """The year, month and day that dateutil finds given: what doesn't change with the filling of the gaps."""
    from dateutil import parser

    one, other = (parser.parse(text, default=epoch) for epoch in _EPOCHS)
    year, month, day = (
        given if given == filled else None
        for given, filled in zip(one.timetuple()[:3], other.timetuple()[:3], strict=True)
    )
    return year, month, day


def _minute(text: str) -> int:
    from dateutil import parser

    read = parser.parse(re.sub(r"(?<=\d)\.(?=\d)", ":", text).replace(".", ""))
    return int(read.hour * 60 + read.minute)


def agreement(
    claimed: Moment, found: Moment, *, years: frozenset[int], published: datetime.date | None
) -> Agreement | None:
    """How a claim's moment stands to a sentence's, or None if they are of kinds that can't be compared.

    `years` are those that the sentences around speak of; `published` is the article's day.
    """
    if claimed.minute is not None or found.minute is not None:
        if claimed.minute is None or found.minute is None:
            return None
        return Agreement.ENTAILED if claimed.minute == found.minute else Agreement.CONTRARY
    if claimed.weekday or found.weekday:
        return _weekdays(claimed, found, published)
    claimed_year, found_year, sure = claimed.year, found.year, True
    if found_year is None and claimed_year is not None:
        found_year = _year_of(found, published)
        if found_year is None:
            found_year, sure = claimed_year, claimed_year in years
    year = found_year or claimed_year or _EPOCHS[0].year
    one, other = _days(claimed, claimed_year or year), _days(found, found_year or year)
    if one[1] < other[0] or other[1] < one[0]:
        return Agreement.CONTRARY
    entailed = sure and one[0] <= other[0] and other[1] <= one[1]
    return Agreement.ENTAILED if entailed else Agreement.UNKNOWN


def _weekdays(claimed: Moment, found: Moment, published: datetime.date | None) -> Agreement | None:
    if claimed.weekday and found.weekday:
        return Agreement.ENTAILED if claimed.weekday == found.weekday else Agreement.CONTRARY
    moment = found if claimed.weekday else claimed
    year = moment.year or _year_of(moment, published)
    if year is None or moment.day is None or moment.until or moment.relation:
        return Agreement.UNKNOWN
    day = datetime.date(year, moment.month or 1, moment.day)
    same = day.strftime("%A") == (claimed.weekday or found.weekday)
    if claimed.weekday:  # "on Tuesday" of a claim, and the article gives the date
        return Agreement.ENTAILED if same else Agreement.CONTRARY
    # "on Tuesday" of an article: only its day says which Tuesday.
    if published is None or abs((day - published).days) > 6:
        return Agreement.UNKNOWN
    return Agreement.ENTAILED if same else Agreement.CONTRARY


def _year_of(moment: Moment, published: datetime.date | None) -> int | None:
    """The year that a date without one means in an article of that day, where that is safe to say."""
    if published is None or moment.month is None:
        return None
    for year in (published.year, published.year - 1, published.year + 1):
        first, last = _days(moment, year)
        if first - _NEAR <= published.toordinal() <= last + _NEAR:
            return year
    return None


def _days(moment: Moment, year: int) -> tuple[float, float]:
    """The first and last day (ordinals) that a date in that year may mean, endless where it is open."""
    first = _date(year, moment.month or 1, moment.day or 1)
    if moment.until is not None:
        last = _date(moment.until[0] if moment.year else year, *moment.until[1:])
    elif moment.month is None:
        last = _date(year, 12, 31)
    else:
        last = _date(year, moment.month, moment.day or 31)
    if moment.relation == "before":
        return -math.inf, first - 1
    if moment.relation == "until":
        return -math.inf, last
    if moment.relation == "since":
        return first, math.inf
    return (last + 1, math.inf) if moment.relation == "after" else (first, last)


def _date(year: int, month: int, day: int) -> int:
    """The ordinal of a day, or of its month's last one if the month is shorter."""
    last = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, min(day, last)).toordinal()
