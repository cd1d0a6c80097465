"""What tells an answering sentence from its neighbours: the signals that the ranker was trained on.

Each sentence of the candidate passages becomes a row of `SIGNALS`. A signal is NaN where what it comes from
is missing: token states, which not every encoder gives, or the reading model, which can be switched off. The
ranker has weights for each case.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rag.alignment import best_cosines, content_tokens, mean_cosine, reverse_maxsim, weakest_cosine
from rag.background import stem_idf, word_stem, words
from rag.encoder import Floats
from rag.expectations import Kind, asked_for, found_in
from rag.reader import Reading
from rag.retrieval import Candidate, Query, maxsim, sentence_tokens
from rag.schema import Passage, Sentence, SentenceKind

TOKEN_SIGNALS = (
    "sentence_maxsim",  # MaxSim of the question with the sentence
    "window_maxsim",  # with the sentence and its neighbours
    "passage_maxsim",  # with the passage and its article's title
    "sentence_weakest",  # the lowest cosine of a content token of the question with the sentence
    "window_weakest",
    "passage_weakest",  # with the passage or the title
    "passage_second_weakest",
    "reverse_maxsim",  # MaxSim of the sentence with the question
    "sentence_cosine",  # of the mean token states (late chunking)
    "passage_cosine",  # of the encoder's vectors
    "maxsim_lead",  # of this sentence over the best other one
)
LEXICAL_SIGNALS = (
    "sentence_overlap",  # the share of the question's IDF that the sentence's stems cover
    "window_overlap",
    "passage_overlap",  # the passage and the title
    "missing_idf",  # the highest IDF of a question stem that is not in the passage or the title
    "sentence_bm25",  # Robertson's saturation over the sentence, with background IDF
    "passage_fused",  # standard deviations
    "passage_rank",
    "overlap_lead",  # of this sentence over the best other one
    "position",  # in the passage, from 0
    "words",  # ln(1 + words)
    "novelty",  # ln(1 + the IDF of the words that are not in the question)
    "question_words",
    "asks_number",
    "asks_time",
    "asks_person",
    "asks_place",
    "asks_reason",
    "asks_whether",
    "type_found",  # 1 what is asked for is there, -1 it isn't, 0 nothing definite is asked for
    "has_quotation",
    "is_question",
)
READER_SIGNALS = (
    "reader_answers",  # log-odds that the sentence answers rather than none of its passage
    "reader_span",  # of the likeliest answer within it
    "reader_answers_lead",  # of this sentence over the best other one, of all passages
    "reader_span_lead",
    "reader_passage",  # log-odds that any sentence of its passage answers
)
SIGNALS = TOKEN_SIGNALS + LEXICAL_SIGNALS + READER_SIGNALS

_AVERAGE_WORDS = 22.0  # of a news sentence, for BM25's length norm
_K1, _B = 1.2, 0.5


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    stem: str
    idf: float


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[_Word, ...]:
    read = []
    for word in words(text):
        root = word_stem(word)
        read.append(_Word(word, root, stem_idf(root)))
    return tuple(read)


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """A sentence of a candidate, with its row of signals still to come."""

    candidate: Candidate
    number: int  # among the passage's sentences

    @property
    def sentence(self) -> Sentence:
        """Its place in the article."""
        return self.candidate.passage.sentences[self.number]

    def text(self, sentence: Sentence | None = None) -> str:
        """The text of this sentence, or of another one of the same passage."""
        passage, own = self.candidate.passage, sentence or self.sentence
        return passage.text_of(own)


def sentence_rows(candidates: Sequence[Candidate]) -> list[SentenceRow]:
    """The body sentences of the candidates, in their order; all sentences where none is body."""
    rows = [SentenceRow(c, n) for c in candidates for n in range(len(c.passage.sentences))]
    own = [row for row in rows if row.sentence.kind is not SentenceKind.INJECTED]
    return [row for row in own if row.sentence.kind is SentenceKind.BODY] or own


def read_signals(
    query: Query,
    candidates: Sequence[Candidate],
    titles: Sequence[str],
    readings: Sequence[Reading] | None = None,
) -> tuple[list[SentenceRow], Floats]:
    """The sentences of the candidates and their signals (n, len(SIGNALS)).

    `titles` are those of the candidates' articles, in parallel; so are `readings`, of the sentences that
    `sentences_to_read` gives, or None without a reader.
    """
    rows = sentence_rows(candidates)
    title_of = {id(candidate): title for candidate, title in zip(candidates, titles, strict=True)}
    rank_of = {id(candidate): rank for rank, candidate in enumerate(candidates)}
    asked = asked_for(query.text)
    read = (
        [_read(candidate.passage, reading) for candidate, reading in zip(candidates, readings, strict=True)]
        if readings is not None
        else []
    )
    table = [
        _lexical(query, row, title_of[id(row.candidate)], rank_of[id(row.candidate)], asked)
        | _token(query, row)
        | (read[rank_of[id(row.candidate)]][row.number] if read else {})
        for row in rows
    ]
    signals = np.asarray(
        [[values.get(name, math.nan) for name in SIGNALS] for values in table], dtype=np.float32
    )
    signals = signals.reshape(len(rows), len(SIGNALS))
    _set_lead(signals, "sentence_maxsim", "maxsim_lead")
    _set_lead(signals, "sentence_overlap", "overlap_lead")
    _set_lead(signals, "reader_answers", "reader_answers_lead")
    _set_lead(signals, "reader_span", "reader_span_lead")
    return rows, signals


def sentences_to_read(passage: Passage) -> list[int]:
    """The numbers of a passage's sentences that the reader reads: the body, or all where none is body.

    None that is injected.
    """
    own = [(n, s.kind) for n, s in enumerate(passage.sentences) if s.kind is not SentenceKind.INJECTED]
    return [n for n, kind in own if kind is SentenceKind.BODY] or [n for n, _ in own]


def texts_to_read(passage: Passage) -> tuple[str, ...]:
    """The text of each sentence of `sentences_to_read`."""
    own = [passage.sentences[number] for number in sentences_to_read(passage)]
    return tuple(passage.text_of(sentence) for sentence in own)


def _read(passage: Passage, reading: Reading) -> dict[int, dict[str, float]]:
    """The reader's signals of each sentence of a passage that was read, by its number."""
    any_answers = float(np.logaddexp.reduce(reading.answers))
    return {
        number: {
            "reader_answers": float(reading.answers[place]),
            "reader_span": float(reading.spans[place]),
            "reader_passage": any_answers,
        }
        for place, number in enumerate(sentences_to_read(passage))
    }


def _set_lead(signals: Floats, of: str, into: str) -> None:
    signals[:, SIGNALS.index(into)] = leads(signals[:, SIGNALS.index(of)])


def leads(values: Floats) -> Floats:
    """Each value (n,) less the best of the others: 0 for one without others, NaN for all if one is NaN."""
    if np.isnan(values).any():
        return np.full_like(values, np.nan)
    if len(values) < 2:
        return np.zeros_like(values)
    second, best = np.sort(values)[-2:]
    return np.asarray(values - np.where(values == best, second, best), dtype=np.float32)


def _token(query: Query, row: SentenceRow) -> dict[str, float]:
    interaction, passage = row.candidate.interaction, row.candidate.passage
    if interaction is None or query.tokens is None:
        return {}
    sentences = passage.sentences
    around = sentences[max(0, row.number - 1) : row.number + 2]
    own = sentence_tokens(interaction.tokens, passage, row.sentence.start, row.sentence.end)
    window = sentence_tokens(interaction.tokens, passage, around[0].start, around[-1].end)
    cosines = interaction.cosines
    content = content_tokens(query.tokens.ids)
    passage_best = np.maximum(best_cosines(cosines), interaction.title)[content]
    weakest = np.sort(passage_best)
    return {
        "sentence_maxsim": maxsim(cosines[:, own], query.weights),
        "window_maxsim": maxsim(cosines[:, window], query.weights),
        "passage_maxsim": row.candidate.maxsim,
        "sentence_weakest": weakest_cosine(cosines[:, own], content),
        "window_weakest": float(
            np.maximum(best_cosines(cosines[:, window]), interaction.title)[content].min()
        ),
        "passage_weakest": float(weakest[0]),
        "passage_second_weakest": float(weakest[min(1, len(weakest) - 1)]),
        "reverse_maxsim": reverse_maxsim(cosines[:, own], interaction.tokens.ids[own]),
        "sentence_cosine": mean_cosine(query.tokens.vectors, interaction.tokens.vectors[own]),
        "passage_cosine": row.candidate.dense,
    }


def _lexical(
    query: Query, row: SentenceRow, title: str, rank: int, asked: frozenset[Kind]
) -> dict[str, float]:
    sentences = row.candidate.passage.sentences
    own = _words(row.text())
    around = sentences[max(0, row.number - 1) : row.number + 2]
    window = {word.stem for sentence in around for word in _words(row.text(sentence))}
    everywhere = {w.stem for w in _words(row.candidate.passage.text)} | {w.stem for w in _words(title)}
    own_stems = {word.stem for word in own}
    missing = [idf for root, idf in query.stem_weights.items() if root not in everywhere]
    new = {word.stem: word.idf for word in own if word.stem not in query.stem_weights}
    text = row.text()
    # A capital at a sentence's start says nothing.
    new_words = [(w.text if n else w.text.lower()) for n, w in enumerate(own) if w.stem in new]
    return {f"asks_{kind.value}": float(kind in asked) for kind in Kind} | {
        "sentence_overlap": _overlap(query, own_stems),
        "window_overlap": _overlap(query, window),
        "passage_overlap": _overlap(query, everywhere),
        "missing_idf": max(missing, default=0.0),
        "sentence_bm25": _bm25(query, [word.stem for word in own]),
        "passage_fused": row.candidate.fused,
        "passage_rank": float(rank),
        "position": float(row.number),
        "words": math.log1p(len(own)),
        "novelty": math.log1p(sum(new.values())),
        "question_words": float(len(query.stems)),
        "type_found": found_in([w.text for w in own], new_words, asked),
        "has_quotation": float(any(mark in text for mark in '"“”«»')),
        "is_question": float(text.rstrip('"”’)» ').endswith("?")),
    }


def _overlap(query: Query, found: set[str]) -> float:
    total = sum(query.stem_weights.values())
    return sum(idf for root, idf in query.stem_weights.items() if root in found) / max(total, 1e-9)


def _bm25(query: Query, sentence: Sequence[str]) -> float:
    norm = _K1 * (1 - _B + _B * len(sentence) / _AVERAGE_WORDS)
    counts = {root: sentence.count(root) for root in query.stem_weights}
    return sum(query.stem_weights[root] * n * (_K1 + 1) / (n + norm) for root, n in counts.items() if n)
