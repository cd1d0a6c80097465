"""Trains the ranker and its calibration on SQuAD 2 and measures both by cross-validation over articles.

    python -m training.ranker --data FOLDER                   # writes rag/models/ranker/
    python -m training.ranker --data FOLDER --cross-validate  # prints out-of-fold figures as JSON

Every question is asked of several corpora: all paragraphs, those of its own article, five neighbouring
ones; and, as a question without an answer, all paragraphs but the right one, the other articles, another
article alone. SQuAD 2's adversarial questions are asked of the first three.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from rag.encoder import Floats, MiniLmEncoder
from rag.evidence import Neighbours, select_evidence
from rag.ranker import (
    FOLDER,
    PASSAGES_READ,
    SCORE_SIGNALS,
    WEIGHTS,
    Calibration,
    RankedSentence,
    calibration_table,
)
from rag.retrieval import CANDIDATES, RERANKED, Candidate, Query, Retriever
from rag.schema import Article
from rag.settings import Settings
from rag.signals import READER_SIGNALS, SIGNALS, TOKEN_SIGNALS, SentenceRow, read_signals
from training.datasets import SQUAD, Paragraph, Question, read_squad
from training.memory import MemoryCorpus
from training.readings import READINGS, Readings

Labels = npt.NDArray[np.int32]

ROUNDS = 120
TREES = {
    "objective": "lambdarank",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "lambdarank_truncation_level": 5,
    "verbose": -1,
    "num_threads": 2,
    "seed": 1,
    "deterministic": True,
}
CALIBRATED = 3  # sentences a question, the best by the ranker
ANSWERED_SHARE = 0.94  # of answerable questions, out of fold: what the threshold is chosen for
ABSENT_SHARE = 0.05  # the most questions about absent articles that may be answered
COVERAGE = 0.9  # of answerable questions, at which questions about absent articles are counted
INNER_FOLDS = 3

# How much each kind of asking weighs in the calibration: half answerable, half not.
MIXTURE = {
    "all": 1.0, "own": 1.0, "near": 1.0,
    "removed": 0.5, "removed own": 0.5, "absent": 0.5, "absent one": 0.5,
    "adversarial": 1 / 3, "adversarial own": 1 / 3, "adversarial near": 1 / 3,
}  # fmt: skip
WHOLE = "all"
ANSWERABLE = (WHOLE, "own", "near")
_CALIBRATION_SIGNALS = (
    *TOKEN_SIGNALS,
    "sentence_overlap", "window_overlap", "passage_overlap", "missing_idf", "type_found",
    "words", "novelty", "question_words", *READER_SIGNALS, *SCORE_SIGNALS,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question asked of one corpus: its sentences, their signals (n, len(SIGNALS)), and which answer.

    `rows` and `neighbours` are kept of the first kind only, to choose evidence as the product does.
    """

    group: str
    kind: str
    signals: Floats
    answers: Labels
    rows: tuple[SentenceRow, ...] = ()
    neighbours: Neighbours | None = None


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A question asked of one corpus: the passages that it finds, best first, and their articles' titles."""

    question: Question
    query: Query
    kind: str
    retriever: Retriever
    found: Sequence[Candidate]
    titles: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How askings are judged: what orders their passages (None: as the product), and what a reader says."""

    order: Callable[[Candidate], float] | None = None
    readings: Readings | None = None

    def passages(self, found: Sequence[Candidate]) -> list[Candidate]:
        """The passages whose sentences are ranked."""
        order = self.order
        if order is not None:
            found = sorted(found, key=lambda c: (-order(c), c.passage.id))
        return list(found[:PASSAGES_READ])


def all_askings(data: Path, *, depth: int = PASSAGES_READ) -> Iterator[Asking]:
    """Every question of the SQuAD file, asked of every corpus it is for; about 15,000, 3 minutes.

    Each finds the passages that the product reads, then the rest of `depth` as they come.
    """
    paragraphs, questions = read_squad(data / SQUAD)
    encoder = MiniLmEncoder()
    articles = [Article.from_text(id=p.id, title=p.title, text=p.text) for p in paragraphs]
    default = Settings.model_fields["passage_tokens"].default
    corpus = MemoryCorpus(articles, encoder=encoder, passage_tokens=default)
    corpora = _Corpora(corpus, paragraphs)
    for question in questions:
        query = Query.read(question.text, encoder)
        for kind, retriever, without in corpora.of(question):
            among = set(retriever.article_ids) - {without} if without else None
            found = retriever.candidates(query, limit=depth, articles=among)
            if depth > RERANKED:  # the product compares no more than these
                by_fused = sorted(found, key=lambda c: (-c.fused, c.passage.id))
                found = sorted(by_fused[:RERANKED], key=lambda c: (-c.score, c.passage.id))
                found += by_fused[RERANKED:]
            yield Asking(
                question=question,
                query=query,
                kind=kind,
                retriever=retriever,
                found=found,
                titles=corpus.titles,
            )


def ask_all(data: Path, readings: Readings | None = None) -> list[Asked]:
    """The signals of every asking's sentences, the reader's among them if its `readings` are given."""
    setup = Setup(readings=readings)
    return judge_all(data, [setup])[setup]


def judge_all(data: Path, setups: Sequence[Setup]) -> dict[Setup, list[Asked]]:
    """The signals of every asking's sentences, as each of the setups sees them."""
    reordered = any(setup.order is not None for setup in setups)
    asked: dict[Setup, list[Asked]] = {setup: [] for setup in setups}
    for asking in all_askings(data, depth=CANDIDATES if reordered else PASSAGES_READ):
        for setup, judged in asked.items():
            one = _judge_sentences(asking, setup)
            if len(one.answers):
                judged.append(one)
    return asked


class _Corpora:
    def __init__(self, corpus: MemoryCorpus, paragraphs: Sequence[Paragraph]) -> None:
        self._corpus = corpus
        self._paragraphs = paragraphs
        self._places = {paragraph.id: place for place, paragraph in enumerate(paragraphs)}
        self._groups: defaultdict[str, set[str]] = defaultdict(set)
        for paragraph in paragraphs:
            self._groups[paragraph.group].add(paragraph.id)
        self._all = corpus.retriever()
        self._own = {group: corpus.retriever(ids) for group, ids in self._groups.items()}
        every = set(self._places)
        self._others = {group: corpus.retriever(every - ids) for group, ids in self._groups.items()}
        self._random = random.Random(0)

    def of(self, question: Question) -> Iterator[tuple[str, Retriever, str]]:
        """The kind of asking, the retriever, and the paragraph to leave out, if any."""
        own, near = self._own[question.group], self._near(question)
        if not question.answerable:
            yield from (
                ("adversarial", self._all, ""),
                ("adversarial own", own, ""),
                ("adversarial near", near, ""),
            )
            return
        other = self._random.choice(sorted(set(self._groups) - {question.group}))
        yield from (("all", self._all, ""), ("own", own, ""), ("near", near, ""))
        yield from (
            ("removed", self._all, question.paragraph_id),
            ("removed own", own, question.paragraph_id),
        )
        yield from (("absent", self._others[question.group], ""), ("absent one", self._own[other], ""))

    def _near(self, question: Question) -> Retriever:
        place = self._places[question.paragraph_id]
        around = self._paragraphs[max(0, place - 2) : place + 3]
        return self._corpus.retriever({p.id for p in around if p.group == question.group})


def _judge_sentences(asking: Asking, setup: Setup) -> Asked:
    question, found = asking.question, setup.passages(asking.found)
    read = setup.readings.of(question, found) if setup.readings is not None else None
    titles = [asking.titles[candidate.passage.article_id] for candidate in found]
    rows, signals = read_signals(asking.query, found, titles, read)
    answers = [
        question.answerable
        and row.candidate.passage.article_id == question.paragraph_id
        and any(row.sentence.start <= start < row.sentence.end for start, _ in question.spans)
        for row in rows
    ]
    return Asked(
        group=question.group,
        kind=asking.kind,
        signals=signals,
        answers=np.asarray(answers, dtype=np.int32),
        rows=tuple(rows) if asking.kind == WHOLE else (),
        neighbours=asking.retriever.neighbours if asking.kind == WHOLE else None,
    )


def train_trees(asked: Sequence[Asked], signals: Sequence[str]) -> lightgbm.Booster:
    """LambdaMART (Burges 2010) over the answerable askings, on some of the signals."""
    columns = [SIGNALS.index(signal) for signal in signals]
    used = [a for a in asked if a.kind in ANSWERABLE and a.answers.any()]
    data = lightgbm.Dataset(
        np.vstack([a.signals[:, columns] for a in used]),
        np.concatenate([a.answers for a in used]),
        group=[len(a.answers) for a in used],
    )
    return lightgbm.train(TREES, data, ROUNDS)


def score(trees: lightgbm.Booster, asked: Asked, signals: Sequence[str]) -> Floats:
    """The ranker's scores (n,) of one asking's sentences."""
    columns = [SIGNALS.index(signal) for signal in signals]
    return np.asarray(trees.predict(asked.signals[:, columns]), dtype=np.float32)


def fit_calibration(
    asked: Sequence[Asked], scores: Sequence[Floats], signals: Sequence[str], *, threshold: float = 0.5
) -> Calibration:
    """Logistic regression on the best sentences of each asking, the kinds weighed by `MIXTURE`."""
    counts: defaultdict[str, int] = defaultdict(int)
    for one in asked:
        counts[one.kind] += 1
    tables, labels, weights = [], [], []
    for one, own in zip(asked, scores, strict=True):
        best = np.argsort(-own, kind="stable")[:CALIBRATED]
        tables.append(calibration_table(one.signals, own, signals)[best])
        labels.append(one.answers[best])
        weights.append(np.full(len(best), MIXTURE[one.kind] / counts[one.kind] / len(best)))
    scaler = StandardScaler().fit(np.vstack(tables))
    weight = np.concatenate(weights)
    model = LogisticRegression(C=0.1, max_iter=5000).fit(
        scaler.transform(np.vstack(tables)), np.concatenate(labels), weight * len(weight) / weight.sum()
    )
    return Calibration(
        signals=tuple(signals),
        mean=np.asarray(scaler.mean_, dtype=np.float32),
        scale=np.asarray(scaler.scale_, dtype=np.float32),
        coefficients=np.asarray(model.coef_[0], dtype=np.float32),
        intercept=float(model.intercept_[0]),
        threshold=threshold,
    )


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An asking, out of fold: the probability of its best sentence, and whether that holds a gold answer.

    `cited` says whether the first citation would, were the threshold 0 (None where it was not looked at).
    """

    asked: Asked
    probability: float
    right: bool
    cited: bool | None


def score_out_of_fold(asked: Sequence[Asked], signals: Sequence[str], *, folds: int = 0) -> list[Floats]:
    """The scores of each asking by trees that saw no question on its article; a fold each, or `folds`."""
    groups = sorted({a.group for a in asked})
    fold_of = {group: place % (folds or len(groups)) for place, group in enumerate(groups)}
    scores: dict[int, Floats] = {}
    for fold in sorted(set(fold_of.values())):
        trees = train_trees([a for a in asked if fold_of[a.group] != fold], signals)
        scores |= {n: score(trees, a, signals) for n, a in enumerate(asked) if fold_of[a.group] == fold}
    return [scores[n] for n in range(len(asked))]


def judge_out_of_fold(asked: Sequence[Asked], signals: Sequence[str]) -> list[Judged]:
    """Judge each article's askings by trees and a calibration that saw none of them."""
    judged = []
    for group in sorted({a.group for a in asked}):
        others = [a for a in asked if a.group != group]
        inner = score_out_of_fold(others, signals, folds=INNER_FOLDS)
        calibration = fit_calibration(others, inner, calibration_signals(signals))
        trees = train_trees(others, signals)
        judged += [_judge(a, score(trees, a, signals), calibration) for a in asked if a.group == group]
    return judged


def _judge(asked: Asked, scores: Floats, calibration: Calibration) -> Judged:
    probabilities = calibration.probabilities(asked.signals, scores)
    best = int(np.argmax(scores))
    return Judged(
        asked=asked,
        probability=float(probabilities[best]),
        right=bool(asked.answers[best]),
        cited=_first_citation_answers(asked, scores, probabilities) if asked.neighbours else None,
    )


def _first_citation_answers(asked: Asked, scores: Floats, probabilities: Floats) -> bool:
    assert asked.neighbours is not None
    sentences = [
        RankedSentence(row=row, score=float(one), probability=float(probability))
        for row, one, probability in zip(asked.rows, scores, probabilities, strict=True)
    ]
    first = select_evidence(
        sorted(sentences, key=lambda sentence: -sentence.score),
        titles={row.candidate.passage.article_id: "" for row in asked.rows},
        threshold=0.0,
        most=Settings.model_fields["max_statements"].default,
        neighbours=asked.neighbours,
    )[0]
    return any(
        answers
        and row.candidate.passage.article_id == first.article_id
        and first.start <= row.sentence.start < first.end
        for row, answers in zip(asked.rows, asked.answers, strict=True)
    )


def calibration_signals(signals: Sequence[str]) -> tuple[str, ...]:
    """What the calibration reads, of what the ranker reads."""
    return tuple(name for name in _CALIBRATION_SIGNALS if name in signals or name in SCORE_SIGNALS)


def choose_threshold(judged: Sequence[Judged]) -> float:
    """The probability that `ANSWERED_SHARE` of the answerable questions reach, over all corpora.

    Higher where more than `ABSENT_SHARE` of the questions about absent articles would reach it, too.
    """
    of: Callable[[Sequence[str]], list[float]] = lambda kinds: [  # noqa: E731
        j.probability for j in judged if j.asked.kind in kinds
    ]
    answered = np.quantile(of(ANSWERABLE), 1 - ANSWERED_SHARE)
    refused = np.quantile(of(("absent",)), 1 - ABSENT_SHARE)
    return float(max(answered, refused))


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Out-of-fold figures at the chosen threshold; shares from 0 to 1, by kind of asking."""
    threshold = choose_threshold(judged)
    of: Callable[[str], list[Judged]] = lambda kind: [j for j in judged if j.asked.kind == kind]  # noqa: E731
    values = {"threshold": threshold}
    cited = [j for j in judged if j.cited is not None]
    values["first citation right, of all answerable questions"] = float(
        np.mean([bool(j.cited) and j.probability >= threshold for j in cited])
    )
    values["first citation right, were all answered"] = float(np.mean([bool(j.cited) for j in cited]))
    for kind in ANSWERABLE:
        values[f"first sentence right, {kind}"] = float(np.mean([j.right for j in of(kind)]))
    for kind in MIXTURE:
        values[f"answered, {kind}"] = float(np.mean([j.probability >= threshold for j in of(kind)]))
    for kind in ("removed", "absent", "adversarial"):
        both = of("all") + of(kind)
        truth = [j.asked.kind == "all" for j in both]
        values[f"AUROC, {kind}"] = float(roc_auc_score(truth, [j.probability for j in both]))
    answered = np.quantile([j.probability for j in of("all")], 1 - COVERAGE)
    values[f"answered, absent, at a coverage of {COVERAGE}"] = float(
        np.mean([j.probability >= answered for j in of("absent")])
    )
    values["AUROC, right of answered"] = float(
        roc_auc_score([j.right for j in of("all")], [j.probability for j in of("all")])
    )
    values["expected calibration error"] = calibration_error(judged)
    return values


def calibration_error(judged: Sequence[Judged], bins: int = 10) -> float:
    """Guo et al. 2017, equal-width bins, the kinds of asking weighed by `MIXTURE`."""
    counts = {kind: sum(j.asked.kind == kind for j in judged) for kind in MIXTURE}
    weights = np.asarray([MIXTURE[j.asked.kind] / counts[j.asked.kind] for j in judged])
    weights /= weights.sum()
    probabilities = np.asarray([j.probability for j in judged])
    right = np.asarray([j.right for j in judged], dtype=float)
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    return float(
        sum(abs((weights * (probabilities - right))[places == place].sum()) for place in range(bins))
    )


def cross_validate(data: Path, readings: Path, *, weights: str = "full-read") -> dict[str, float]:
    """The figures of one set of weights, cross-validated by article."""
    return figures(judge_out_of_fold(ask_all(data, Readings.load(readings)), WEIGHTS[weights]))


def write(asked: Sequence[Asked], name: str, signals: Sequence[str]) -> dict[str, float]:
    """Train on everything and write `NAME.onnx` and `NAME.json`; returns the cross-validated figures."""
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    judged = judge_out_of_fold(asked, signals)
    # On the scores of trees that saw the questions, the calibration would be overconfident.
    calibration = fit_calibration(
        asked,
        score_out_of_fold(asked, signals),
        calibration_signals(signals),
        threshold=choose_threshold(judged),
    )
    trees = train_trees(asked, signals)
    shape = FloatTensorType([None, len(signals)])
    # Without a name the graph gets a random one, and the same training another file.
    graph = convert_lightgbm(trees, name=name, initial_types=[("signals", shape)], zipmap=False)
    content = graph.SerializeToString()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.onnx").write_bytes(content)
    values = {
        "signals": calibration.signals,
        "mean": calibration.mean.tolist(),
        "scale": calibration.scale.tolist(),
        "coefficients": calibration.coefficients.tolist(),
        "intercept": calibration.intercept,
        "threshold": calibration.threshold,
        "trees_sha256": hashlib.sha256(content).hexdigest(),
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return figures(judged)


def main() -> None:
    """Train every set of weights, or only measure one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    parser.add_argument("--readings", type=Path, default=READINGS, help="the reader's out-of-fold readings")
    parser.add_argument("--cross-validate", choices=WEIGHTS, help="only print the figures of these weights")
    arguments = parser.parse_args()
    if arguments.cross_validate:
        report = cross_validate(arguments.data, arguments.readings, weights=arguments.cross_validate)
        print(json.dumps(report, indent=1))
        return
    asked = ask_all(arguments.data, Readings.load(arguments.readings))
    print(json.dumps({name: write(asked, name, signals) for name, signals in WEIGHTS.items()}, indent=1))


if __name__ == "__main__":
    main()
