"""The sentences that were labelled by hand with who says them, each with its place in its article."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.questions import EVALS, QuestionFileError, Span, find_quote
from rag.schema import Article, Speech

ATTRIBUTIONS = EVALS / "attributions.jsonl"


class AttributionFileError(ValueError):
    """The label file doesn't fit its description or its articles; the message names the line."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """One sentence as it was labelled by hand.

    `speakers`, `roles`, `organisations` and `outlets` are the namings that count as right, the fullest
    first; "" among them: giving none is right. None, as for `speech` and `named`: it isn't scored.
    `speakers` is empty exactly for what the article asserts itself. `borderline` marks what could be
    labelled the other way with good reasons.
    """

    corpus: str
    article: str
    span: Span
    text: str
    speakers: tuple[str, ...]
    roles: tuple[str, ...] | None
    organisations: tuple[str, ...] | None
    outlets: tuple[str, ...] | None
    named: bool | None
    speech: Speech | None
    borderline: bool

    @property
    def reported(self) -> bool:
        """Whether somebody else than the article says it."""
        return bool(self.speakers)


def read_labels(path: Path, corpora: Mapping[str, Mapping[str, Article]]) -> tuple[Label, ...]:
    """The labels of a file in the form that README.md describes, in their order.

    `corpora` are the articles by corpus and file name. Raises AttributionFileError when a line doesn't
    fit, its sentence doesn't stand exactly once in its article, or has been labelled before.
    """
    labels: list[Label] = []
    seen: set[Span] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            label = _label(json.loads(line), corpora)
            if label.span in seen:
                raise AttributionFileError(f"labelled twice: {label.text!r}")
        except QuestionFileError as error:
            where = f"{path.name}, line {number}: not exactly once in its article"
            raise AttributionFileError(f"{where}: {error}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise AttributionFileError(f"{path.name}, line {number}: {error!r}") from error
        seen.add(label.span)
        labels.append(label)
    return tuple(labels)


def _label(line: dict[str, Any], corpora: Mapping[str, Mapping[str, Article]]) -> Label:
    reported = {"reported": True, "asserted": False}[line["said"]]
    speech = line["speech"]
    label = Label(
        corpus=line["corpus"],
        article=line["article"],
        span=find_quote(line["sentence"], {"": corpora[line["corpus"]][line["article"]]}),
        text=line["sentence"],
        speakers=tuple(name for name in (line["speaker"], *line["accept"]) if name),
        roles=_options(line["role"]),
        organisations=_options(line["organisation"]),
        outlets=_options(line["outlet"]),
        named=line["named"],
        speech=Speech(speech) if speech else None,
        borderline=line["borderline"],
    )
    details = (label.roles, label.organisations, label.outlets, label.named, speech)
    if reported is not bool(line["speaker"]) or (not reported and details != (*[("",)] * 3, None, "")):
        raise AttributionFileError(f"`said` and the speaker contradict each other: {label.text!r}")
    if reported and speech == "":
        raise AttributionFileError(f"reported, but neither direct nor indirect: {label.text!r}")
    return label


def _options(value: str | list[str] | None) -> tuple[str, ...] | None:
    return (value,) if isinstance(value, str) else value if value is None else tuple(value)
