from __future__ import annotations

from collections.abc import Mapping

import pytest

from rag.encoder import MiniLmEncoder
from rag.generation import Draft, NumberedSentence, number_sentences
from rag.guard import Guard, is_beginning
from rag.passages import PassageLimits, split_passages
from rag.schema import Article, Passage
from rag.stances import StanceModel
from rag.verification import ClaimVerifier
from rag.verifier import OnnxVerifier

TEXT = (
    "The Orlen bridge was closed to lorries on Monday. Engineers had found cracks in two of its pillars. "
    "Repairs will take at least six weeks, the mayor, Ines Kolb, said. The bridge was built in 1956. "
    "Kolb denied that the city had ignored warnings."
)


@pytest.fixture(scope="module")
def guard(minilm: MiniLmEncoder) -> Guard:
    return Guard(verifier=ClaimVerifier(OnnxVerifier(threads=1), StanceModel()), encoder=minilm)


@pytest.fixture(scope="module")
def evidence() -> Mapping[int, NumberedSentence]:
    article = Article.from_text(id="a", title="Bridge closed", text=TEXT)
    limits = PassageLimits(tokens=200, word_pieces=254)
    own = split_passages(article, limits=limits, count_word_pieces=lambda part: len(part) // 4)
    numbered = number_sentences([(p, p.sentences) for p in own], ["Bridge closed"] * len(own), tokens=1000)
    return {one.number: one for one in numbered}


def test_a_sentence_word_for_word_is_borne_out(
    guard: Guard, evidence: Mapping[int, NumberedSentence]
) -> None:
    held = guard.hold(Draft(text="The bridge was built in 1956.", numbers=(4, 1)), evidence)

    assert held.is_borne_out
    assert [one.number for one in held.sentences] == [4]  # and it is cited for nothing else


def test_what_the_evidence_plainly_says_is_borne_out(
    guard: Guard, evidence: Mapping[int, NumberedSentence]
) -> None:
    held = guard.hold(Draft(text="The Orlen bridge was closed to lorries.", numbers=(1,)), evidence)

    assert held.is_borne_out, held.reason
    assert held.support > 0.5


@pytest.mark.parametrize(
    ("text", "numbers", "reason"),
    [
        ("The bridge was built in 1965.", (4,), "It says 1965; its evidence says 1956."),
        ("Repairs will take at least nine weeks.", (3,), "nine weeks; its evidence says"),
        ("The bridge was closed on Tuesday.", (1,), "Tuesday"),
        ("The bridge was closed in 2019.", (1,), "2019"),
        ("The mayor of Velden closed the bridge.", (1,), "Velden"),
        ("The Orlen bridge was demolished on Monday.", (1,), "doesn't surely say so"),
        ("The Orlen bridge was not closed to lorries on Monday.", (1,), "not"),
        ("The bridge was built in 1956.", (1,), "1956"),
        ("The bridge was built in 1956.", (), "It names no evidence."),
        ("The bridge was built in 1956.", (4, 9), "It names evidence that isn't there: [9]."),
        ("The bridge was built in 1956.", (0,), "isn't there: [0]"),
        ("In 1956", (4,), "It is no whole sentence."),
        ("The bridge was built in", (4,), "It is no whole sentence."),
        ("", (4,), "It is no whole sentence."),
        ("When was the bridge built in 1956?", (4,), "It is a question."),
        ("The evidence does not say when the bridge opened.", (4,), "speaks of the evidence"),
        ("I'm sorry, but I can't help with the bridge.", (4,), "speaks of the evidence"),
        ("See https://example.org for the bridge.", (4,), "link"),
        ("See [the bridge](x) that was built in 1956.", (4,), "link"),
    ],
)
def test_what_it_does_not_say_is_not(
    guard: Guard,
    evidence: Mapping[int, NumberedSentence],
    text: str,
    numbers: tuple[int, ...],
    reason: str,
) -> None:
    held = guard.hold(Draft(text=text, numbers=numbers), evidence)

    assert not held.is_borne_out
    assert reason in held.reason


def test_numbers_that_are_not_there_are_never_put_right(
    guard: Guard, evidence: Mapping[int, NumberedSentence]
) -> None:
    held = guard.hold(Draft(text="The bridge was built in 1956.", numbers=(4, 12)), evidence)

    assert not held.is_borne_out
    assert [one.number for one in held.sentences] == [4]


def test_without_a_sure_judgement_it_is_not_shown(
    minilm: MiniLmEncoder, evidence: Mapping[int, NumberedSentence]
) -> None:
    verifier = ClaimVerifier(OnnxVerifier(threads=1), StanceModel())
    strict = Guard(verifier=verifier, encoder=minilm, sure_enough=1.01)

    held = strict.hold(Draft(text="The bridge at Orlen was closed to lorries.", numbers=(1,)), evidence)

    assert held.reason.startswith("Its evidence doesn't surely say so (0.")


def held_against(guard: Guard, text: str, *sentences: str, apart: bool = False) -> str:
    """The reason why a statement is turned away that names all of some sentences; "" where it is shown."""
    limits = PassageLimits(tokens=400, word_pieces=500)
    groups = [[sentence] for sentence in sentences] if apart else [list(sentences)]
    passages: list[Passage] = []
    titles = []
    for number, group in enumerate(groups):
        article = Article.from_text(id=f"a{number}", title="On 3 May 2024", text=" ".join(group))
        passages += split_passages(article, limits=limits, count_word_pieces=lambda part: len(part) // 4)
        titles.append(article.title)
    numbered = number_sentences([(p, p.sentences) for p in passages], titles, tokens=2000)
    named = {one.number: one for one in numbered}
    return guard.hold(Draft(text=text, numbers=tuple(named)), named).reason


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("The bridge cost €5 million.", "The bridge cost $5 million."),
        ("Growth was 5% in May.", "Growth was -5% in May."),
        ("Growth was 5 in May.", "Growth was 5% in May."),
        ("Did the mayor of Orlen resign.", "Did the mayor of Orlen resign?"),
        ("The bridge was sabotaged by Russia.", "Nobody believes that the bridge was sabotaged by Russia."),
        ("Three children were killed.", "Police said the rumour that three children were killed was untrue."),
        ("The troops had left Velden.", "The minister refused to say whether the troops had left Velden."),
        ("The bridge was unsafe.", "The mayor said the claim that the bridge was unsafe was a lie."),
        ("The village will be flooded.", "If the dam breaks, the village will be flooded."),
        ("Smith beat Kolb.", "Kolb beat Smith."),
        ("Russia sold Ukraine 40 tanks.", "Ukraine sold Russia 40 tanks."),
        ("The bridge was closed on 3 May 2024.", "The bridge was closed."),
    ],
)
def test_what_only_looks_like_its_evidence_is_not_borne_out(guard: Guard, text: str, sentence: str) -> None:
    assert held_against(guard, text, sentence)


def test_sentences_that_do_not_follow_each_other_do_not_lend_each_other_a_name(guard: Guard) -> None:
    sentences = "Kolb opened the new bridge in Orlen.", "He was arrested on Monday for fraud."

    assert held_against(guard, "Kolb was arrested on Monday for fraud.", *sentences, apart=True)


def test_only_what_bears_it_out_is_cited(guard: Guard, evidence: Mapping[int, NumberedSentence]) -> None:
    held = guard.hold(Draft(text="The Orlen bridge was closed to lorries.", numbers=(3, 1, 2)), evidence)

    assert [one.number for one in held.sentences] == [1]


def test_a_named_sentence_that_says_the_contrary_is_not_passed_over(guard: Guard) -> None:
    sentences = "The Orlen bridge was built in 1956.", "The Orlen bridge was built in 1965."

    assert "1965" in held_against(guard, "In 1956 the Orlen bridge was built.", *sentences)


def test_too_many_sentences_are_none(guard: Guard, evidence: Mapping[int, NumberedSentence]) -> None:
    held = guard.hold(Draft(text="The Orlen bridge was closed.", numbers=(1, 2, 3, 4, 5)), evidence)

    assert held.reason == "It names more sentences than one statement can need."


def test_the_beginning_of_a_sentence_needs_less_unless_its_end_turns_it_round() -> None:
    whole = "The Orlen bridge was closed to lorries on Monday."

    assert is_beginning("The Orlen bridge was closed to lorries.", whole)
    assert not is_beginning("The bridge was closed to lorries.", whole)
    assert not is_beginning("The bridge is safe.", "The bridge is safe, according to its owner.")
    assert not is_beginning("The bridge is safe.", "The bridge is safe only for cars.")
