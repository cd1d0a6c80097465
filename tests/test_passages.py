"""Passages: a partition of the article, within both limits, cut where a reader would."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from rag.passages import PassageLimits, count_tokens, split_passages
from rag.schema import Article, Passage, Sentence, SentenceKind
from rag.sentences import split_sentences

ROOT = Path(__file__).parents[1]
SEED_ARTICLE = ROOT / "corpus" / "us-authorization-of-strikes.txt"
TOKENIZER = ROOT / "rag" / "models" / "minilm" / "tokenizer.json"
LIMITS = PassageLimits(tokens=200, word_pieces=254)
SMALL = PassageLimits(tokens=40, word_pieces=48)

SENTENCES = (
    "The army left.", "Nobody knew why, and nobody asked.", "He said: “We won. We are happy.”",
    '"We stay. We go.', "Why?", "Authorization for strikes", "(photo: Getty Images)", "- milk",
    "我们去公园。他来了。", "Он ушёл. Она осталась.", "שלום עולם. מה שלומך?", "<|endoftext|>",
    "👨\u200d👩\u200d👧\u200d👦🇺🇦👍🏽" * 9, "e\u0301" * 30, "x" * 90, "aGVsbG8gd29ybGQ" * 30, "!?;:—" * 40,
    "word " * 70, "\u200b", "…", "\u0301" * 60, "ﷺ" * 20, "가" * 50, "\x00\x01",
)  # fmt: skip
SPACES = (" ", "\n", "\n\n", "\r\n", "\u00a0", "\u2029", "\t ", "", " " * 90, "\n" * 300)
nasty_article = st.lists(
    st.one_of(st.sampled_from(SENTENCES), st.sampled_from(SPACES), st.text(max_size=8)), max_size=30
).map("".join)


def count_words(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text))


def count_characters(text: str) -> int:
    return len(re.findall(r"\S", text))


@pytest.fixture(scope="module")
def count_pieces() -> Callable[[str], int]:
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def split(
    text: str, *, limits: PassageLimits = LIMITS, title: str = "", count: Callable[[str], int] = count_words
) -> tuple[Passage, ...]:
    article = Article.from_text(text=text, title=title, id="a1")
    return split_passages(article, limits=limits, count_word_pieces=count)


def sentence_of(words: int, *, start: str = "The") -> str:
    return " ".join([start, *["army"] * (words - 2), "left."])


def assert_partition(text: str, passages: tuple[Passage, ...]) -> None:
    assert "".join(passage.text for passage in passages) == (text if text.strip() else "")
    assert [passage.position for passage in passages] == list(range(len(passages)))
    assert len({passage.id for passage in passages}) == len(passages)
    for passage in passages:
        assert passage.text == text[passage.start : passage.end]
        end = passage.start
        for sentence in passage.sentences:
            assert end <= sentence.start < sentence.end <= passage.end
            assert not text[end : sentence.start].strip()
            part = text[sentence.start : sentence.end]
            assert part == part.strip()
            end = sentence.end
        assert not text[end : passage.end].strip()


def assert_within(passages: tuple[Passage, ...], limits: PassageLimits, count: Callable[[str], int]) -> None:
    for passage in passages:
        assert count_tokens(passage.text) <= limits.tokens
        assert count(passage.text) <= limits.word_pieces


def quotation_of(sentences: tuple[Sentence, ...], inside: int) -> tuple[int, int]:
    """The range of sentences, as indices, of the quotation that sentence `inside` lies in."""
    first = inside
    while sentences[first].in_quotation:
        first -= 1
    end = inside + 1
    while end < len(sentences) and sentences[end].in_quotation:
        end += 1
    return first, end


@settings(max_examples=150, deadline=None)
@given(text=nasty_article, limits=st.sampled_from([LIMITS, SMALL, PassageLimits(tokens=16, word_pieces=16)]))
def test_passages_partition_the_article_within_both_limits(text: str, limits: PassageLimits) -> None:
    passages = split(text, limits=limits, count=count_characters)
    assert_partition(text, passages)
    assert_within(passages, limits, count_characters)
    assert passages == split(text, limits=limits, count=count_characters)


@settings(max_examples=60, deadline=None)
@given(text=nasty_article, limits=st.sampled_from([LIMITS, SMALL]))
def test_passages_fit_the_encoder_by_its_own_tokenizer(
    text: str, limits: PassageLimits, count_pieces: Callable[[str], int]
) -> None:
    passages = split(text, limits=limits, count=count_pieces)
    assert_partition(text, passages)
    assert_within(passages, limits, count_pieces)


@settings(max_examples=100, deadline=None)
@given(text=nasty_article)
def test_only_what_exceeds_a_limit_is_cut(text: str) -> None:
    sentences = split_sentences(text)
    starts = [0, *(sentence.start for sentence in sentences[1:]), len(text)]
    cuts = {passage.start for passage in split(text, limits=SMALL, count=count_characters)[1:]}

    def fits(start: int, end: int) -> bool:
        part = text[start:end]
        return count_tokens(part) <= SMALL.tokens and count_characters(part) <= SMALL.word_pieces

    for start, end in pairwise(starts if sentences else []):
        assert not fits(start, end) or not any(start < cut < end for cut in cuts)
    for index, sentence in enumerate(sentences):
        if sentence.in_quotation and sentence.start in cuts:
            first, end = quotation_of(sentences, index)
            assert not fits(starts[first], starts[end])


def test_a_blank_article_has_no_passages() -> None:
    assert split("") == ()
    assert split(" \n\t\u00a0") == ()


def test_a_short_article_is_one_passage_with_its_outer_white_space() -> None:
    (passage,) = split("\n\n The army left.\n\nNobody knew why. \n")
    assert passage.text == "\n\n The army left.\n\nNobody knew why. \n"
    assert len(passage.sentences) == 2


def test_the_white_space_between_sentences_belongs_to_the_passage_before() -> None:
    first, second = split(f"{sentence_of(150)}  \n\n{sentence_of(150)}")
    assert first.text.endswith("left.  \n\n")
    assert second.text.startswith("The")


def test_a_quotation_that_fits_is_never_cut() -> None:
    quotation = "“" + " ".join(sentence_of(20) for _ in range(8)) + "” he said."
    passages = split(f"{sentence_of(60)} {quotation} {sentence_of(60)}")
    assert any("“" in p.text and "”" in p.text for p in passages)
    assert not any(p.sentences[0].in_quotation for p in passages)


def test_a_quotation_over_the_limit_is_cut_between_sentences() -> None:
    quotation = "“" + " ".join(sentence_of(20) for _ in range(30)) + "”"
    passages = split(quotation)
    assert len(passages) == 4
    assert all(p.text.rstrip("” ").endswith("left.") for p in passages)


def test_a_sentence_over_the_limit_is_cut_at_white_space() -> None:
    text = " ".join(f"word{number}" for number in range(500))
    passages = split(text)
    assert_partition(text, passages)
    assert all(re.fullmatch(r"(word\d+ ?)+", p.text) for p in passages)
    assert all(len(p.sentences) == 1 for p in passages)


def test_a_word_over_the_limit_is_cut_between_graphemes() -> None:
    family = "👨\u200d👩\u200d👧\u200d👦"
    passages = split(family * 100, limits=SMALL)
    assert len(passages) > 1
    assert all(len(p.text) % len(family) == 0 for p in passages)


def test_a_grapheme_over_the_limit_is_cut_between_characters() -> None:
    text = "e" + "\u0301" * 500
    passages = split(text, limits=SMALL)
    assert_partition(text, passages)
    assert_within(passages, SMALL, count_words)


def test_a_run_of_white_space_over_the_limit_gives_passages_without_sentences() -> None:
    text = "The army left." + "\n\u00a0" * 400 + "Nobody knew why."
    passages = split(text, limits=SMALL)
    assert_partition(text, passages)
    assert_within(passages, SMALL, count_words)
    assert sum(len(p.sentences) for p in passages) == 2


def test_a_passage_ends_with_its_paragraph_when_two_thirds_full() -> None:
    limits = PassageLimits(tokens=100, word_pieces=1000)
    first, second = " ".join([sentence_of(25)] * 3), " ".join([sentence_of(25)] * 3)
    assert [p.text.strip() for p in split(f"{first}\n\n{second}", limits=limits)] == [first, second]


def test_a_paragraph_boundary_that_would_leave_the_passage_nearly_empty_is_passed_over() -> None:
    limits = PassageLimits(tokens=100, word_pieces=1000)
    text = f"{sentence_of(20)}\n\n" + " ".join([sentence_of(25)] * 5)
    assert len(split(text, limits=limits)[0].sentences) == 3


def test_the_last_passage_is_not_tiny() -> None:
    limits = PassageLimits(tokens=100, word_pieces=1000)
    sizes = [count_tokens(p.text) for p in split(" ".join([sentence_of(12)] * 9), limits=limits)]
    assert len(sizes) == 2
    assert min(sizes) >= 40


def test_a_heading_goes_with_the_paragraph_after_it() -> None:
    paragraph = " ".join([sentence_of(30)] * 5)
    text = "\n\n".join([paragraph, "What we know so far", paragraph, "Who left the town", paragraph])
    passages = split(text)
    assert sum(s.kind is SentenceKind.HEADING for p in passages for s in p.sentences) == 2
    assert not any(p.sentences[-1].kind is SentenceKind.HEADING for p in passages)


def test_the_seed_article_keeps_its_quotation_and_heading_together() -> None:
    title, _, text = SEED_ARTICLE.read_text(encoding="utf-8").partition("\n")
    passages = split(text, title=title, limits=PassageLimits(tokens=80, word_pieces=254))
    assert_partition(text, passages)
    assert not any(p.sentences[0].in_quotation for p in passages)
    assert not any(p.sentences[-1].kind is SentenceKind.HEADING for p in passages)


def test_ids_are_stable_and_bound_to_position_and_text() -> None:
    (one,), (other,) = split("The army left."), split("The army stayed.")
    assert one.id.startswith("a1-0000-")
    assert one.id == split("The army left.")[0].id
    assert one.id != other.id
    first, second = split(f"{sentence_of(150)}\n\n{sentence_of(150)}")
    assert first.id != second.id


def test_special_tokens_in_an_article_are_plain_text() -> None:
    assert count_tokens("<|endoftext|>") > 1
    assert split("He wrote <|endoftext|> on the wall.")[0].text == "He wrote <|endoftext|> on the wall."


def test_tokens_are_counted_as_cl100k_base_does() -> None:
    assert count_tokens("") == 0
    assert count_tokens("tiktoken is great!") == 6  # OpenAI's cookbook, "How to count tokens with tiktoken"


def test_counting_does_not_grow_with_the_square_of_the_article() -> None:
    counted = 0

    def count(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return count_words(text)

    text = "\n\n".join([sentence_of(20)] * 400)
    split(text, count=count)
    assert counted < 4 * len(text)


@pytest.mark.parametrize(("tokens", "word_pieces"), [(0, 254), (200, 15), (-1, -1)])
def test_a_limit_too_small_for_one_character_is_refused(tokens: int, word_pieces: int) -> None:
    with pytest.raises(ValueError, match="at least 16"):
        PassageLimits(tokens=tokens, word_pieces=word_pieces)
