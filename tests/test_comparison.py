from __future__ import annotations

import datetime
import warnings

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from rag._figures import read_quantities
from rag.comparison import Comparison, Difference, DifferenceKind, compare

SEED = (ROOT / "corpus" / "us-authorization-of-strikes.txt").read_text(encoding="utf-8")
BUILD_UP = (
    "The Russians were preparing an even bigger offensive on the Kharkiv region, concentrating almost 90,000 "
    "soldiers on their territory."
)
NO_DEEP_STRIKES = (
    "The US does not yet authorize deep strikes against Russia, but Ukraine can attack Russian troops, "
    "positions, and launchers along its border."
)


def only(comparison: Comparison, kind: DifferenceKind) -> Difference:
    """The one difference of a kind."""
    (found,) = (difference for difference in comparison.differences if difference.kind is kind)
    return found


def contradicts(claim: str, sentence: str, *, published: datetime.date | None = None) -> bool:
    found = compare(claim, sentence, published=published).differences
    return any(difference.contradicts for difference in found)


def confirmed(claim: str, sentence: str, *, published: datetime.date | None = None) -> bool:
    found = compare(claim, sentence, published=published)
    return not found.differences and found.agreed > 0


def test_the_sentences_tried_here_stand_in_the_seed_article() -> None:
    assert BUILD_UP in SEED
    assert NO_DEEP_STRIKES in SEED


def test_a_figure_ten_times_too_small_contradicts_and_the_reason_says_both() -> None:
    found = only(
        compare("The Russians were concentrating 9,000 soldiers on their territory.", BUILD_UP),
        DifferenceKind.NUMBER,
    )

    assert found == Difference(
        kind=DifferenceKind.NUMBER,
        claimed="9,000",
        found="90,000",
        contradicts=True,
        reason="The article says almost 90,000; the claim says 9,000.",
    )


def test_what_the_article_says_is_not_yet_so_contradicts_the_claim_that_it_is() -> None:
    found = only(
        compare("The US authorizes deep strikes against Russia.", NO_DEEP_STRIKES), DifferenceKind.NEGATION
    )

    assert found.contradicts
    assert found.reason == 'The article says "does not yet authorize"; the claim says "authorizes".'


def test_a_name_that_is_not_there_is_missing_but_contradicts_nothing() -> None:
    found = only(
        compare("Zelensky told the soldiers of the Kharkiv region to wait.", BUILD_UP), DifferenceKind.NAME
    )

    assert (found.claimed, found.found, found.contradicts) == ("Zelensky", "", False)
    assert found.reason == "The claim names Zelensky; the sentence doesn't."


CROSSED = "{} crossed the border near the town."


@pytest.mark.parametrize(
    ("claimed", "found"),
    [
        ("90,000 soldiers", "Ninety thousand troops"),
        ("90,000 soldiers", "Almost 90,000 soldiers"),
        ("more than 50 people", "90 people"),
        ("about 90,000 soldiers", "88,000 soldiers"),
        ("between 160 and 190 million people", "170 million people"),
        ("two to three soldiers", "Three soldiers"),
        ("a dozen soldiers", "12 soldiers"),
        ("dozens of people", "45 people"),
        ("hundreds of people", "More than 300 but fewer than 900 people"),
        ("no fewer than 12 soldiers", "12 soldiers"),
    ],
)
def test_a_figure_confirms_what_it_lies_within(claimed: str, found: str) -> None:
    if claimed.startswith("hundreds"):
        assert not contradicts(CROSSED.format(claimed), CROSSED.format(found))
    else:
        assert confirmed(CROSSED.format(claimed), CROSSED.format(found))


@pytest.mark.parametrize(
    ("claimed", "found"),
    [
        ("more than 100,000 soldiers", "Nearly 90,000 soldiers"),
        ("9,000 troops", "90,000 Russian soldiers"),
        ("dozens of people", "Three people"),
        ("at least 20 people", "Fewer than ten people"),
        ("200 to 300 people", "Between 400 and 500 people"),
        ("20 people", "21 people"),
        ("half of the soldiers", "80% of the soldiers"),
        ("12 miles of trucks", "50 kilometres of trucks"),
        ("£5m of goods", "Seven million pounds of goods"),
    ],
)
def test_figures_of_the_same_thing_that_cannot_both_be_true_contradict(claimed: str, found: str) -> None:
    assert contradicts(CROSSED.format(claimed), CROSSED.format(found))


@pytest.mark.parametrize(
    ("claimed", "found"),
    [
        ("nearly 90,000 soldiers", "At least 90,000 soldiers"),
        ("90,000 soldiers", "At least 90,000 soldiers"),
        ("200 people", "207 people"),
        ("90 people", "More than 50 people"),
        ("9,000 Ukrainian soldiers", "90,000 Russian soldiers"),
        ("40 tanks", "90 soldiers"),
        ("5 million dollars of goods", "7 million euros of goods"),
    ],
)
def test_figures_that_may_both_be_true_neither_confirm_nor_contradict(claimed: str, found: str) -> None:
    comparison = compare(CROSSED.format(claimed), CROSSED.format(found))

    assert not only(comparison, DifferenceKind.NUMBER).contradicts


@pytest.mark.parametrize(
    ("claimed", "found"),
    [
        ("The road is 5 km long.", "The road is 3.1 miles long."),
        ("The trip took two hours.", "The trip took 120 minutes."),
        ("It weighed 100 kg.", "It weighed 220 pounds."),
        ("It was 30 degrees Celsius there.", "It was 86 degrees Fahrenheit there."),
        ("Profit rose 3.4 percent.", "Profit rose 3.4%."),
        ("A third of voters stayed away.", "One in three voters stayed away."),
        ("It earned 413 million crowns.", "It earned 412.6 million crowns."),
        ("Winds reached 92 mph.", "Winds reached 148 km/h."),
        ("The war lasted two decades.", "The war lasted 20 years."),
        ("He is 25 years old.", "The 25-year-old is a painter."),
        ("It cost $4.2 billion.", "It cost 4.2 billion dollars."),
        ("It was the third attack.", "It was the 3rd attack."),
    ],
)
def test_units_and_ways_of_writing_are_converted(claimed: str, found: str) -> None:
    assert confirmed(claimed, found)


def test_figures_in_names_and_years_count_nothing() -> None:
    text = "Line No. 5, Route 66 and the QL-24 were closed in 2019."

    assert not [
        difference
        for difference in compare("Five lines were closed.", text).differences
        if difference.found or difference.contradicts
    ]
    assert compare("Route 66 was closed in 2019.", text).differences == ()


def test_a_road_of_another_number_is_another_road() -> None:
    found = only(
        compare("Floods closed Route 66 near the dam.", "Floods closed Route 67 near the dam."),
        DifferenceKind.NAME,
    )

    assert found.contradicts
    assert found.reason == "The article says Route 67; the claim says Route 66."


def test_a_change_is_no_range() -> None:
    low, high = read_quantities("Support rose from 5 to 10 percent.")

    assert (low.low, low.high, high.low, high.high) == (5, 5, 10, 10)
    assert low.dimension is high.dimension


PUBLISHED = datetime.date(2025, 10, 16)  # a Thursday


@pytest.mark.parametrize(
    ("claimed", "found"),
    [
        ("in October 2025", "on 14 October 2025"),
        ("in 2025", "on October 14, 2025"),
        ("on 14 October 2025", "on Oct. 14"),
        ("on 14 October 2025", "on Tuesday"),
        ("on Tuesday", "on 14 October 2025"),
        ("in the 2020s", "in May 2025"),
        ("after 2019", "in 2021"),
        ("at 4:20 a.m.", "at 4.20am"),
        ("at 4:20 p.m.", "at 16:20"),
    ],
)
def test_a_date_confirms_a_coarser_one_and_the_articles_day_settles_the_rest(
    claimed: str, found: str
) -> None:
    assert confirmed(f"The bridge closed {claimed}.", f"The bridge closed {found}.", published=PUBLISHED)


@pytest.mark.parametrize(
    ("claimed", "found"),
    [
        ("in 2024", "on 14 October 2025"),
        ("in September", "on 14 October"),
        ("on 12 October 2025", "on Tuesday"),
        ("on Monday", "on Tuesday"),
        ("before 2019", "in 2021"),
        ("at 4:20 a.m.", "at 5 p.m."),
    ],
)
def test_another_date_of_the_same_event_contradicts(claimed: str, found: str) -> None:
    assert contradicts(f"The bridge closed {claimed}.", f"The bridge closed {found}.", published=PUBLISHED)


def test_without_the_articles_day_a_weekday_says_nothing_of_a_date() -> None:
    assert not contradicts("The bridge closed on 12 October 2025.", "The bridge closed on Tuesday.")


def test_the_year_may_stand_in_the_context() -> None:
    comparison = compare(
        "The bridge closed on 14 May 2019.", "It closed on 14 May.", context="The bridge in 2019"
    )

    assert comparison.differences == ()


def test_a_birth_is_compared_with_the_birth_in_the_brackets() -> None:
    life = "Anne Sullivan (June 14, 1866–October 20, 1936) was a teacher born in Agawam."

    assert compare("Anne Sullivan was born in June of 1866.", life).differences == ()
    assert compare("Anne Sullivan died in 1936.", life).differences == ()
    assert only(compare("Anne Sullivan was born in 1871.", life), DifferenceKind.DATE).contradicts


@pytest.mark.parametrize(
    ("claimed", "found"),
    [
        ("AP", "the Associated Press"),
        ("the Associated Press", "AP"),
        ("the United States", "the U.S."),
        ("America", "the US government"),
        ("Volodymyr Zelensky", "President Zelenskyy"),
        ("Russia", "the Russian army"),
        ("Boris Johnson", "Mr Johnson"),
        ("Kyiv", "Kyiv's mayor"),
    ],
)
def test_the_same_name_in_another_form_is_confirmed(claimed: str, found: str) -> None:
    assert confirmed(f"On the plan {claimed} agreed.", f"On the plan, {found} agreed.")


@pytest.mark.parametrize(
    ("claimed", "found"),
    [("South Korea", "North Korea"), ("Michael Vick", "Marcus Vick"), ("Kyiv", "Moscow")],
)
def test_another_name_is_not_confirmed(claimed: str, found: str) -> None:
    comparison = compare(f"On the plan {claimed} agreed.", f"On the plan {found} agreed.")

    assert not only(comparison, DifferenceKind.NAME).contradicts


def test_a_name_may_stand_in_the_context() -> None:
    comparison = compare("Zelensky signed the law.", "He signed the law.", context="Zelensky on the new law")

    assert comparison == Comparison(differences=(), agreed=1)


@pytest.mark.parametrize(
    ("claim", "sentence", "kind"),
    [
        ("The minister resigned.", "The minister did not resign.", DifferenceKind.NEGATION),
        ("The minister never resigned.", "The minister resigned.", DifferenceKind.NEGATION),
        ("The army reached the town.", "The army failed to reach the town.", DifferenceKind.NEGATION),
        ("Oil prices rose.", "Oil prices fell.", DifferenceKind.ANTONYM),
        ("The party won the election.", "The party lost the election.", DifferenceKind.ANTONYM),
        ("Schools opened before the storm.", "Schools opened after the storm.", DifferenceKind.ANTONYM),
        ("All restrictions were lifted.", "Most restrictions were lifted.", DifferenceKind.QUANTIFIER),
    ],
)
def test_a_turned_sense_contradicts(claim: str, sentence: str, kind: DifferenceKind) -> None:
    assert only(compare(claim, sentence), kind).contradicts


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Oil prices rose.", "Oil prices did not fall."),
        ("The minister resigned.", "The minister did not only resign but left the country."),
        ("The minister resigned.", "The minister said that the mayor had not been there."),
        ("The minister resigned.", "The minister would not resign if the vote were held again."),
        ("Oil prices rose.", "The temperature fell."),
        ("The war began at the end of May.", "Since the start of the war, a town fell in May."),
        ("Mary met the plotters.", "The plotters met without Mary's knowledge."),
        ("At least 90 soldiers came.", "No fewer than 90 soldiers came."),
    ],
)
def test_what_only_looks_turned_contradicts_nothing(claim: str, sentence: str) -> None:
    assert not contradicts(claim, sentence)


def test_what_only_may_happen_does_not_confirm_that_it_will() -> None:
    found = only(compare("The bank will cut rates.", "The bank may cut rates."), DifferenceKind.MODALITY)

    assert (found.claimed, found.found, found.contradicts) == ("cut", "may cut", False)


def test_two_differing_figures_tell_of_two_events() -> None:
    assert not contradicts(
        "The fifth season has twenty-six episodes of the show.",
        "The first season has six episodes of the show.",
    )


NEWS = st.sampled_from(
    """90,000 soldiers|not|May 2019|Tuesday|Kyiv|a third|$4.2bn|from 5 to|°C|at least|Route 66|31 June|three|
    0000-00-00|million|half|4:99|–|-|,|.|'s|rose|fell|29 February 2023|12 km/h|1st|and|between|ten in|a|per|
    no|99999999999999999999|( born|1999)|decades|one|two-thirds|of""".replace("\n    ", "").split("|")
)


@settings(deadline=None)
@given(st.text(), st.text(), st.text(), st.one_of(st.none(), st.dates()))
def test_any_texts_can_be_compared(
    claim: str, sentence: str, context: str, day: datetime.date | None
) -> None:
    compare(claim, sentence, context=context, published=day)


@settings(deadline=None)
@given(st.lists(NEWS, max_size=12).map(" ".join), st.lists(NEWS, max_size=12).map(" ".join), st.dates())
def test_any_mix_of_figures_and_dates_can_be_compared(claim: str, sentence: str, day: datetime.date) -> None:
    compare(claim, sentence, context=sentence, published=day)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(NEWS, max_size=12).map(" ".join)))
def test_no_text_contradicts_itself(text: str) -> None:
    assert not contradicts(text, text)


@settings(deadline=None)
@given(st.integers(2, 5_000_000), st.integers(2, 5_000_000))
def test_how_a_figure_is_written_changes_nothing(claimed: int, found: int) -> None:
    def outcome(one: str, other: str) -> list[tuple[DifferenceKind, bool]]:
        compared = compare(f"The army sent {one} soldiers home.", f"The army sent {other} soldiers home.")
        return [(difference.kind, difference.contradicts) for difference in compared.differences]

    def in_words(figure: int) -> str:
        return str(num2words(figure)).replace(",", "")

    plain = outcome(f"{claimed:,}", f"{found:,}")
    assert plain == outcome(in_words(claimed), f"{found:,}")
    assert plain == outcome(f"{claimed:,}", in_words(found))
    assert plain == outcome(f"{claimed:,}".replace(",", "\u202f"), f"{found:,}")


@pytest.mark.parametrize(
    "text", ["9" * 400 + " soldiers", "trillion " * 30 + "men", "1٣٣٣ men on ٣ May 1٣٣٣", "one in " * 999]
)
def test_absurd_figures_are_only_figures(text: str) -> None:
    assert not contradicts(text, text)


def test_no_warning_of_a_library_gets_out() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compare("It was 5 km from 31 May, at 4 p.m.", "It was 3 miles and ninety from 1 May, at 5 p.m.")
