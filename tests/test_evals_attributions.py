"""The hand-labelled sentences fit their articles, and the figures of who says what are what a hand gets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.attribution_labels import ATTRIBUTIONS, AttributionFileError, Label, read_labels
from evals.attributions import (
    MEASURES,
    Attribute,
    AttributionFigures,
    judge,
    markdown_lines,
    measure_attributions,
    same_name,
)
from evals.questions import CORPORA, Span, read_corpus
from rag.schema import Article, Attribution, SentenceKind, Speech
from rag.sentences import split_sentences

RAINED, WET, COLD, GAUGE, NOBODY = SENTENCES = (
    "It rained.",
    '"We got wet," said Ann Lee, mayor of Orr.',
    '"Very wet and cold," she told the Bee.',
    "The gauge is right, an official said.",
    "Nobody minds that.",
)
ARTICLE = Article.from_text(id="a1", title="Rain", text=" ".join(SENTENCES))
TINY = {"tiny": {"rain.txt": ARTICLE}}
Corpora = Mapping[str, Mapping[str, Article]]


def asserted(sentence: str, **changes: Any) -> dict[str, Any]:
    return {
        "corpus": "tiny",
        "article": "rain.txt",
        "sentence": sentence,
        "said": "asserted",
        "speaker": "",
        "accept": [],
        "role": "",
        "organisation": "",
        "named": None,
        "speech": "",
        "outlet": "",
        "borderline": False,
        "note": "",
        **changes,
    }


def reported(sentence: str, speaker: str, **changes: Any) -> dict[str, Any]:
    details = {"said": "reported", "speaker": speaker, "named": True, "speech": "direct"}
    return asserted(sentence, **{**details, **changes})


LINES = (
    asserted(RAINED),
    reported(WET, "Ann Lee", accept=["Lee"], role=["mayor", "mayor of Orr"], organisation="Orr"),
    reported(
        COLD, "Ann Lee", accept=["Lee"], role=None, organisation=["", "Orr"], outlet=["the Bee", "Bee News"]
    ),
    reported(GAUGE, "an official", named=False, speech="indirect"),
    asserted(NOBODY, borderline=True),
)


def attribution(quote: str, speaker: str, speech: Speech = Speech.DIRECT, **details: Any) -> Attribution:
    start = ARTICLE.text.index(quote)
    return Attribution(start=start, end=start + len(quote), speaker=speaker, speech=speech, **details)


def found_in_rain(article: Article) -> Sequence[Attribution]:
    """Takes two asserted sentences as reported, misses the official, and leaves "she" as it stands."""
    assert article is ARTICLE
    return (
        attribution(RAINED, "Ann Lee"),
        attribution(WET, "Lee", role="Mayor"),
        attribution(COLD, "she", Speech.INDIRECT, role="queen", outlet="Bee"),
        attribution(NOBODY, "nobody"),
    )


def write(tmp_path: Path, *lines: dict[str, Any]) -> Path:
    path = tmp_path / "attributions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def measured(tmp_path: Path, attribute: Attribute = found_in_rain) -> AttributionFigures:
    return measure_attributions(attribute, path=write(tmp_path, *LINES), corpora=TINY)


@pytest.fixture(scope="module")
def corpora() -> Corpora:
    return {name: read_corpus(folder) for name, folder in CORPORA.items()}


@pytest.fixture(scope="module")
def labels(corpora: Corpora) -> tuple[Label, ...]:
    return read_labels(ATTRIBUTIONS, corpora)


# The labels


def test_every_body_sentence_of_every_article_is_labelled_once(
    labels: tuple[Label, ...], corpora: Corpora
) -> None:
    bodies = [
        Span(article_id=article.id, start=sentence.start, end=sentence.end)
        for some in corpora.values()
        for article in some.values()
        for sentence in split_sentences(article.text, title=article.title)
        if sentence.kind is SentenceKind.BODY
    ]
    assert sorted(label.span for label in labels) == sorted(bodies)


def test_both_kinds_of_sentence_and_of_speech_are_there_in_numbers(labels: tuple[Label, ...]) -> None:
    said = [label for label in labels if label.reported]
    assert len(said) > 150
    assert len(labels) - len(said) > 150
    assert sum(label.speech is Speech.DIRECT for label in said) > 50
    assert sum(label.speech is Speech.INDIRECT for label in said) > 50
    assert sum(label.named is False for label in said) >= 10


def test_no_pronoun_counts_as_a_speaker(labels: tuple[Label, ...]) -> None:
    pronouns = {"he", "she", "it", "they", "i", "we", "you"}
    assert not pronouns & {name.casefold() for label in labels for name in label.speakers}


def test_every_name_but_those_of_the_labels_own_making_stands_in_its_article(
    labels: tuple[Label, ...], corpora: Corpora
) -> None:
    # Where the article only says "her office", the label says whose.
    own = {"the mayor's office", "three tenants", "the fire service's log"}
    strays = {
        label.speakers[0]
        for label in labels
        if label.reported and label.speakers[0] not in own
        if label.speakers[0].removeprefix("the ").casefold()
        not in " ".join(corpora[label.corpus][label.article].text.split()).casefold()
    }
    assert strays == set()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sentence": "It snowed."}, "not exactly once"),
        ({"sentence": "e"}, "not exactly once"),
        ({"sentence": ""}, "not exactly once"),
        ({"sentence": RAINED}, "labelled twice"),
        ({"said": "asserted"}, "contradict"),
        ({"speaker": ""}, "contradict"),
        ({"said": "asserted", "speaker": "", "speech": "", "named": None, "role": "mayor"}, "contradict"),
        ({"said": "sung"}, "sung"),
        ({"speech": ""}, "neither direct nor indirect"),
        ({"speech": "loud"}, "loud"),
        ({"article": "sun.txt"}, "sun.txt"),
        ({"corpus": "vast"}, "vast"),
    ],
)
def test_a_line_that_contradicts_itself_or_its_article_is_refused(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    path = write(tmp_path, asserted(RAINED), {**reported(WET, "Ann Lee"), **changes})
    with pytest.raises(AttributionFileError, match=rf"attributions\.jsonl, line 2: .*{why}"):
        read_labels(path, TINY)


# Judging


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The Fire Service", "fire service", True),
        ("an official", "Official", True),
        ("the employees’ representative", "employees' representative", True),
        ("Ann\nLee", "Ann Lee", True),
        ("Ann Lee", "Lee", False),
        ("the", "", False),
        ("Theodora", "odora", False),
        ("", "", True),
    ],
)
def test_names_are_the_same_but_for_case_article_and_apostrophe(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
    assert same_name(other, one) is same


@pytest.mark.parametrize(("length", "counts"), [(0, False), (5, False), (6, True), (10, True)])
def test_a_sentence_is_reported_where_more_than_half_of_it_is(
    tmp_path: Path, length: int, counts: bool
) -> None:
    label = read_labels(write(tmp_path, asserted(RAINED)), TINY)[0]
    part = Attribution(start=0, end=length, speaker="Ann Lee", speech=Speech.DIRECT)
    assert (judge(label, [part]).found is part) is counts


def test_of_two_attributions_the_one_that_covers_more_counts(tmp_path: Path) -> None:
    label = read_labels(write(tmp_path, LINES[1]), TINY)[0]
    whole, other = attribution(WET, "Lee"), attribution("rained. " + WET[:20], "Ray")
    assert judge(label, [other, whole]).found is whole


def test_one_attribution_may_cover_several_sentences(tmp_path: Path) -> None:
    quoted = attribution(f"{WET} {COLD}", "Ann Lee")
    sentences = measured(tmp_path, lambda article: (quoted,)).sentences
    assert [judged.found for judged in sentences] == [None, quoted, quoted, None, None]


# Figures


def test_the_figures_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    row = measured(tmp_path).groups["tiny"]
    values = {name: figure.value for name, figure in row.items()}
    expected = {
        "precision": 2 / 4,
        "recall": 2 / 3,
        "f1": 4 / 7,
        "f1_clear": 2 / 3,
        "speaker_precision": 1 / 4,
        "speaker_recall": 1 / 3,
        "speech": 1 / 2,
        "named": 1.0,
        "role_precision": 1.0,
        "role_recall": 1.0,
        "organisation_precision": None,
        "organisation_recall": 0.0,
        "outlet_precision": 1.0,
        "outlet_recall": 1.0,
    }
    assert values == pytest.approx(expected)
    assert [row[name].count for name in ("precision", "recall", "f1", "f1_clear")] == [4, 3, 5, 4]


def test_an_article_by_itself_has_no_interval(tmp_path: Path) -> None:
    figure = measured(tmp_path).groups["tiny"]["recall"]
    assert (figure.low, figure.high) == (None, None)


def test_an_interval_is_over_whole_articles(tmp_path: Path) -> None:
    sentences = measured(tmp_path).sentences
    missed = [
        replace(
            judged,
            label=replace(judged.label, span=replace(judged.label.span, article_id="b2"), article="b.txt"),
            found=None,
        )
        for judged in sentences
    ]
    figures = AttributionFigures(sentences=(*sentences, *missed))
    recall = figures.groups["tiny"]["recall"]
    assert (recall.value, recall.low, recall.high) == pytest.approx((1 / 3, 0.0, 2 / 3))
    assert list(figures.articles) == ["rain.txt", "b.txt"]


def test_every_error_is_told_in_words(tmp_path: Path) -> None:
    assert [judged.errors for judged in measured(tmp_path).sentences] == [
        ("asserted, not said by Ann Lee",),
        ("organisation Orr, not none",),
        ("said by Ann Lee, not she",),
        ("missed, said by an official",),
        ("asserted, not said by nobody",),
    ]


def test_wrong_details_of_a_right_speaker_are_told(tmp_path: Path) -> None:
    label = read_labels(write(tmp_path, LINES[3]), TINY)[0]
    found = attribution(GAUGE, "official", role="clerk", outlet="Bee")
    assert judge(label, [found]).errors == (
        "role none, not clerk",
        "outlet none, not Bee",
        "speech indirect, not direct",
        "named False, not True",
    )


def test_the_report_has_every_figure_article_and_error(tmp_path: Path) -> None:
    lines = list(markdown_lines(measured(tmp_path)))
    assert "5 sentences labelled by hand: 3 reported, 1 borderline." in lines
    assert "| reported: recall | 0.667 |" in lines
    assert "| organisation: precision | – |" in lines
    assert "| rain.txt | 5 | 3 | 0.500 | 0.667 | 0.571 | 0.250 | 0.333 |" in lines
    assert f"- rain.txt: said by Ann Lee, not she: {COLD}" in lines
    assert f"- rain.txt (borderline): asserted, not said by nobody: {NOBODY}" in lines


def test_what_the_labels_say_gets_full_marks_on_every_figure(labels: tuple[Label, ...]) -> None:
    def told(article: Article) -> Sequence[Attribution]:
        return [
            Attribution(
                start=label.span.start,
                end=label.span.end,
                speaker=label.speakers[-1],
                speech=label.speech or Speech.DIRECT,
                named=label.named is not False,
                role=(label.roles or ("",))[-1],
                organisation=(label.organisations or ("",))[-1],
                outlet=(label.outlets or ("",))[-1],
            )
            for label in labels
            if label.reported and label.span.article_id == article.id
        ]

    figures = measure_attributions(told)
    assert {name: figure.value for name, figure in figures.groups["all"].items()} == {
        measure.name: 1.0 for measure in MEASURES
    }
    assert not any(judged.errors for judged in figures.sentences)


def test_finding_nothing_is_no_success() -> None:
    row = measure_attributions(lambda article: ()).groups["all"]
    assert (row["precision"].value, row["recall"].value, row["f1"].value) == (None, 0.0, 0.0)
