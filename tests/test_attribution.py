"""Who says what: reporting verbs, quotations, names, pronouns, outlets, and the article's own assertions."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from conftest import CORPUS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.attribution import attribute, said_between
from rag.presentation import _citation_record, said_by
from rag.schema import Article, Attribution, Citation, SentenceKind, Speech
from rag.sentences import split_sentences

SEED_ARTICLE = CORPUS / "us-authorization-of-strikes.txt"


def said_in(text: str, *, source: str = "") -> tuple[Attribution, ...]:
    return attribute(Article.from_text(text=text, source=source))


def of(text: str, part: str) -> Attribution:
    """The one attribution of the sentence in which `part` stands."""
    place = text.index(part)
    (found,) = (said for said in said_in(text) if said.start <= place < said.end)
    return found


# Speaker, role, organisation, outlet.
TOLD = [
    (
        "First Deputy Defense Minister Ivan Havryliuk told AP that the troops had left.",
        ("Ivan Havryliuk", "First Deputy Defense Minister", "", "the Associated Press"),
    ),
    (
        '"There is no plan," said Fergal Bright, the union\'s chief negotiator.',
        ("Fergal Bright", "chief negotiator", "the union", ""),
    ),
    (
        "Dev Patel, who commands the Western District, said the leak was small.",
        ("Dev Patel", "who commands the Western District", "", ""),
    ),
    ("According to Lena Moss, a baker, the bell never rang.", ("Lena Moss", "baker", "", "")),
    ("The bell never rang, according to Lena Moss.", ("Lena Moss", "", "", "")),
    ("The fire is out, Fire Chief Solveig Marrant said.", ("Solveig Marrant", "Fire Chief", "", "")),
    ("Lt. Gen. Oleh Stavko warned that the bridge was weak.", ("Oleh Stavko", "Lt. Gen.", "", "")),
    ("On Monday, Dr. Tom Okafor argued it was too early.", ("Tom Okafor", "Dr.", "", "")),
    ("Bank of Orland governor Ada Krol expects a pause.", ("Ada Krol", "governor", "Bank of Orland", "")),
    ("Hanna Riis of the Museum of Ostvik agreed that it is.", ("Hanna Riis", "", "the Museum of Ostvik", "")),
    ("The civil protection agency said the dam would hold.", ("the civil protection agency", "", "", "")),
    ("The company says it has replaced the pipe.", ("the company", "", "", "")),
    ("Westgrid said power would be back by noon.", ("Westgrid", "", "", "")),
    ("Some 12,000 homes are dark, said grid operator Nordvolt.", ("Nordvolt", "grid operator", "", "")),
    ("The mayor, Joan Teller, has denied that she knew.", ("Joan Teller", "mayor", "", "")),
    ('Councillor Ruth Abara called it "a disgrace in the making".', ("Ruth Abara", "Councillor", "", "")),
    ('An artillery commander with the call sign "Hephaestus" recalled that it was loud.',
     ("Hephaestus", "artillery commander", "", "")),
    ("Her office denied this.", ("her office", "", "", "")),
    ("The authors write that the delay averaged 23 minutes.", ("the authors", "", "", "")),
    ("The town is empty, reports the Associated Press.", ("the Associated Press", "", "", "")),
    ("According to the AP, the town is empty.", ("the Associated Press", "", "", "")),
    ("The town is empty, the mayor of Rell told Reuters.", ("the mayor of Rell", "", "", "Reuters")),
    ("The town is empty, the BBC reported, citing local officials.", ("local officials", "", "", "the BBC")),
    ("The firm closed two plants, saying demand had fallen.", ("the firm", "", "", "")),
    ('Asked why, Nils Ahn replied: "Ask me in May."', ("Nils Ahn", "", "", "")),
    ("Tom Park and Ann Lee said they saw smoke.", ("Tom Park and Ann Lee", "", "", "")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TOLD, ids=[text[:40] for text, _ in TOLD])
def test_a_sentence_with_a_reporting_verb_is_its_subjects(text: str, expected: tuple[str, ...]) -> None:
    (said,) = said_in(text)

    assert (said.speaker, said.role, said.organisation, said.outlet) == expected
    assert (said.start, said.end) == (0, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "The said land lies north of the river.",
        "The council called on the government to act.",
        'The so-called "Blue Row" dates from 1902.',
        'It was the third "incident" this year.',
        "Workers had been told to leave by Friday.",
        "Residents told to leave took the bus.",
        "As expected, the vote passed.",
        "It is believed that the tanks date from the 1970s.",
        "The mayor is said to be pleased.",
        "Residents have no say in the matter.",
        "Insurance claims rose by a fifth.",
        "The company's reported profit fell short.",
        "An estimated 400 people marched.",
        "The carmaker recalled 4,000 vans.",
        "Workers added salt to the roads.",
        "The minister would not say when.",
        "Nobody has said what will replace it.",
        "Westgrid declined to comment.",
        "If the bank says no, the deal is off.",
        "Shares fell after the bank said it would cut jobs.",
        "They played “Blue Moon” at the funeral.",
        "The man who told police that he was armed was released.",
    ],
)
def test_what_nobody_is_named_for_the_article_asserts(text: str) -> None:
    assert said_in(text) == ()


@pytest.mark.parametrize(
    ("text", "speaker", "named"),
    [
        ("An official who spoke on condition of anonymity said so.", "an official", False),
        (
            "But two people with knowledge of the talks, who asked not to be named, said no.",
            "two people with knowledge of the talks",
            False,
        ),
        (
            "Soldiers from Ukrainian brigades fighting in the north told AP that it was quiet.",
            "soldiers from Ukrainian brigades",
            False,
        ),
        ("Detectives believe the building was empty.", "detectives", False),
        ("Some say the bridge is old.", "some", False),
        ("A spokesman for the service said so.", "a spokesman for the service", True),
        ("A spokesman for the port, who asked not to be named, said so.", "a spokesman for the port", False),
        ("Police said so.", "police", True),
        ("The prime minister has said that he will go.", "the prime minister", True),
        ("The report said that the pipe was old.", "the report", True),
    ],
)  # fmt: skip
def test_a_source_is_named_unless_it_is_anonymous_or_only_described(
    text: str, speaker: str, named: bool
) -> None:
    (said,) = said_in(text)

    assert (said.speaker, said.named) == (speaker, named)


def test_a_surname_stands_for_the_full_name_role_and_organisation() -> None:
    text = "Solveig Marrant, the fire chief of Ansel Rescue, came.\n\nIt was dark.\n\nMarrant said it froze."

    said = of(text, "Marrant said")

    assert (said.speaker, said.role, said.organisation) == ("Solveig Marrant", "fire chief", "Ansel Rescue")


def test_a_full_name_that_only_comes_later_is_found() -> None:
    text = "It was dark, Marrant said.\n\nFire Chief Solveig Marrant led the crew for two days."

    assert of(text, "Marrant said").text == "Solveig Marrant, Fire Chief"


def test_an_office_stands_for_the_one_who_holds_it() -> None:
    text = "Mayor Joan Teller opened the bridge.\n\nThe mayor said it was safe."

    assert of(text, "it was safe").speaker == "Joan Teller"


def test_a_pronoun_is_the_last_speaker_it_fits() -> None:
    text = (
        "Mr Adam Rowe said the bank was open. A spokeswoman for Nordvolt said it was shut. "
        "She said it would open again. He said he had been in it."
    )

    assert of(text, "She said").speaker == "a spokeswoman for Nordvolt"
    assert of(text, "He said").speaker == "Adam Rowe"


def test_they_and_it_are_a_group_and_a_body() -> None:
    text = (
        "Westgrid said it was cheap. Critics say it is dear. They said nobody had asked. "
        "It said a letter had gone out."
    )

    assert of(text, "They said").speaker == "critics"
    assert of(text, "It said").speaker == "Westgrid"


def test_a_pronoun_without_anyone_before_it_stays() -> None:
    (said,) = said_in("He said it was late.")

    assert (said.speaker, said.named) == ("he", False)


@pytest.mark.parametrize(("opening", "closing"), ['""', "“”", "«»", "‘’"])
def test_a_quotation_over_several_sentences_is_one_speech(opening: str, closing: str) -> None:
    text = f"{opening}The dam will hold. I have no doubt. Nobody should leave,{closing} Anne Roche said."

    (said,) = said_in(text)

    assert (said.start, said.end) == (0, len(text))
    assert (said.speaker, said.speech) == ("Anne Roche", Speech.DIRECT)


def test_a_quotation_that_goes_on_in_the_next_paragraph_keeps_its_speaker() -> None:
    text = "“I know every rock,” Selma Ortiz said. “My father taught me.\n\n“He drew them, one by one.”"

    assert [said.speaker for said in said_in(text)] == ["Selma Ortiz", "Selma Ortiz"]


def test_a_quotation_by_itself_belongs_to_whom_the_text_was_about() -> None:
    text = 'Selma Ortiz runs the ferry.\n\n"I know every rock in it."\n\n"Nobody else does," she said.'

    assert [(said.speaker, said.speech) for said in said_in(text)] == [("Selma Ortiz", Speech.DIRECT)] * 2


def test_a_quotation_before_anyone_is_named_takes_the_next_name() -> None:
    text = '"I know every rock in it."\n\nThat is what Selma Ortiz told the Vell Gazette.'

    assert said_in(text)[0].speaker == "Selma Ortiz"


def test_what_is_said_inside_a_quotation_is_no_cue() -> None:
    text = '"He told me that the doctor said it was over," Eva Brandl recalled.'

    assert [said.speaker for said in said_in(text)] == ["Eva Brandl"]


def test_words_of_a_speaker_in_the_articles_words_are_indirect() -> None:
    text = 'Eva Brandl said her client "did as he was told" and had nothing to hide from anyone.'

    (said,) = said_in(text)

    assert said.speech is Speech.INDIRECT


def test_the_articles_own_outlet_is_not_named() -> None:
    text = "Lena Moss told the Vell Gazette that the oven was hot."

    assert said_in(text)[0].outlet == "the Vell Gazette"
    assert said_in(text, source="Vell Gazette")[0].outlet == ""


def test_an_abbreviation_is_expanded_where_the_article_gives_both() -> None:
    text = "The Institute for River Studies (IRS) opened in 1990. The IRS warned of floods."

    assert of(text, "warned").speaker == "the Institute for River Studies"


def test_the_answers_of_an_interview_are_the_interviewees() -> None:
    text = (
        "Ines Mora restores clocks. She spoke to us about dust.\n\nQ: How did you start?\n\n"
        "My uncle had a shop. I swept it.\n\nQ: What is hard?\n\nA: Waiting. The church said it could wait."
    )

    answers = [said for said in said_in(text) if said.start > text.index("Q:")]

    assert [text[said.start : said.end] for said in answers] == [
        "My uncle had a shop. I swept it.",
        "A: Waiting. The church said it could wait.",
    ]
    assert {said.speaker for said in answers} == {"Ines Mora"}


def test_neighbouring_sentences_of_one_speaker_are_one_attribution() -> None:
    text = "Westgrid said it was sorry. It said the pipe was old. Rain fell. Westgrid said more would come."

    spans = [text[said.start : said.end] for said in said_in(text)]

    assert spans == [
        "Westgrid said it was sorry. It said the pipe was old.",
        "Westgrid said more would come.",
    ]


def test_the_seed_article_says_who_told_the_associated_press() -> None:
    text = SEED_ARTICLE.read_text(encoding="utf-8")

    found = attribute(Article.from_text(text=text, title=text.splitlines()[0]))

    ap = "the Associated Press"
    assert [(said.speaker, said.role, said.outlet, said.named) for said in found] == [
        (ap, "", "", True),
        (ap, "", "", True),
        ("Ivan Havryliuk", "First Deputy Defense Minister", ap, True),
        ("soldiers from Ukrainian brigades", "", ap, False),
        ("Hephaestus", "artillery commander", ap, True),
        ("Hephaestus", "artillery commander", "", True),
        (ap, "", "", True),
    ]
    assert [said.speech for said in found].count(Speech.DIRECT) == 1


SCRAPS = [
    "He said", "she added", "According to", "the mayor", "Ann Lee", ", who", ", a baker,", "said", "\n\n",
    "told AP",
    '"', "“", "”", "«", "‘", "'", ". ", ", ", ": ", "?", "Q:", "A:", "(", ")", "–", "and", "of the", "is",
    "Dr.", "citing", "call sign", "'s", "The", "saying", "that", "I", "\ue000", "Lt. Gen.", "denied", "as",
    "put it", "quoted", "(AB)",
]  # fmt: skip


WORDS = (
    "He She It They Ann Lee Westgrid Mr. Dr. Lt. the a its his said says told added warn reports called "
    "it as who “ ” ‘ ’ mayor people '"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
@settings(max_examples=300, deadline=None)
@example("Ann Lee, who Ann Lee knows, said.")
def test_any_order_of_the_words_that_matter_is_read(text: str) -> None:
    found = attribute(Article.from_text(text=text))

    assert all(0 <= said.start < said.end <= len(text) and said.speaker for said in found)


@given(st.text() | st.lists(st.sampled_from(SCRAPS) | st.text(max_size=5), max_size=60).map(" ".join))
@settings(deadline=None)
@example("")
@example("“" * 50)
@example("said said said")
@example("According to")
def test_any_text_gives_whole_body_sentences_in_order(text: str) -> None:
    article = Article.from_text(text=text)
    body = [s for s in split_sentences(text) if s.kind is SentenceKind.BODY]

    found = attribute(article)

    starts, ends = {s.start for s in body}, {s.end for s in body}
    assert all(said.start in starts and said.end in ends and said.start < said.end for said in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(said.speaker for said in found)
    assert attribute(article) == found


@pytest.mark.parametrize(
    "unit",
    [
        '"',
        " '",
        "Ann Lee said. ",
        "of the ",
        "Ann, ",
        '"He was," Ann Lee, a baker, ',
        "A (AB) ",
        "(",
        "“No.\n\n",
        "who said ",
    ],
)
def test_the_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    def seconds(repeats: int) -> float:
        article = Article.from_text(text=unit * repeats)
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            attribute(article)
            best = min(best, time.process_time() - started)
        return best

    attribute(Article.from_text(text="A warm start."))

    assert seconds(4000) < 30 * seconds(500) + 0.5  # eight times the text: the square would be 64 times


def test_what_reaches_into_a_quote_is_cut_to_it() -> None:
    westgrid = Attribution(start=10, end=30, speaker="Westgrid", speech=Speech.INDIRECT)
    police = Attribution(start=40, end=50, speaker="police", speech=Speech.INDIRECT)

    cut = said_between((westgrid, police), 20, 40)

    assert [(said.speaker, said.start, said.end) for said in cut] == [("Westgrid", 20, 30)]


def test_a_phrase_says_by_whom_a_quote_is_said() -> None:
    minister = Attribution(
        start=0,
        end=9,
        speaker="Ivan Havryliuk",
        speech=Speech.INDIRECT,
        role="First Deputy Defense Minister",
        outlet="the Associated Press",
    )
    police = Attribution(start=10, end=19, speaker="police", speech=Speech.DIRECT)

    assert said_by(quoting()) == ""
    assert said_by(quoting(minister, minister)) == (
        "according to Ivan Havryliuk, First Deputy Defense Minister, to the Associated Press"
    )
    assert said_by(quoting(police, minister)).startswith("according to police; Ivan Havryliuk, ")


def test_a_record_of_a_citation_holds_its_attributions() -> None:
    police = Attribution(start=10, end=19, speaker="police", speech=Speech.DIRECT, named=False)

    record = _citation_record(quoting(police), lambda _: Article.from_text(text="x"))

    assert record["attributions"] == [
        {
            "speaker": "police",
            "role": "",
            "organisation": "",
            "named": False,
            "speech": "direct",
            "outlet": "",
            "start": 10,
            "end": 19,
        }
    ]


def quoting(*attributions: Attribution) -> Citation:
    return Citation(
        number=1, article_id="a", title="", quote="x" * 20, start=0, end=20, attributions=attributions
    )
