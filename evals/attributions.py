"""Who says what: the hand-labelled sentences, held against what `rag.attribution` finds in their articles.

`python -m evals.attributions` prints the figures and every error. README.md says how the labels were given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from evals import metrics
from evals.attribution_labels import ATTRIBUTIONS, Label, read_labels
from evals.figures import Figure
from evals.questions import CORPORA, Span, read_corpus
from evals.tables import plain, table_head, table_row, with_interval
from rag.attribution import attribute
from rag.schema import Article, Attribution

_T = TypeVar("_T")

Attribute = Callable[[Article], Sequence[Attribution]]


# Judging


def same_name(one: str, other: str) -> bool:
    """Whether two namings are equal but for case, a leading article, the kind of apostrophe and white space.

    Nothing else is forgiven: which shorter forms are right is said with each label.
    """
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    words = name.casefold().replace("’", "'").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("the", "a", "an") else words)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A labelled sentence and the attribution found there: the one that covers most of it.

    None where no attribution covers more than half of its characters: the sentence was taken as asserted.
    """

    label: Label
    found: Attribution | None

    @property
    def speaker_right(self) -> bool:
        """Whether it is reported, and the speaker found is one of those that count as right."""
        return self.found is not None and _is_one_of(self.found.speaker, self.label.speakers)

    @property
    def details(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """What was found and what counts as right, for each name but the speaker's that is scored.

        Empty unless the sentence is reported and was found to be.
        """
        if self.found is None or not self.label.reported:
            return {}
        pairs = {
            "role": (self.found.role, self.label.roles),
            "organisation": (self.found.organisation, self.label.organisations),
            "outlet": (self.found.outlet, self.label.outlets),
        }
        return {name: (given, right) for name, (given, right) in pairs.items() if right is not None}

    @property
    def flags(self) -> dict[str, tuple[str | bool, str | bool]]:
        """The same for speech and named, which have one right value."""
        if self.found is None or not self.label.reported:
            return {}
        pairs: dict[str, tuple[str | bool, str | bool | None]] = {
            "speech": (self.found.speech, self.label.speech),
            "named": (self.found.named, self.label.named),
        }
        return {name: (given, right) for name, (given, right) in pairs.items() if right is not None}

    @property
    def errors(self) -> tuple[str, ...]:
        """What is wrong, in words; the speaker's details only where the speaker is right."""
        if self.found is None:
            return (f"missed, said by {self.label.speakers[0]}",) if self.label.reported else ()
        if not self.label.reported:
            return (f"asserted, not said by {self.found.speaker}",)
        if not self.speaker_right:
            return (f"said by {self.label.speakers[0]}, not {self.found.speaker}",)
        wrong = [
            (name, given, right[0])
            for name, (given, right) in self.details.items()
            if not _is_one_of(given, right)
        ]
        wrong += [
            (name, str(given), str(right)) for name, (given, right) in self.flags.items() if given != right
        ]
        return tuple(f"{name} {right or 'none'}, not {given or 'none'}" for name, given, right in wrong)


def _is_one_of(name: str, right: Iterable[str]) -> bool:
    return any(same_name(name, other) for other in right)


def judge(label: Label, attributions: Iterable[Attribution]) -> Judged:
    """Hold a label against the attributions of its article, by place."""

    def covered(found: Attribution) -> int:
        return label.span.overlap(Span(article_id=label.span.article_id, start=found.start, end=found.end))

    best = max(attributions, key=covered, default=None)
    enough = best is not None and 2 * covered(best) > len(label.span)
    return Judged(label=label, found=best if enough else None)


# Figures

Sample = Callable[[Judged], float | None]
_Tallies = tuple[tuple[float, int], ...]  # for each sample: how many are right, of how many


def _precision(judged: Judged) -> float | None:
    return float(judged.label.reported) if judged.found is not None else None


def _recall(judged: Judged) -> float | None:
    return float(judged.found is not None) if judged.label.reported else None


def _speaker_precision(judged: Judged) -> float | None:
    return float(judged.speaker_right) if judged.found is not None else None


def _speaker_recall(judged: Judged) -> float | None:
    return float(judged.speaker_right) if judged.label.reported else None


def _clear(sample: Sample) -> Sample:
    return lambda judged: None if judged.label.borderline else sample(judged)


def _given(name: str) -> Sample:
    """Of the names given, whether each is right."""

    def sample(judged: Judged) -> float | None:
        given, right = judged.details.get(name, ("", ()))
        return float(_is_one_of(given, right)) if given else None

    return sample


def _wanted(name: str) -> Sample:
    """Of the names that the article gives, whether each was found."""

    def sample(judged: Judged) -> float | None:
        given, right = judged.details.get(name, ("", ()))
        return float(_is_one_of(given, right)) if right and "" not in right else None

    return sample


def _equal(name: str) -> Sample:
    def sample(judged: Judged) -> float | None:
        pair = judged.flags.get(name)
        return float(pair[0] == pair[1]) if pair else None

    return sample


@dataclass(frozen=True, kw_only=True)
class AttributionMeasure:
    """A figure over sentences: the mean of `samples[0]`, or the F1 of two such means. Higher is better."""

    name: str
    label: str
    samples: tuple[Sample, ...]

    def value(self, sentences: Sequence[Judged]) -> float | None:
        """The figure alone (0 to 1); None where it doesn't apply to any sentence."""
        return self._value([self._tallies(sentences)])

    def of(self, sentences: Sequence[Judged]) -> Figure:
        """The figure with its 95% interval, over the `count` sentences that it applies to.

        Whole articles are drawn for the interval, for the sentences of one hang together (Efron and
        Tibshirani 1993, chapter 8); of a single article there is none.
        """
        count = sum(any(sample(one) is not None for sample in self.samples) for one in sentences)
        articles = _grouped(sentences, lambda judged: judged.label.span.article_id).values()
        tallies = [self._tallies(article) for article in articles]
        value = self._value(tallies)
        drawn = value is not None and len(tallies) > 1
        return Figure.of(value, metrics.bootstrap_interval(tallies, self._value) if drawn else None, count)

    def _tallies(self, sentences: Sequence[Judged]) -> _Tallies:
        # Counted once for each article: the resamples only add them up.
        values = [[value for value in map(sample, sentences) if value is not None] for sample in self.samples]
        return tuple((sum(known), len(known)) for known in values)

    def _value(self, articles: Sequence[_Tallies]) -> float | None:
        means: list[float | None] = []
        for tallies in zip(*articles, strict=True):
            count = sum(known for _, known in tallies)
            means.append(sum(right for right, _ in tallies) / count if count else None)
        return means[0] if len(means) == 1 else metrics.f1(*means)


_DETAILS = ("role", "organisation", "outlet")
MEASURES = (
    AttributionMeasure(name="precision", label="reported: precision", samples=(_precision,)),
    AttributionMeasure(name="recall", label="reported: recall", samples=(_recall,)),
    AttributionMeasure(name="f1", label="reported: F1", samples=(_precision, _recall)),
    AttributionMeasure(
        name="f1_clear",
        label="reported: F1 without borderline sentences",
        samples=(_clear(_precision), _clear(_recall)),
    ),
    AttributionMeasure(name="speaker_precision", label="speaker: precision", samples=(_speaker_precision,)),
    AttributionMeasure(name="speaker_recall", label="speaker: recall", samples=(_speaker_recall,)),
    AttributionMeasure(name="speech", label="direct or indirect: accuracy", samples=(_equal("speech"),)),
    AttributionMeasure(name="named", label="named or not: accuracy", samples=(_equal("named"),)),
    *(
        AttributionMeasure(name=f"{name}_{way}", label=f"{name}: {way}", samples=(sample(name),))
        for name in _DETAILS
        for way, sample in (("precision", _given), ("recall", _wanted))
    ),
)


@dataclass(frozen=True, kw_only=True)
class AttributionFigures:
    """Every labelled sentence, judged; the figures follow from them."""

    sentences: tuple[Judged, ...]

    @cached_property
    def groups(self) -> dict[str, dict[str, Figure]]:
        """Every figure by the name of its measure, for all sentences and for those of each corpus."""
        corpora = _grouped(self.sentences, lambda judged: judged.label.corpus)
        groups = {"all": list(self.sentences)} | corpora if len(corpora) > 1 else corpora
        return {group: {m.name: m.of(some) for m in MEASURES} for group, some in groups.items()}

    @property
    def articles(self) -> dict[str, list[Judged]]:
        """The sentences of each article, by file name."""
        return _grouped(self.sentences, lambda judged: judged.label.article)


def _grouped(items: Iterable[_T], key: Callable[[_T], str]) -> dict[str, list[_T]]:
    groups: dict[str, list[_T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def measure_attributions(
    attribute: Attribute = attribute,
    *,
    path: Path = ATTRIBUTIONS,
    corpora: Mapping[str, Mapping[str, Article]] | None = None,
) -> AttributionFigures:
    """Run `attribute` on each labelled article and judge what it finds.

    `corpora` are the articles by corpus and file name, the product's own unless given. Raises
    AttributionFileError when the labels don't fit them.
    """
    if corpora is None:
        corpora = {name: read_corpus(folder) for name, folder in CORPORA.items()}
    labels = read_labels(path, corpora)
    articles = {(label.corpus, label.article): corpora[label.corpus][label.article] for label in labels}
    found = {key: attribute(article) for key, article in articles.items()}
    return AttributionFigures(
        sentences=tuple(judge(label, found[label.corpus, label.article]) for label in labels)
    )


def markdown_lines(figures: AttributionFigures) -> Iterator[str]:
    """The section of the report: the figures, the articles one by one, and every error."""
    groups = figures.groups
    reported = sum(judged.label.reported for judged in figures.sentences)
    borderline = sum(judged.label.borderline for judged in figures.sentences)
    yield from (
        "## Who says what",
        "",
        f"{len(figures.sentences)} sentences labelled by hand: {reported} reported, {borderline} borderline.",
        "Speech, named, role, organisation and outlet: of the reported sentences that were found to be.",
        "",
        *table_head("figure", *groups),
    )
    for measure in MEASURES:
        yield table_row(measure.label, *(with_interval(row[measure.name]) for row in groups.values()))
    columns = ("precision", "recall", "f1", "speaker_precision", "speaker_recall")
    shown = [measure for measure in MEASURES if measure.name in columns]
    yield from ("", *table_head("article", "sentences", "reported", *(measure.label for measure in shown)))
    for name, sentences in figures.articles.items():
        counts = (len(sentences), sum(judged.label.reported for judged in sentences))
        yield table_row(name, *map(str, counts), *(plain(measure.value(sentences)) for measure in shown))
    wrong = [judged for judged in figures.sentences if judged.errors]
    yield from ("", f"{len(wrong)} sentences with an error, what is right before what was found:", "")
    for judged in wrong:
        mark = " (borderline)" if judged.label.borderline else ""
        text = " ".join(judged.label.text.split())
        yield f"- {judged.label.article}{mark}: {'; '.join(judged.errors)}: {text}"
    yield ""


if __name__ == "__main__":
    print("\n".join(markdown_lines(measure_attributions())))
