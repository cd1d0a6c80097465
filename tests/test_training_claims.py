from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CORPUS, NEWS

from rag.background import stem_idf, stems
from rag.encoder import Floats
from training.claim_corpus import retrieved
from training.claims import (
    ANY,
    FEVER,
    FOLDS,
    FOOL_ME_TWICE,
    HAND_WRITTEN,
    NEITHER,
    NOT_SUPPORTS,
    REFUTES,
    SET_APART,
    STANCES,
    SUPPORTS,
    ClaimExample,
    claim_epoch,
    fold_of,
    is_set_apart,
    read_claims,
    read_fever,
    read_fool_me_twice,
    read_hand_written,
    stances,
    tidy_wiki,
    unseen,
    write_claims,
)
from training.datasets import read_lines
from training.judgements import Judgements, key_of
from training.prepare_claims import MOST_UNEVEN, UNRELATED, balanced, windows

PASSAGE = (
    "The observatory stands on a hill.",
    "It was founded in 1834.",
    "Two clerks lost the first catalogue in a fire.",
    "Herschel did not print the second.",
)
RARE_IDF = 0.3
"""About one stem in four of the hand-written passages is as rare."""
MOST_SHARED = 0.4
"""Of the IDF of a passage's rare stems, with an article of the tests: passages on strikes share words."""
FEWEST_RARE = 8
"""Rare stems that a passage must have to tell by them; the shortest have three or four."""
LONGEST_RUN = 8
"""Stems in a row that a passage may share with an article of the tests."""


def example(
    claim: str = "The first catalogue burned.",
    *,
    number: int | None = 2,
    label: str = SUPPORTS,
    sentences: tuple[str, ...] = PASSAGE,
    group: str = "observatory",
) -> ClaimExample:
    """A claim that sentence `number` decides, or none."""
    evidence = [] if number is None else [number]
    return ClaimExample(
        claim=claim,
        title="The observatory",
        sentences=sentences,
        stances=stances(len(sentences), evidence, label),
        whole=label,
        kind="made",
        group=group,
    )


# Labels


def test_a_label_allows_the_stances_it_leaves_open() -> None:
    assert {label: sum(allowed) for label, allowed in STANCES.items()} == {
        SUPPORTS: 1,
        REFUTES: 1,
        NEITHER: 1,
        NOT_SUPPORTS: 2,
        ANY: 3,
    }
    assert STANCES[NOT_SUPPORTS] == (False, True, True)


def test_sentences_that_are_no_evidence_say_neither() -> None:
    assert stances(3, [1], REFUTES) == (NEITHER, REFUTES, NEITHER)
    assert stances(2, [0], SUPPORTS, others=ANY) == (SUPPORTS, ANY)


# Data sets


def written(path: Path, *rows: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def fever(claim: str, evidence: str, label: str = "SUPPORTS") -> dict[str, Any]:
    return {"id": "1", "claim": claim, "evidence": evidence, "label": label}


def test_pairs_that_share_a_claim_or_an_evidence_are_one_group(tmp_path: Path) -> None:
    # a-x, b-x and b-y hang together; c-z stands alone; d-y came last and belongs to the first.
    pairs = [("a", "x"), ("b", "x"), ("c", "z"), ("b", "y"), ("d", "y")]
    written(tmp_path / FEVER, *(fever(claim, evidence) for claim, evidence in pairs))

    groups = [one.group for one in read_fever(tmp_path)]

    assert groups == ["fever 0", "fever 0", "fever 1", "fever 0", "fever 0"]


def test_a_claim_and_an_evidence_of_the_same_words_are_no_reason_to_be_one_group(tmp_path: Path) -> None:
    written(tmp_path / FEVER, fever("a", "x"), fever("x", "y"))

    assert len({one.group for one in read_fever(tmp_path)}) == 2


def test_a_fever_claim_has_its_one_sentence(tmp_path: Path) -> None:
    written(tmp_path / FEVER, fever("The war ended .", "It ended -LRB- in 1648 -RRB- .", "REFUTES"))

    (one,) = read_fever(tmp_path)

    assert (one.claim, one.title, one.sentences) == ("The war ended.", "", ("It ended (in 1648).",))
    assert (one.stances, one.whole) == ((REFUTES,), REFUTES)


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("Vick -LRB- born 1980 -RRB- is a player .", "Vick (born 1980) is a player."),
        ("the Cretaceous -- Paleogene event , in which", "the Cretaceous – Paleogene event, in which"),
        ("a cousin 's `` Lost '' , a series", "a cousin's “Lost”, a series"),
        ("-LSB- 12 -RSB-", "[12]"),
        ("  plain   text ", "plain text"),
    ],
)
def test_tokens_are_put_together_as_they_are_written(tokens: str, text: str) -> None:
    assert tidy_wiki(tokens) == text


def test_the_gold_sentences_stand_among_those_that_were_retrieved(tmp_path: Path) -> None:
    row = {
        "claim": "It burned.",
        "label": "REFUTES",
        "article": "Mill",
        "gold_evidence": ["G1", "G2", "G1"],
        "retrieved_evidence": ["R1", "G2", "R2", "R3", "R4"],
    }
    written(tmp_path / FOOL_ME_TWICE, row)

    (one,) = read_fool_me_twice(tmp_path, others=3)

    assert one.sentences == ("R1", "G1", "G2", "R2", "R3")
    assert one.stances == (ANY, REFUTES, REFUTES, ANY, ANY)
    assert (one.whole, one.title, one.group) == (REFUTES, "Mill", "Mill")


def test_claims_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    claims = [example(), example("“Ödön” left.", number=None, label=NEITHER)]

    assert write_claims(tmp_path / "claims.jsonl", claims) == 2
    assert read_claims(tmp_path / "claims.jsonl") == claims


# The hand-written claims


def hand_written() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(HAND_WRITTEN.glob("*.jsonl")):
        for number, row in enumerate(read_lines(path)):
            yield f"{path.stem} {number}", row


def test_every_hand_written_passage_is_well_formed() -> None:
    for place, row in hand_written():
        assert row.keys() == {"title", "sentences", "claims"}, place
        assert all(text == text.strip() != "" for text in (row["title"], *row["sentences"])), place
        assert len(set(row["sentences"])) == len(row["sentences"]), place
        texts = [claim["claim"] for claim in row["claims"]]
        assert len(set(texts)) == len(texts), place
        assert all(text == text.strip() != "" for text in texts), place
        assert not set(texts) & set(row["sentences"]), place


def test_every_hand_written_claim_is_well_formed() -> None:
    for place, row in hand_written():
        for claim in row["claims"]:
            told = f"{place}: {claim}"
            assert claim.keys() == {"claim", "label", "evidence", "kind"}, told
            assert claim["label"] in (SUPPORTS, REFUTES, NEITHER), told
            assert bool(claim["evidence"]) is (claim["label"] != NEITHER), told
            assert len(set(claim["evidence"])) == len(claim["evidence"]), told
            assert all(0 <= number < len(row["sentences"]) for number in claim["evidence"]), told


def test_no_hand_written_passage_or_claim_comes_twice() -> None:
    claims = Counter(claim["claim"] for _, row in hand_written() for claim in row["claims"])
    passages = Counter(tuple(row["sentences"]) for _, row in hand_written())

    assert claims.most_common(1)[0][1] == passages.most_common(1)[0][1] == 1


@pytest.mark.parametrize("path", sorted(HAND_WRITTEN.glob("*.jsonl")), ids=lambda path: path.stem)
def test_the_labels_of_a_hand_written_file_are_balanced(path: Path) -> None:
    labels = Counter(claim["label"] for row in read_lines(path) for claim in row["claims"])

    assert all(0.15 < count / labels.total() < 0.45 for count in labels.values()), labels
    assert len(labels) == 3


def test_the_labels_of_all_hand_written_claims_are_balanced() -> None:
    labels = Counter(one.whole for one in read_hand_written())

    assert all(0.25 < count / labels.total() < 0.45 for count in labels.values()), labels
    assert len(labels) == 3


def test_the_length_of_a_claim_does_not_tell_its_label() -> None:
    lengths: dict[str, list[int]] = {SUPPORTS: [], REFUTES: [], NEITHER: []}
    for one in read_hand_written():
        lengths[one.whole].append(len(one.claim.split()))

    means = [np.mean(own) for own in lengths.values()]
    assert max(means) - min(means) < 2.0, means


def article_stems() -> dict[str, list[str]]:
    """The stems of every article that the tests and the evaluation ask about."""
    paths = [path for folder in (CORPUS, NEWS) for path in sorted(folder.iterdir())]
    return {path.name: list(stems(path.read_text(encoding="utf-8"))) for path in paths}


def runs(found: list[str]) -> set[tuple[str, ...]]:
    return {tuple(found[n : n + LONGEST_RUN + 1]) for n in range(len(found) - LONGEST_RUN)}


def test_no_hand_written_passage_is_of_an_article_of_the_tests() -> None:
    articles = article_stems()
    seen = set().union(*map(runs, articles.values()))
    stems_of = {name: set(own) for name, own in articles.items()}
    assert len(articles) > 10
    for place, row in hand_written():
        found = list(stems(" ".join([row["title"], *row["sentences"]])))
        # Any two texts share figures; those of one event share names and rare words.
        rare = {stem: idf for stem in found if stem.isalpha() and (idf := stem_idf(stem)) >= RARE_IDF}
        for name, own in stems_of.items():
            shared = sum(idf for stem, idf in rare.items() if stem in own)
            if len(rare) >= FEWEST_RARE:
                assert shared < MOST_SHARED * sum(rare.values()), (place, name)
        assert not runs(found) & seen, place


# Folds and epochs


def test_the_fold_of_a_group_depends_on_the_groups_alone() -> None:
    groups = [f"group {n}" for n in range(30)]
    again = [*reversed(groups), *groups]

    assert fold_of(groups) == fold_of(again)
    assert Counter(fold_of(groups).values()) == dict.fromkeys(range(FOLDS), 10)


def test_an_epoch_asks_each_claim_once_on_sentences_that_decide_it() -> None:
    claims = [example(f"Claim {n}.", number=n % 4, label=(SUPPORTS, REFUTES)[n % 2]) for n in range(200)]
    claims += [example(f"Other claim {n}.", number=None, label=NEITHER) for n in range(50)]

    epoch = claim_epoch(claims, random.Random(0))

    asked = [one for one in epoch if one.claim.startswith("Other") or one.whole != NEITHER]
    assert [one.claim for one in asked] == [one.claim for one in claims]
    assert all(one.whole in one.stances for one in epoch)
    assert len({one.sentences for one in asked}) > 5
    assert {one.title for one in asked} == {"The observatory", ""}


def test_what_does_not_decide_a_claim_says_neither_by_itself() -> None:
    claims = [example(f"Claim {n}.") for n in range(100)]

    rest = [one for one in claim_epoch(claims, random.Random(0)) if one.whole == NEITHER]

    assert 8 < len(rest) < 35
    assert {one.sentences for one in rest} == {(PASSAGE[0], PASSAGE[1], PASSAGE[3])}
    assert {one.stances for one in rest} == {(NEITHER,) * 3}


def test_what_is_not_known_is_not_said_to_decide_nothing() -> None:
    known = example(sentences=PASSAGE)
    unknown = replace(known, stances=(ANY, ANY, SUPPORTS, ANY))

    epoch = claim_epoch([unknown] * 100, random.Random(0))

    assert len(epoch) == 100
    assert {one.whole for one in epoch} == {SUPPORTS}
    assert all(NEITHER not in one.stances for one in epoch)


def test_a_claim_that_nothing_decides_is_asked_on_as_little_as_others() -> None:
    asked = example("The first catalogue was blue.", number=None, label=NEITHER)

    epoch = claim_epoch([asked] * 200, random.Random(0))

    assert {one.whole for one in epoch} == {NEITHER}
    assert all(PASSAGE[2] in one.sentences for one in epoch)  # it shares the most words
    assert {(PASSAGE[2],), PASSAGE[1:4], PASSAGE} <= {one.sentences for one in epoch}


def test_all_claims_of_a_passage_are_set_apart_or_none() -> None:
    written = read_hand_written()
    apart: dict[str, set[bool]] = {}
    for one in written:
        apart.setdefault(one.group, set()).add(is_set_apart(one))

    assert all(len(either) == 1 for either in apart.values())
    share = sum(either == {True} for either in apart.values()) / len(apart)
    assert 0.5 * SET_APART < share < 1.5 * SET_APART
    assert not any(is_set_apart(replace(one, kind="fever")) for one in written)


def test_claims_are_measured_on_only_where_nothing_of_the_same_title_was_trained_on() -> None:
    written = read_hand_written()
    trained = {one.title.casefold() for one in written if not is_set_apart(one)}

    left = unseen(written)

    assert all(is_set_apart(one) and one.title.casefold() not in trained for one in left)
    apart = [one for one in written if is_set_apart(one)]
    assert 0.9 * len(apart) < len(left) < len(apart)


# What is made of prepared claims


@pytest.mark.parametrize("seed", range(20))
def test_a_window_keeps_the_deciding_sentence_with_its_stance(seed: int) -> None:
    (one,) = windows([example()], random.Random(seed))

    assert dict(zip(one.sentences, one.stances, strict=True))[PASSAGE[2]] == SUPPORTS
    assert " ".join(one.sentences) in " ".join(PASSAGE)


def test_windows_are_the_deciding_sentence_alone_its_neighbours_or_all() -> None:
    found = {one.sentences for one in windows([example()] * 300, random.Random(0))}

    assert {PASSAGE[2:3], PASSAGE[1:3], PASSAGE[1:4], PASSAGE} <= found


def test_a_window_on_a_passage_that_says_neither_is_some_part_of_it() -> None:
    asked = [example(number=None, label=NEITHER)] * 300
    found = {one.sentences for one in windows(asked, random.Random(0))}

    assert {(sentence,) for sentence in PASSAGE} | {PASSAGE} <= found
    assert all(found)


def test_shared_words_do_not_tell_the_label_in_a_balanced_sample() -> None:
    near = "Two clerks lost the first catalogue in a fire."
    far = "A painter bought a submarine."
    examples = [
        *[example(near)] * 300,
        *[example(near, label=REFUTES)] * 20,
        *[example(far)] * 10,
        *[example(far, label=NOT_SUPPORTS)] * 200,
    ]

    kept = balanced(examples, random.Random(0))

    for claim in (near, far):
        counts = sorted(
            sum(one.claim == claim and (one.whole == SUPPORTS) is supports for one in kept)
            for supports in (True, False)
        )
        assert counts[0] > 0
        assert counts[1] <= MOST_UNEVEN * counts[0] + 1


def test_a_balanced_sample_has_some_passages_that_say_nothing_of_their_claim() -> None:
    near = [example("Two clerks lost a catalogue.", label=label) for label in (SUPPORTS, REFUTES)] * 100
    unrelated = [example(f"Painter {n} bought a submarine.", number=None, label=NEITHER) for n in range(300)]

    kept = balanced([*near, *unrelated], random.Random(0))

    assert sum(one.whole == NEITHER for one in kept) == pytest.approx(UNRELATED * 200, abs=2)


# Judgements


def rows(*stance: tuple[float, float, float]) -> Floats:
    return np.log(np.asarray(stance, dtype=np.float32))


def test_judgements_come_back_in_half_precision_by_claim_and_passage(tmp_path: Path) -> None:
    one, other = example(sentences=PASSAGE[:1], number=0), example(sentences=PASSAGE[:2], number=1)
    sure, unsure = (0.9, 0.06, 0.04), (0.2, 0.3, 0.5)
    parts = [
        Judgements.made([one], [rows(sure, unsure)]),
        Judgements.made([other], [rows(unsure, sure, sure)]),
    ]
    Judgements.joined(parts).save(tmp_path / "judgements.npz")

    loaded = Judgements.load(tmp_path / "judgements.npz")

    assert len(loaded) == 2
    assert one in loaded and other in loaded and example() not in loaded
    assert np.exp(loaded.of(one).whole) == pytest.approx(sure, abs=1e-3)
    assert np.exp(loaded.of(one).sentences) == pytest.approx(np.asarray([unsure]), abs=1e-3)
    assert np.exp(loaded.of(other).sentences) == pytest.approx(np.asarray([sure, sure]), abs=1e-3)


def test_a_claim_that_was_not_judged_has_no_judgement() -> None:
    with pytest.raises(KeyError):
        Judgements({}).of(example())


def test_the_key_of_a_claim_is_of_its_text_and_passage_alone() -> None:
    assert key_of(example(label=REFUTES, group="other")) == key_of(example())
    assert (
        len({key_of(one) for one in (example(), example("It burned."), example(sentences=PASSAGE[1:]))}) == 3
    )


# The hand-written passages as a corpus


def test_a_claim_is_judged_on_passages_of_others_that_say_neither() -> None:
    harbour = ("The harbour was dredged in May.", "Its clerks kept no catalogue of the ships.")
    bakery = ("A fire broke out in the bakery.", "Nobody was hurt in the fire, the baker said.")
    claims = [
        example("Two clerks lost the catalogue.", group="a"),
        example("The clerks kept a catalogue.", number=1, label=REFUTES, sentences=harbour, group="b"),
        example("The fire hurt nobody.", number=1, sentences=bakery, group="c"),
        example("The harbour was dredged.", number=0, sentences=harbour, group="b"),
    ]
    claims = [replace(one, title=f"Title {one.group}") for one in claims]

    found = retrieved(claims[1:3], claims)

    own = {one.claim: one.sentences for one in claims}
    assert {one.claim for one in found} == {"The clerks kept a catalogue.", "The fire hurt nobody."}
    for one in found:
        assert one.sentences in (PASSAGE, harbour, bakery)
        assert one.sentences != own[one.claim]
        assert set(one.stances) == {one.whole} == {NEITHER}
        assert one.kind == "retrieved"


def test_a_passage_of_the_same_title_may_decide_a_claim_and_is_left_out() -> None:
    own = example("The clerks lost a catalogue.", group="a")
    same = example("It burned.", sentences=(PASSAGE[2], "The clerks were sorry."), number=0, group="b")

    assert retrieved([own], [own, same]) == []
    assert len(retrieved([own], [own, replace(same, title="The clerks")])) == 1
