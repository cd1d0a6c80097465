"""Public claims are read as they are checked, and measured, here with a verifier that is made up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals import __main__ as command
from evals import stored
from evals.claim_data import CitingClaim, LabelledPair, balanced, read_climate, read_wice, web_article
from evals.claim_set_measuring import measure_citing, measure_cross_validated, measure_pairs, support_of
from evals.claim_set_report import markdown_lines
from evals.claim_sets import (
    CLIMATE,
    FEVER,
    FOOL_ME_TWICE,
    PRODUCT,
    TARGETS,
    WICE,
    ClaimSetFigures,
    SetFigures,
    confusion_of,
    figures_of,
    values_of,
)
from evals.classification import accuracy
from evals.figures import Figure
from rag.alignment import ALIGNMENTS
from rag.cross_encoder import ReadPassage
from rag.encoder import MiniLmEncoder
from rag.schema import Article, Stance
from rag.stances import SIGNALS, StanceModel
from rag.verification import ClaimVerifier
from rag.verifier import STANCES, Judgement
from training.claims import ClaimExample, read_fever, read_fool_me_twice, read_hand_written, unseen
from training.judgements import Judgements, KeptRows


class FakeVerifier:
    """Sure that "Yes" supports and "No" refutes, and that nothing else does either."""

    def load(self) -> None:
        """There is nothing to load."""

    def judge(self, claim: str, passages: Sequence[ReadPassage]) -> list[Judgement]:
        return [self._judgement(passage.sentences) for passage in passages]

    def _judgement(self, sentences: Sequence[str]) -> Judgement:
        rows = np.asarray([self._row(sentence) for sentence in sentences], dtype=np.float32)
        return Judgement(sentences=rows.reshape(len(sentences), 3), whole=rows[0])

    def _row(self, sentence: str) -> list[float]:
        likely = {"Yes": 0, "No,": 1}.get(sentence[:3].strip(), 2)
        return [0.0 if place == likely else -6.0 for place in range(3)]


@pytest.fixture
def stances(tmp_path: Path) -> StanceModel:
    """A calibration that trusts the verifier's judgement of the sentence and nothing else."""
    coefficients = np.zeros((len(STANCES), len(SIGNALS)))
    coefficients[0, SIGNALS.index("sentence_supports")] = 1.0
    coefficients[1, SIGNALS.index("sentence_refutes")] = 1.0
    values = {
        "signals": SIGNALS,
        "stances": STANCES,
        "mean": [0.0] * len(SIGNALS),
        "scale": [1.0] * len(SIGNALS),
        "coefficients": coefficients.tolist(),
        "intercept": [0.0] * len(STANCES),
        "supports": 0.5,
        "refutes": 0.5,
        "told": [1.0, 0.0],
        "untold": [1.0, 0.0],
    }
    (tmp_path / "stances.json").write_text(json.dumps(values), encoding="utf-8")
    return StanceModel(tmp_path)


def pair(claim: str, sentence: str, stance: Stance) -> LabelledPair:
    return LabelledPair(claim=claim, title="Rain", sentence=sentence, stance=stance)


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def quiet(done: int, total: int) -> None:
    """Nobody watches."""


# Reading


def test_every_labelled_sentence_of_a_claim_is_a_pair(tmp_path: Path) -> None:
    evidence = [
        {"article": "Rain", "text": "It rains.", "label": "SUPPORTS"},
        {"article": "Sun", "text": "It shines.", "label": "NOT_ENOUGH_INFO"},
    ]
    path = lines(
        tmp_path / "pairs.jsonl", {"claim": "Rain falls.", "label": "SUPPORTS", "evidence": evidence}
    )
    assert read_climate(path) == [
        LabelledPair(claim="Rain falls.", title="Rain", sentence="It rains.", stance=Stance.SUPPORTS),
        LabelledPair(claim="Rain falls.", title="Sun", sentence="It shines.", stance=Stance.NEITHER),
    ]


def test_balanced_pairs_have_as_many_of_each_stance_and_are_always_the_same() -> None:
    counts = {Stance.SUPPORTS: 5, Stance.REFUTES: 2, Stance.NEITHER: 9}
    pairs = [pair(f"claim {n}", "x", stance) for stance, count in counts.items() for n in range(count)]
    kept = balanced(pairs)
    assert Counter(one.stance for one in kept) == dict.fromkeys(counts, 2)
    assert kept == balanced(pairs)
    assert kept != balanced(pairs, seed=1)
    assert balanced([]) == []


def test_a_web_page_becomes_an_article_with_its_title_and_a_line_a_sentence() -> None:
    article = web_article(
        "w1", ["(meta data) TITLE: Storm", "(meta data) AUTHOR: Ann Lee", "It blew.", "It stopped."]
    )
    assert (article.id, article.title, article.text) == (
        "w1",
        "Storm",
        "AUTHOR: Ann Lee\nIt blew.\nIt stopped.",
    )
    assert web_article("w2", ["It blew."]).title == ""


def test_what_is_supported_in_part_is_not_supported(tmp_path: Path) -> None:
    rows = [
        {"id": label, "claim": "It blew.", "evidence_sentences": ["It blew."], "label": label}
        for label in ("supported", "partially_supported", "not_supported")
    ]
    assert [one.supported for one in read_wice(lines(tmp_path / "wice.jsonl", *rows))] == [True, False, False]


# Measuring


def test_the_stance_of_a_sentence_is_the_likeliest(stances: StanceModel, minilm: MiniLmEncoder) -> None:
    pairs = [
        pair("Rain falls in spring.", "Yes, in spring rain falls.", Stance.SUPPORTS),
        pair("Rain falls in spring.", "No, in spring no rain falls.", Stance.REFUTES),
        pair("Rain falls in spring.", "Boats are blue.", Stance.NEITHER),
        pair("Rain falls in spring.", "Yes, boats are blue.", Stance.NEITHER),
    ]
    found = measure_pairs(
        pairs, verifier=FakeVerifier(), calibration=stances.calibration, encoder=minilm, tell=quiet
    )
    own = found.ways[PRODUCT]
    assert own["accuracy"].value == 0.75
    assert own["macro-F1"].value == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert own["accuracy"].low is not None
    assert found.confusion["neither"] == {"neither": 1, "refutes": 0, "supports": 1}
    assert found.ways["always the same"]["accuracy"].value == 0.5
    assert found.ways["word overlap (upper bound)"]["accuracy"].low is None


def test_a_claim_is_checked_on_its_own_article(stances: StanceModel, minilm: MiniLmEncoder) -> None:
    texts = ["Yes, the storm hit the coast.", "The storm was far from the coast.", "Yes, the storm was late."]
    claims = [
        CitingClaim(
            claim="The storm hit the coast.",
            article=Article.from_text(id=f"w{number}", title="Storm", text=text),
            supported=number == 0,
        )
        for number, text in enumerate(texts)
    ]
    asked = CitingClaim(claim="Did it hit the coast?", article=claims[0].article, supported=True)
    found = measure_citing(
        [*claims, asked],
        verifier=ClaimVerifier(FakeVerifier(), stances),
        encoder=minilm,
        passage_tokens=200,
        tell=quiet,
    )
    own = found.ways[PRODUCT]
    assert found.refused == 1  # a question is no claim, and counts as not supported
    assert own["balanced accuracy"].value == 0.5
    assert own["accuracy"].value == 0.5
    assert own["AUROC"].value is not None
    assert found.confusion["supported"] == {"not supported": 1, "supported": 1}
    assert found.ways["always the same"]["AUROC"].value == 0.5
    assert support_of(None) == 0.0


def test_without_kept_judgements_nothing_is_cross_validated(tmp_path: Path) -> None:
    assert measure_cross_validated(tmp_path, tmp_path / "none.npz") == {}


def test_each_way_of_judging_is_cross_validated_on_claims_it_did_not_see(tmp_path: Path) -> None:
    sides = {"SUPPORTS": "Yes, town {} has a bridge.", "REFUTES": "No, town {} has no bridge."}
    lines(
        tmp_path / "fever-symmetric-dev.jsonl",
        *(
            {"claim": f"Town {n} has a bridge.", "evidence": text.format(n), "label": label}
            for n in range(12)
            for label, text in sides.items()
        ),
    )
    (tmp_path / "train").mkdir()
    lines(
        tmp_path / "train" / "fool-me-twice-dev.jsonl",
        *(
            {
                "claim": f"River {n} is long.",
                "article": f"River {n}",
                "gold_evidence": [text.format(n)],
                "retrieved_evidence": ["It has banks.", "It is wet."],
                "label": label,
            }
            for n in range(12)
            for label, text in sides.items()
        ),
    )
    # Those of this project are the only ones with sentences that say neither.
    examples = [*read_fever(tmp_path), *read_fool_me_twice(tmp_path), *unseen(read_hand_written())[:30]]
    Judgements.made(examples, [rows_of(example) for example in examples]).save(tmp_path / "kept.npz")
    aligned = [np.zeros((len(example.sentences), len(ALIGNMENTS)), np.float32) for example in examples]
    KeptRows.made(examples, aligned).save(tmp_path / "aligned.npz")
    found = measure_cross_validated(tmp_path, tmp_path / "kept.npz", tmp_path / "aligned.npz")
    assert list(found) == [FEVER, FOOL_ME_TWICE]
    for own in found.values():
        assert own.ways[PRODUCT]["accuracy"] == Figure(value=1.0, low=None, high=None, count=24)
        assert "word overlap" in own.ways


def rows_of(example: ClaimExample) -> np.ndarray[Any, np.dtype[np.float32]]:
    passage = ReadPassage(title=example.title, sentences=example.sentences)
    (judgement,) = FakeVerifier().judge(example.claim, [passage])
    return np.concatenate([judgement.whole[None], judgement.sentences])


# Figures and report


def set_figures(name: str, value: float) -> SetFigures:
    row = {name: Figure(value=value, low=value - 0.1, high=value + 0.1, count=9)}
    bound = {name: Figure(value=0.5, low=None, high=None, count=9)}
    confusion = confusion_of(["supported", "other"], ["other", "other"])
    return SetFigures(ways={PRODUCT: row, "word overlap": bound}, confusion=confusion, refused=2)


@pytest.fixture
def measured() -> ClaimSetFigures:
    return ClaimSetFigures(
        sets={WICE: set_figures("balanced accuracy", 0.7), CLIMATE: set_figures("macro-F1", 0.5)}
    )


def test_a_figure_has_an_interval_where_one_is_asked_for() -> None:
    truth, said = ["a", "b", "b", "a"], ["a", "b", "a", "a"]
    (bare,) = figures_of(truth, said, {"accuracy": accuracy}, intervals=False).values()
    (whole,) = figures_of(truth, said, {"accuracy": accuracy}, intervals=True).values()
    assert bare == Figure(value=0.75, low=None, high=None, count=4)
    assert whole.low is not None
    assert whole.low < 0.75


def test_the_products_figures_are_held_against_their_targets(measured: ClaimSetFigures) -> None:
    assert values_of(measured) == {
        f"{WICE}: balanced accuracy": 0.7,
        f"{CLIMATE}: macro-F1": 0.5,
    }
    text = "\n".join(markdown_lines(measured))
    assert "| WiCE: balanced accuracy | 0.700 | at least 0.65: reached |" in text
    assert "| Climate-FEVER: macro-F1 | 0.500 | at least 0.55: missed |" in text
    assert "| FEVER-Symmetric: accuracy | – | at least 0.75: not measured |" in text
    assert "| Presscheck | 0.700 (0.60–0.80) | 9 |" in text
    assert "| supported | 1 | 0 |" in text
    assert "counted as not supported: 2." in text
    assert "before the last change" not in text
    assert "before the last change" in "\n".join(markdown_lines(replace(measured, current=False)))
    assert "Not measured" in "\n".join(markdown_lines(None))


def test_a_target_that_was_not_measured_fails(measured: ClaimSetFigures) -> None:
    passed = {check.name: check.passed for check in command._claim_target_checks(measured)}
    assert list(passed) == list(TARGETS)
    assert [name for name, held in passed.items() if held] == [f"{WICE}: balanced accuracy"]


def test_the_figures_are_kept_until_the_next_measurement(measured: ClaimSetFigures, tmp_path: Path) -> None:
    path = tmp_path / "claim_sets.json"
    assert stored.load_claim_sets(path) is None
    stored.store_claim_sets(measured, path)
    assert stored.load_claim_sets(path) == measured
    text = path.read_text(encoding="utf-8").replace(stored.fingerprint(), "0" * 12)
    path.write_text(text, encoding="utf-8")
    assert stored.load_claim_sets(path) == replace(measured, current=False)


def test_the_public_data_is_asked_for_by_the_parts_that_need_it(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        command.main(["--data", str(tmp_path), "--only", "claims"])
    assert command._files(["attribution"]) == []
    assert command._chosen(["claims", "seed"], command.PARTS) == ["claims"]
    assert command._chosen(["seed"], command.PARTS) == list(command.PARTS)
