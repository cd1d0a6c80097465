"""Sentence boundaries, paragraphs, quotations and kinds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.schema import Sentence, SentenceKind
from rag.sentences import split_sentences

ROOT = Path(__file__).parents[1]
SEED_ARTICLE = ROOT / "corpus" / "us-authorization-of-strikes.txt"

# One paragraph a line; "|" stands where a sentence ends. A space follows it in the text, except after a
# CJK full stop and before a footnote mark.
TRAPS = r"""
He met Lt. Gen. Smith on Friday.|Smith left.
The U.S. troops left.|They came back.
The decision was made at 11 a.m. Washington time, just as troops arrived.
They met at 11 a.m. Tuesday in Kyiv.|The talks failed.
The talks ended at 5 p.m.|Officials left the room.
The talks ended at 5 p.m.|"We are done," he said.
J. K. Rowling wrote it.|It sold well.
The book by J.K. Rowling sold.|It sold well.
The lawyer asked Mr. Jones.|Mr. Jones said no.
He asked Mr. Jones.
Chanel No. 5 sold out.|It is back.
On Jan. 3 the army left.|It came back on Feb. 4.
The deal is worth $3.5 bn.|The company said so.
The company paid $3.5 bn. in cash.
Some fruit, e.g. apples, fell.|Prices rose.
Many cities, i.e. Kyiv and Lviv, were hit.
He paused ... and went on.|Then he left.
He paused...|Then he left.
"I don't know…"|He left.
Yahoo! said on Monday it would cut jobs.|Shares rose.
He was late.|(He left.)|She stayed.
He left (he said so).|She stayed.
"Really?!" he asked.|Nobody answered.
What?!|Nobody answered.
He lives in the U.S.|The army is there.
She moved to the U.S. in 1990.|She liked it.
Президент прибыл в Киев.|Он встретился с министром.
Он приехал в 2020 г. и остался.|Потом уехал.
今天天气很好。|我们去公园。
彼は「行こう。」と言った。|そして去った。
Growth was 3.5 per cent.|Inflation fell to 2.1.|Rates rose.
See https://example.com/a.b?c=d. for more.|It works.
Visit example.com.|It is good.
"He left.|We stay."|The army stayed.
"He left."|The army stayed.
"HIMARS has not been silent all day.|From day one, forces destroyed columns," a man recalled.|He smiled.
"Stop!" he shouted.|Nobody moved.
"Why?" asked Mr. Smith.|"Because," she said.
He said: "We won.|We are happy."|She left.
Apple Inc. said on Monday it would rise.|Shares fell.
He works for Apple Inc.|The firm is large.
Gov. Newsom and Sen. Warren met.|They agreed.
Dr. Martin Luther King Jr. spoke.|He was loud.
Sammy Davis Jr. sang.|People cheered.
The case Smith v. Jones was heard.|The judge agreed.
It was 20 km. from the border.|Troops moved.
The ship weighed 3 tons.|U.S. officials said so.
George W. Bush was president.|He left in 2009.
Gen. David H. Petraeus resigned.|He left.
The St. Petersburg court ruled.|It was late.
He lives on Main St.|The house is old.
Rep. Alexandria Ocasio-Cortez, D-N.Y., voted.|It passed.
Sen. Bernie Sanders, I-Vt., voted no.|It failed.
In Washington, D.C., he spoke.|People came.
He lives in Washington, D.C.|He works there.
The Ph.D. student left.|She has a Ph.D.|She teaches.
“We will win,” he said.|“We must.”
“We will win.|We must.”|He left.
He asked, “Will we win?”|She nodded.
Fighting began at dawn.[1]|It ended at noon.[2]
The rate rose to 5%.|“It hurts,” he said.
iPhone sales fell.|iPad sales rose.
He came.|iPhone sales fell.
Ms. Lee, Mrs. Kim and Prof. Ray came.|They ate.
Items include milk, eggs, etc.|The shop is open.
Items (milk, eggs, etc.) are sold.
The U.N. Security Council met.|It voted.
The U.K. Government agreed.|Mr. Blair left.
The film "Who's Afraid of Virginia Woolf?" was shown.|It won.
The show Jeopardy! is popular.|It airs daily.
He was born c. 1950 in Rome.|He died in 2001.
The F.B.I. said so.|The C.I.A. did not.
The army captured approx. 300 men.|They left.
On Sept. 11, 2001, planes hit.|On Oct. 7, 2023, Hamas attacked.
In Nov. the army left.
Fig. 3 shows the growth.|It is fast.
The 6 ft. 2 in. tall man ran.|He fell.
Lt. Col. A. B. Jones and Capt. Roe left.|They ran.
Adm. Lee met Brig. Gen. Pat Ryder.|They spoke.
Is this it?|Yes.|No.
He said no...|But she agreed.
"We ... don't know," he said.|They do.
The price is £2.50.|It was £2.
Mr. Trump (R.) spoke.|Then left.
He won!|She lost.
No.|He did not.
The answer is no.|The army left.
Will he go? asked the paper.
President Joseph R. Biden Jr. signed the bill.|It is law.
A Boeing Co. spokesman declined.|The company did not.
JPMorgan Chase & Co. said profit rose.|Shares rose.
Al-Shabab vs. Kenya was close.|Kenya won.
Version 2.0.1 is out.|Download it.
At 10 a.m. on Monday, he left.|He returned.
At 10 a.m. President Biden spoke.
He arrived at 10 a.m.|He left at noon.
It was 7:30 p.m. EST when it began.|It ended at 9.
He works at Goldman Sachs Group Inc.|She works at Tesla.
Mt. Everest and Ft. Worth are far.|He knows.
«Мы победим.|Мы знаем», — сказал он.|Все ушли.
"It's over," he said, "and we lost."|They left.
„Wir gehen.|Wir kommen“, sagte er.|Dann ging er.
M. Macron a parlé.|Il est parti.
Hello world.This is stuck.
The vote was 5-4.|Justice Samuel A. Alito Jr. wrote.
He was aged 5.|Five people left.
"That's what the U.S. wants."|He left.
Was it the U.S.?|It was.
The temperature was -5.5 C.|It fell.
They came from Kyiv, Lviv, etc. and stayed.
Maj. Gen. Kyrylo Budanov's office said so.|It is true.
said Col. (ret.) Smith.|He left.
He said that "it was over."|The army left.
'It is over,' he said.|'We lost.'
He paid $1.|It was $2.
Mr. and Mrs. Smith left.|They ran.
Yesterday (Jan. 5) he left.|She stayed.
He is No. 1.|She is No. 2.
It has a range of 300 km.|It is fast.
It ended in a 1-1 draw vs. Spain.|Fans left.
"You did what?"|"Yes."
The group a.k.a. ISIS left.|It is back.
Brown et al. found it.|It works.
See pp. 3-5 for more.|It is long.
Sgt. 1st Class Alwyn Cashe died.|He was 35.
The Calif. town burned.|It is gone.
Rescue crews came at 9 a.m.|The fire was out.
The quake struck at 4:17 a.m. (0117 GMT).|Thousands died.
"How dare you?" Prime Minister Rishi Sunak asked on Monday.|Nobody answered.
ALAMEDA, Calif. – The team has signed him.|He is 24.
The plan came from Hun Sen.|Other officials agreed.
The blast hit at 3:15 a.m. local time.|At least 12 people died.
The bank — one of the U.S.'s largest — failed.|It is gone.
""".strip().splitlines()

NASTY = (
    "A", "b", "é", "e\u0301", "ß", "Я", "я", "שלום", "مرحبا", "我们", "。", "」", "「", "한국", "👍🏽", "🇺🇦",
    "👨\u200d👩\u200d👧", ".", "!", "?", "…", "...", ",", ":", ";", "-", "—", '"', "'", "“", "”", "„", "«",
    "»", "(", ")", "[1]", "*", "|", " ", "  ", "\n", "\n\n", "\r\n", "\r", "\t", "\u00a0", "\u200b", "\u2028",
    "\u2029", "\ufeff", "\u202e", "\x0c", "\x85", "\x1c", "\x00", "Mr.", "U.S.", "11 a.m.", "Jan. 3", "No. 5",
    "e.g.", "3.5", "https://a.b/c?d", "(photo: Getty Images)", "- ", "1. ", "The army left.", "He said",
    "x" * 300, "\u0301" * 40, "<|endoftext|>",
)  # fmt: skip
nasty_text = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=3)), max_size=40).map("".join)


def parts(text: str, *, title: str = "") -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split_sentences(text, title=title)]


def kinds(text: str, *, title: str = "") -> list[str]:
    return [sentence.kind.value for sentence in split_sentences(text, title=title)]


def quoted(text: str) -> list[bool]:
    return [sentence.in_quotation for sentence in split_sentences(text)]


def paragraphs(text: str) -> list[str]:
    found: dict[int, list[Sentence]] = {}
    for sentence in split_sentences(text):
        found.setdefault(sentence.paragraph, []).append(sentence)
    return [text[group[0].start : group[-1].end] for group in found.values()]


@pytest.mark.parametrize("trap", TRAPS)
def test_a_sentence_ends_where_a_reader_would_end_it(trap: str) -> None:
    wanted = trap.split("|")
    text = ""
    for part in wanted:
        glued = not text or text.endswith("。") or part.startswith("[")
        text += part if glued else " " + part
    assert parts(text) == wanted


def test_an_ambiguous_time_splits_before_a_plain_name_but_not_before_a_time_zone() -> None:
    assert len(parts("Talks resumed at 11 a.m. Washington agreed.")) == 2
    assert len(parts("Talks resumed at 11 a.m. New York time.")) == 1


def test_text_without_capitals_is_still_split() -> None:
    assert parts("the army left town. people came back. it is over.") == [
        "the army left town.",
        "people came back.",
        "it is over.",
    ]


# Paragraphs


def test_blank_lines_separate_paragraphs() -> None:
    assert paragraphs("One is here.\n\nTwo is there.\n \t\nThree is gone.") == [
        "One is here.",
        "Two is there.",
        "Three is gone.",
    ]


def test_lines_that_end_sentences_are_paragraphs() -> None:
    assert paragraphs("The army left. It was late.\nPeople came back.") == [
        "The army left. It was late.",
        "People came back.",
    ]


def test_hard_wrapped_lines_are_joined_into_sentences() -> None:
    text = (
        "The army left the town on Monday, and the people who had\n"
        "fled in the spring came back to it. Nobody knew what the\n"
        "White House would say. The mayor spoke at noon on Tuesday.\n"
        "She said that the bridge would be built again within the\n"
        "year.\n"
    )
    assert len(parts(text)) == 4
    assert len(paragraphs(text)) == 1


def test_a_short_last_line_of_hard_wrapped_text_ends_its_paragraph() -> None:
    text = (
        "The army left the town on Monday, and the people who had\n"
        "fled came back.\n"
        "The mayor spoke at noon on Tuesday to all who wanted to\n"
        "hear her.\n"
    )
    assert len(paragraphs(text)) == 2


def test_a_headline_above_a_paragraph_is_not_joined_to_it() -> None:
    text = "Army leaves town\nThe army left the town on Monday, officials said.\nPeople came back."
    assert paragraphs(text)[0] == "Army leaves town"
    assert kinds(text) == ["heading", "body", "body"]


def test_list_items_are_paragraphs_of_their_own() -> None:
    assert paragraphs("The list was short:\n- milk\n- bread\n- a dozen eggs") == [
        "The list was short:",
        "- milk",
        "- bread",
        "- a dozen eggs",
    ]


def test_a_wrapped_dash_or_number_at_the_start_of_a_line_is_no_list_item() -> None:
    assert (
        len(paragraphs("The three of them went to the town on May\n3. It was late, and nobody was there."))
        == 1
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028", "\x0b"])
def test_every_line_end_counts(line_end: str) -> None:
    assert len(paragraphs(f"One is here.{line_end}{line_end}Two is there.")) == 2


# Quotations


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('"HIMARS has not been silent. From the first days, it fired," a man said.', [False, True]),
        ('"He left." The army stayed.', [False, False]),
        ('He said: "We won. We are happy. We stay." She left.', [False, True, True, False]),
        ("“We won. We are happy,” he said. “We stay.” He left.", [False, True, False, False]),
        ("«Мы победим. Мы знаем», — сказал он. Все ушли.", [False, True, False]),
        ("„Wir gehen. Wir kommen“, sagte er. Dann ging er.", [False, True, False]),
        ("»Wir gehen. Wir kommen«, sagte er. Dann ging er.", [False, True, False]),
        ("“We won. We are happy. We stay", [False, True, True]),
        ("The soldiers' tents burned. The Joneses' house didn't.", [False, False]),
        ("It's late. It 'isn't. The end.", [False, False, False]),
        ("He is 6'2\" tall. She is 5'9\" tall. They left.", [False, False, False]),
        ('He called it "a win." She called it "a loss." They left.', [False, False, False]),
        ('“We won. We are happy", he said. They left.', [False, True, False]),
        ("彼は「行こう。戻ろう。」と言った。そして去った。", [False, True, False]),
        ('He said ("We won. We lost."). They left.', [False, True, False]),
    ],
)
def test_a_sentence_knows_whether_it_begins_inside_a_quotation(text: str, wanted: list[bool]) -> None:
    assert quoted(text) == wanted


def test_an_unclosed_quotation_ends_with_its_paragraph() -> None:
    text = "“We won. We are happy.\n\n“We stay. We know it.” He left.\n\nThe army left. It was late."
    assert quoted(text) == [False, True, False, True, False, False, False]


# Kinds


def test_the_seed_article_has_one_caption_and_one_heading() -> None:
    title, _, text = SEED_ARTICLE.read_text(encoding="utf-8").partition("\n")
    sentences = split_sentences(text, title=title)
    by_kind = {
        kind: [text[s.start : s.end] for s in sentences if s.kind is kind]
        for kind in (SentenceKind.CAPTION, SentenceKind.HEADING)
    }
    assert by_kind[SentenceKind.CAPTION] == [
        "US authorization of strikes on Russia thwarts larger offensive (photo: Getty Images)"
    ]
    assert by_kind[SentenceKind.HEADING] == ["Authorization for strikes against Russia"]
    assert [text[s.start : s.start + 20] for s in sentences if s.in_quotation] == ["From the very first "]
    assert len(sentences) == 15


BODY = "The army left the town on Monday. Nobody knew why."


@pytest.mark.parametrize(
    "caption",
    [
        "A man walks past a house in Kharkiv. (AP Photo/Ann Lee)",
        "A man walks past a house (photo: Getty Images)",
        "A man walks past a house (Photo by Ann Lee/Getty Images)",
        "Photo: Reuters",
        "(photo: Getty Images)",
        "Image credit: Ann Lee",
        "Image source, Getty Images",
        "Image caption, A man walks past a house",
        "Photo by Ann Lee",
        "AP Photo/Ann Lee",
        "A man walks past a house. REUTERS/Ann Lee",
        "A man walks past a house. Photo: Ann Lee / AFP",
        "A man walks past a house (Getty Images)",
        "Фото: Getty Images",
        "© Ann Lee",
    ],
)
def test_a_photo_credit_makes_a_caption(caption: str) -> None:
    assert set(kinds(f"{caption}\n\n{BODY}")[:-2]) == {"caption"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Getty Images sued the company on Monday.",
        "Video by the army showed a crater.",
        "The ministry released the video by Monday.",
        "The bridge fell (photos were published by the ministry on Monday).",
        "He spoke to reporters (via video link).",
        "Exports fell by 3% (source: World Bank).",
        "Image source detection has improved a lot.",
        "AP photos showed damage to the bridge.",
        "Photo exhibitions will open again on Monday.",
    ],
)
def test_a_sentence_about_photos_is_body(sentence: str) -> None:
    assert set(kinds(f"{sentence}\n\n{BODY}")) == {"body"}


@pytest.mark.parametrize(
    ("paragraph", "kind"),
    [
        ("What we know so far", "heading"),
        ("By Ann Lee", "heading"),
        ("“A war of nerves”", "heading"),
        ("Mr. Smith goes to town", "heading"),
        ("What do we know?", "body"),
        ("He said the following:", "body"),
        ("- milk", "body"),
        ("• milk", "body"),
        ("1. Milk and bread", "body"),
        ("Two sentences stand here. The second has no stop", "body"),
        (" ".join(["word"] * 16), "body"),
        ("12 34", "body"),
        ("***", "body"),
    ],
)
def test_a_short_paragraph_without_a_stop_is_a_heading(paragraph: str, kind: str) -> None:
    assert set(kinds(f"{BODY}\n\n{paragraph}\n\n{BODY}")[2:-2]) == {kind}


def test_a_paragraph_that_repeats_the_title_is_a_heading() -> None:
    assert kinds(f"Will the army leave?\n\n{BODY}", title="Will the Army leave")[0] == "heading"
    assert (
        kinds(f"Will the army leave?\n\n{BODY}", title="Will the army leave? | Example News")[0] == "heading"
    )


def test_a_title_with_a_credit_is_a_caption() -> None:
    assert kinds(f"Army leaves town (photo: Ann Lee)\n\n{BODY}", title="Army leaves town")[0] == "caption"


@pytest.mark.parametrize(
    "text",
    [
        "Only a heading",
        "A heading\n\nAnother heading",
        "Photo: Reuters",
        "Roses are red\nViolets are blue\nSugar is sweet\nAnd so are you",
        "ANN: where were you\n\nBEN: at home\n\nANN: all day\n\nBEN: yes",
    ],
)
def test_a_text_is_never_all_headings(text: str) -> None:
    assert set(kinds(text)) == {"body"}


def test_the_rows_of_a_table_are_body() -> None:
    rows = "\n\n".join(f"Town {number}" for number in range(6))
    assert "heading" not in kinds(f"{BODY}\n\n{rows}\n\n{BODY}\n\n{BODY}\n\n{BODY}")


# Promises


@given(text=nasty_text, title=st.sampled_from(["", "The army left", "(photo: Getty Images)"]))
def test_sentences_cover_every_character_but_white_space(text: str, title: str) -> None:
    sentences = split_sentences(text, title=title)
    end = 0
    for sentence in sentences:
        assert not text[end : sentence.start].strip()
        part = text[sentence.start : sentence.end]
        assert part and part == part.strip()
        end = sentence.end
    assert not text[end:].strip()
    assert [s.paragraph for s in sentences] == sorted(s.paragraph for s in sentences)
    assert sentences == split_sentences(text, title=title)


@given(text=nasty_text)
def test_a_text_with_sentences_has_a_body(text: str) -> None:
    sentences = split_sentences(text)
    assert not sentences or any(sentence.kind is SentenceKind.BODY for sentence in sentences)


@pytest.mark.parametrize("text", ["", " \n\t ", "\u2029\n", "\ud800", "\x00", "\ufeff"])
def test_any_string_is_accepted(text: str) -> None:
    assert bool(split_sentences(text)) == bool(text.strip())


def test_importing_the_splitter_does_not_import_the_library() -> None:
    code = "import sys, rag.sentences; sys.exit('nupunkt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
