from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from builders import candidate_of, passages_of
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import IndexBusyError
from rag.evidence import nearest_evidence, select_evidence
from rag.ranker import RankedSentence
from rag.schema import Evidence, Passage
from rag.sentences import split_sentences
from rag.signals import SentenceRow

TITLES = {"a": "First", "b": "Second"}


class Articles:
    """Articles in passages, of which some sentences are ranked."""

    def __init__(self, *articles: Sequence[Passage]) -> None:
        self.passages = [passage for article in articles for passage in article]

    def neighbours(self, passage: Passage) -> tuple[Passage | None, Passage | None]:
        places = {(p.article_id, p.position): p for p in self.passages}
        before, after = (places.get((passage.article_id, passage.position + step)) for step in (-1, 1))
        return before, after

    def text(self, article_id: str) -> str:
        return "".join(passage.text for passage in self.passages if passage.article_id == article_id)

    def ranked(self, chances: Mapping[str, float]) -> list[RankedSentence]:
        """The sentences that begin like the keys, with these probabilities, best first."""
        found = []
        for passage in self.passages:
            for number in range(len(passage.sentences)):
                row = SentenceRow(candidate_of(passage), number)
                chance = next((c for start, c in chances.items() if row.text().startswith(start)), None)
                if chance is not None:
                    found.append(RankedSentence(row=row, score=chance, probability=chance))
        return sorted(found, key=lambda ranked: -ranked.probability)

    def select(
        self,
        chances: Mapping[str, float],
        *,
        threshold: float = 0.3,
        most: int = 3,
        best_first: bool = False,
    ) -> tuple[Evidence, ...]:
        evidence = select_evidence(
            self.ranked(chances),
            titles=TITLES,
            threshold=threshold,
            most=most,
            neighbours=self.neighbours,
            best_first=best_first,
        )
        for piece in evidence:
            assert self.text(piece.article_id)[piece.start : piece.end] == piece.text
            (within,) = [p for p in self.passages if p.id == piece.passage_id]
            assert within.start <= piece.start < within.end
        return evidence


def texts(evidence: Sequence[Evidence]) -> list[str]:
    return [piece.text for piece in evidence]


def one(text: str, *cuts: str) -> Articles:
    return Articles(passages_of(text, *cuts))


def test_the_best_sentence_is_the_evidence() -> None:
    articles = one("The council met on Monday. The bus budget was cut. Rain fell in the evening.")

    (piece,) = articles.select({"The bus": 0.8, "Rain": 0.1})

    assert (piece.text, piece.score, piece.title) == ("The bus budget was cut.", 0.8, "First")


def test_under_the_threshold_there_is_none() -> None:
    assert one("The bus budget was cut.").select({"The bus": 0.29}) == ()
    assert one("The bus budget was cut.").select({}) == ()
    assert one("The bus budget was cut.").select({"The bus": 0.3}) != ()


POINTER = (
    "The White House gave Ukraine the green light, but with certain restrictions. "
    "The US does not authorize deep strikes. Rain fell in the evening."
)


def test_a_pointer_sentence_brings_the_substance_that_follows() -> None:
    evidence = one(POINTER).select({"The White": 0.8})

    assert texts(evidence) == [POINTER.removesuffix(" Rain fell in the evening.")]


def test_the_substance_is_found_in_the_next_passage() -> None:
    evidence = one(POINTER, "The US").select({"The White": 0.8})

    assert texts(evidence) == [POINTER.removesuffix(" Rain fell in the evening.")]


@pytest.mark.parametrize(
    "announcement",
    [
        "The council gave three reasons.",
        "The council set the following conditions:",
        "The council agreed, with a number of exceptions.",
        "The rules are as follows:",
    ],
)
def test_what_is_announced_comes_along(announcement: str) -> None:
    text = f"{announcement} Money is short in the town. Rain fell."

    assert texts(one(text).select({announcement[:14]: 0.8})) == [
        f"{announcement} Money is short in the town."
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "He said so on Monday.",
        "But they refused to pay.",
        "This surprised the drivers.",
        "Later, she signed the paper.",
        "“It was a mistake,” she said.",
        "Both were dismissed.",
    ],
)
def test_a_sentence_that_leans_back_brings_the_one_before(sentence: str) -> None:
    text = f"Rain fell. Mayor Ada Storm spoke to the council members. {sentence} The trams stopped."

    assert texts(one(text).select({sentence[:12]: 0.8})) == [
        f"Mayor Ada Storm spoke to the council members. {sentence}"
    ]


@pytest.mark.parametrize(
    "sentence",
    ["It is clear that the budget was cut.", "Heather Lee signed it.", "The two-line tram stopped."],
)
def test_a_sentence_that_stands_alone_is_alone(sentence: str) -> None:
    text = f"The mayor spoke at noon. {sentence}"

    assert texts(one(text).select({sentence[:12]: 0.8})) == [sentence]


QUOTATION = '"The guns were not silent all day. From the first days they fired," a commander said. Rain fell.'


@pytest.mark.parametrize("best", ['"The guns', "From the first"])
@pytest.mark.parametrize("cuts", [(), ("From the first",)])
def test_the_halves_of_a_quotation_come_together(best: str, cuts: tuple[str, ...]) -> None:
    assert texts(one(QUOTATION, *cuts).select({best: 0.8})) == [QUOTATION.removesuffix(" Rain fell.")]


def test_a_chain_ends_at_three_sentences() -> None:
    text = "Ada Storm spoke. She was angry. She left. She drove home. She slept."

    assert texts(one(text).select({"She slept": 0.8}, most=1)) == ["She left. She drove home. She slept."]


def test_the_second_sentence_takes_only_what_is_left() -> None:
    text = "Ada Storm spoke. She left. The bus budget was cut. The trams stopped. Rain fell."

    evidence = one(text).select({"The bus": 0.9, "She left": 0.8, "Rain": 0.7}, most=2)

    assert texts(evidence) == ["She left. The bus budget was cut."]


def test_further_sentences_count_only_when_more_likely_than_not() -> None:
    text = "The bus budget was cut. Rain fell. The tram budget was doubled. Nobody paid."

    assert len(one(text).select({"The bus": 0.6, "The tram": 0.49})) == 1
    assert len(one(text).select({"The bus": 0.6, "The tram": 0.5})) == 2
    assert len(one(text).select({"The bus": 0.9, "The tram": 0.8}, threshold=0.85)) == 1


def test_no_more_sentences_than_asked_for() -> None:
    text = "Aa fell down. Ee came. Bb rose quickly. Ff came. Cc went home. Gg came. Dd stayed behind."

    assert len(one(text).select({"Aa": 0.9, "Bb": 0.8, "Cc": 0.7, "Dd": 0.6}, most=2)) == 2


def test_adjacent_sentences_become_one_piece_in_article_order() -> None:
    text = "The trams stopped. The bus budget was cut. Rain fell. Nobody was hurt."

    evidence = one(text).select({"The bus": 0.9, "The trams": 0.7, "Nobody": 0.6})

    assert texts(evidence) == ["The trams stopped. The bus budget was cut.", "Nobody was hurt."]
    assert [piece.score for piece in evidence] == [0.9, 0.6]


def test_adjacent_sentences_of_two_passages_become_one_piece() -> None:
    text = "The trams stopped. The bus budget was cut. Rain fell."

    evidence = one(text, "The bus").select({"The bus": 0.9, "The trams": 0.7})

    assert texts(evidence) == ["The trams stopped. The bus budget was cut."]


def test_a_piece_over_three_passages_has_its_exact_text() -> None:
    text = "Rain fell. The trams stopped. The council gave three reasons. Money is short. Nobody paid."
    articles = one(text, "The council", "Money", "Nobody")

    evidence = articles.select({"The council": 0.9, "The trams": 0.8})

    assert texts(evidence) == ["The trams stopped. The council gave three reasons. Money is short."]


def test_paragraphs_are_cited_one_by_one() -> None:
    text = "The trams stopped, with certain exceptions.\n\nNight trams went on.\n\nRain fell."

    evidence = one(text).select({"The trams": 0.9})

    assert texts(evidence) == ["The trams stopped, with certain exceptions.", "Night trams went on."]


def test_headings_and_captions_are_never_cited() -> None:
    text = (
        "Tram News\n\nHe said so on Monday.\n\nThe trams stopped, with certain exceptions.\n\n"
        "A tram on Monday (photo: AP)\n\nRain fell."
    )
    articles = Articles(passages_of(text, title="Tram News"))

    assert texts(articles.select({"He said": 0.9})) == ["He said so on Monday."]
    assert texts(articles.select({"The trams": 0.9})) == ["The trams stopped, with certain exceptions."]
    assert articles.select({"Tram News": 0.9, "A tram": 0.8}) == ()


def test_nothing_is_cited_twice() -> None:
    evidence = one(POINTER).select({"The White": 0.9, "The US": 0.8})

    assert texts(evidence) == [POINTER.removesuffix(" Rain fell in the evening.")]


def test_the_same_words_in_two_articles_are_cited_once() -> None:
    text = "The council of Wenna cut the bus budget by 12 percent."
    told = "The council of Wenna has cut the bus budget by 12 percent."
    articles = Articles(passages_of(text), passages_of(told, article_id="b"))

    assert len(articles.select({"The council": 0.9})) == 1


@pytest.mark.parametrize(
    "other",
    [
        "The council of Wenna cut the bus budget by 90 percent on Monday.",
        "The council of Wenna didn't cut the bus budget by 12 percent on Monday.",
        "The council of Wenna never cut the bus budget by 12 percent on Monday.",
        "The council of Wenna cut the tram budget by 12 percent on Monday.",
    ],
)
def test_articles_that_contradict_each_other_are_both_cited(other: str) -> None:
    text = "The council of Wenna cut the bus budget by 12 percent on Monday."
    articles = Articles(passages_of(text), passages_of(other, article_id="b"))

    assert texts(articles.select({"The council": 0.9})) == [text, other]


def test_asked_for_the_best_first_the_deciding_sentence_comes_before_an_earlier_one() -> None:
    articles = one(
        "The budget of the council was debated for long. Rain fell. The US allowed deep strikes on Monday."
    )
    chances = {"The US": 0.9, "The budget": 0.6}

    assert texts(articles.select(chances))[0].startswith("The budget")
    assert texts(articles.select(chances, best_first=True))[0].startswith("The US")


def test_articles_come_by_their_best_sentence_and_each_in_its_order() -> None:
    articles = Articles(
        passages_of("The trams stopped. Rain fell. Nobody was hurt."),
        passages_of("Workers struck. Snow fell. The mayor resigned.", article_id="b"),
    )

    evidence = articles.select({"The mayor": 0.9, "Nobody": 0.8, "The trams": 0.7, "Workers": 0.6}, most=4)

    assert [(p.article_id, p.text) for p in evidence] == [
        ("b", "Workers struck."),
        ("b", "The mayor resigned."),
        ("a", "The trams stopped."),
        ("a", "Nobody was hurt."),
    ]


def test_the_nearest_come_best_first_each_once_and_five_at_most() -> None:
    first = passages_of("Aa fell. Bb fell. Cc fell. Dd fell. Ee fell. Ff fell.")
    articles = Articles(first, passages_of("Bb fell.", article_id="b"))
    ranked = articles.ranked({"Bb": 0.2, "Aa": 0.1, "Cc": 0.09, "Dd": 0.08, "Ee": 0.07, "Ff": 0.06})

    nearest = nearest_evidence(ranked, TITLES)

    assert texts(nearest) == ["Bb fell.", "Aa fell.", "Cc fell.", "Dd fell.", "Ee fell."]
    assert nearest[0].article_id == "a"
    assert nearest_evidence([], TITLES) == ()


SENTENCES = st.sampled_from(
    [
        "The trams stopped.",
        "He left.",
        "There were three reasons.",
        '"We will pay.',
        'Nobody else will," she said.',
        "It rained\u00a0– 🙂 heavily.",
        "Zoe\u0308 signed, with certain exceptions.",
        "\n\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_chosen_is_the_articles_exact_text_and_never_twice(data: st.DataObject) -> None:
    written = data.draw(
        st.lists(SENTENCES, min_size=1, max_size=12).filter(lambda found: "".join(found).strip())
    )
    whole = " ".join(f"Tram {n} left. {sentence}" for n, sentence in enumerate(written))
    sentences = split_sentences(whole)
    starts = [sentence.start for sentence in sentences[1:]]
    cuts = (
        starts
        if data.draw(st.booleans())
        else sorted(data.draw(st.sets(st.sampled_from([0, *starts]))) - {0})
    )
    passages = [
        Passage(
            id=f"a-{position}",
            article_id="a",
            position=position,
            text=whole[start:end],
            start=start,
            end=end,
            sentences=tuple(s for s in sentences if start <= s.start < end),
        )
        for position, (start, end) in enumerate(pairwise([0, *cuts, len(whole)]))
    ]
    rows = [SentenceRow(candidate_of(p), number) for p in passages for number in range(len(p.sentences))]
    chances = data.draw(st.lists(st.floats(0, 1), min_size=len(rows), max_size=len(rows)))
    articles = Articles(passages)
    ranked = [
        RankedSentence(row=row, score=chance, probability=chance)
        for row, chance in zip(rows, chances, strict=True)
    ]

    evidence = select_evidence(
        sorted(ranked, key=lambda r: -r.probability),
        titles=TITLES,
        threshold=0.2,
        most=data.draw(st.integers(1, 10)),
        neighbours=articles.neighbours,
    )

    for piece in evidence:
        assert piece.text
        assert whole[piece.start : piece.end] == piece.text
    spans = [(piece.start, piece.end) for piece in evidence]
    assert spans == sorted(spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_passages_of_two_versions_of_an_article_are_never_quoted_together() -> None:
    articles = one(POINTER, "The US")
    moved = replace(articles.passages[1], start=articles.passages[1].start + 9)

    with pytest.raises(IndexBusyError, match="Ask again"):
        select_evidence(
            articles.ranked({"The White": 0.8}),
            titles=TITLES,
            threshold=0.3,
            most=3,
            neighbours=lambda passage: (None, moved),
        )
