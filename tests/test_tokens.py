from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import tokens
from rag.encoder import Floats, MiniLmEncoder, TokenStates, unit_length
from rag.errors import IndexUnavailableError, ModelError
from rag.retrieval import maxsim
from rag.tokens import RECORD, CompressedStates, TokenStore, as_stored, compress, projection

QUESTIONS = (
    "What restrictions remain?",
    "How many soldiers were concentrated?",
    "Who spoke to the Associated Press?",
)
PASSAGES = (
    "The US does not yet authorize deep strikes against Russia, but Ukraine can attack along its border.",
    "The Russians were concentrating almost 90,000 soldiers on their territory.",
    "First Deputy Defense Minister Ivan Havryliuk told AP that the Russians had deployed troops.",
    "The museum's new wing opens on Sunday, with certain restrictions for groups.",
)


def states(count: int, *, seed: int = 0) -> CompressedStates:
    """Random states of so many tokens."""
    random = np.random.default_rng(seed)
    vectors = unit_length(random.normal(size=(count, 128)).astype(np.float32))
    starts = np.arange(count, dtype=np.int32) * 3
    return CompressedStates(
        ids=random.integers(0, 30_000, count, dtype=np.int32),
        vectors=vectors,
        spans=np.stack([starts, starts + 2], axis=1),
    )


def same(one: CompressedStates, other: CompressedStates) -> bool:
    return (
        bool((one.ids == other.ids).all())
        and bool((one.spans == other.spans).all())
        and np.allclose(one.vectors, other.vectors, atol=0.01)
    )


def filled(folder: Path, *names: str) -> TokenStore:
    store = TokenStore.open(folder)
    for name in names:
        store.add({name: (f"text of {name}", states(len(name), seed=len(name)))})
    return store


def data_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("states-*.bin"))


def test_the_projection_keeps_the_lengths_of_its_128_directions() -> None:
    matrix = projection()

    assert matrix.shape == (384, 128)
    assert matrix.T @ matrix == pytest.approx(np.eye(128), abs=1e-4)


@pytest.mark.parametrize("content", [None, b"", b"no table"])
def test_a_missing_or_damaged_projection_is_told(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / "projection.npy").write_bytes(content)
    monkeypatch.setattr(tokens, "PROJECTION_PATH", tmp_path / "projection.npy")
    with pytest.raises(ModelError, match="Install Presscheck again"):
        projection.__wrapped__()


def test_compression_ranks_passages_as_the_full_states_do(minilm: MiniLmEncoder) -> None:
    passages = [minilm.encode(text).tokens for text in PASSAGES]
    for question in QUESTIONS:
        asked = minilm.encode(question).tokens
        assert asked is not None
        weights = np.full(len(asked.ids), 1 / len(asked.ids), np.float32)
        full: list[float] = []
        small: list[float] = []
        for passage in passages:
            assert passage is not None
            full.append(maxsim(asked.vectors @ passage.vectors.T, weights))
            kept = as_stored(compress(passage))
            small.append(maxsim(compress(asked).vectors @ kept.vectors.T, weights))

        assert np.argmax(small) == np.argmax(full)
        assert small == pytest.approx(full, abs=0.1)


@settings(max_examples=30, deadline=None)
@given(count=st.integers(0, 20), seed=st.integers(0, 1000))
def test_states_of_8_bits_are_within_a_percent(count: int, seed: int) -> None:
    given_states = states(count, seed=seed)
    kept = as_stored(given_states)

    assert same(kept, given_states)
    assert same(as_stored(kept), kept)


def test_a_state_of_zeros_stays_zeros() -> None:
    nothing = CompressedStates(
        ids=np.zeros(1, np.int32), vectors=np.zeros((1, 128), np.float32), spans=np.zeros((1, 2), np.int32)
    )

    assert (as_stored(nothing).vectors == 0).all()


def test_compress_gives_unit_vectors_and_keeps_ids_and_spans() -> None:
    vectors: Floats = np.eye(384, dtype=np.float32)[:4]
    full = TokenStates(ids=np.arange(4, dtype=np.int32), vectors=vectors, spans=np.zeros((4, 2), np.int32))

    small = compress(full)

    assert np.linalg.norm(small.vectors, axis=1) == pytest.approx(np.ones(4))
    assert small.ids is full.ids


def test_what_is_added_is_read_back_also_by_the_next_process(tmp_path: Path) -> None:
    store = filled(tmp_path, "one", "three")

    for reader in (store, TokenStore.open(tmp_path)):
        assert reader.holds("three", "text of three")
        assert same(reader.get("one"), states(3, seed=3))
        assert same(reader.get("three"), states(5, seed=5))


def test_stored_states_are_the_same_as_those_made_on_demand(tmp_path: Path) -> None:
    kept = filled(tmp_path, "seven").get("seven")
    made = as_stored(states(5, seed=5))

    assert (kept.vectors == made.vectors).all()


def test_states_of_another_text_do_not_count(tmp_path: Path) -> None:
    store = filled(tmp_path, "one")

    assert not store.holds("one", "another text")
    assert not store.holds("two", "text of one")
    with pytest.raises(KeyError):
        store.get("two")


def test_a_passage_that_is_added_again_has_its_new_states(tmp_path: Path) -> None:
    store = filled(tmp_path, "one", "three")
    store.add({"one": ("new text", states(9, seed=9))})

    assert store.holds("one", "new text")
    assert same(store.get("one"), states(9, seed=9))
    assert same(store.get("three"), states(5, seed=5))


def test_a_reader_keeps_what_it_has_until_it_reloads(tmp_path: Path) -> None:
    writer = filled(tmp_path, "one")
    reader = TokenStore.open(tmp_path)
    writer.add({"three": ("text of three", states(5, seed=5))})
    writer.keep_only(["three"])

    assert same(reader.get("one"), states(3, seed=3))
    assert not reader.holds("three", "text of three")
    reader.reload()
    assert not reader.holds("one", "text of one")
    assert same(reader.get("three"), states(5, seed=5))


def test_a_reader_outlives_the_file_that_was_written_anew(tmp_path: Path) -> None:
    writer = filled(tmp_path, "a long name", "one")
    reader = TokenStore.open(tmp_path)
    before = data_files(tmp_path)
    writer.keep_only(["one"])

    assert data_files(tmp_path) != before
    assert same(reader.get("a long name"), states(11, seed=11))


def test_little_garbage_stays_and_much_is_given_back(tmp_path: Path) -> None:
    store = filled(tmp_path, "a long name", "one", "two two")
    size = data_files(tmp_path)[0].stat().st_size
    assert size == (11 + 3 + 7) * RECORD.itemsize

    store.keep_only(["a long name", "two two"])
    assert data_files(tmp_path)[0].stat().st_size == size
    store.keep_only(["two two"])
    assert [path.stat().st_size for path in data_files(tmp_path)] == [7 * RECORD.itemsize]
    assert same(store.get("two two"), states(7, seed=7))
    assert not store.holds("one", "text of one")


def test_forgetting_everything_leaves_a_store_that_can_be_filled_again(tmp_path: Path) -> None:
    store = filled(tmp_path, "one")
    store.keep_only([])
    store.add({"three": ("text of three", states(5, seed=5))})

    assert same(TokenStore.open(tmp_path).get("three"), states(5, seed=5))
    assert len(data_files(tmp_path)) == 1


def test_a_missing_folder_counts_as_empty(tmp_path: Path) -> None:
    assert not TokenStore.open(tmp_path / "none").holds("one", "text of one")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"file": 5, "projection": "x", "passages": {}}',
        b'{"file": "FILE", "projection": "PRINT", "passages": []}',
        b'{"file": "FILE", "projection": "PRINT", "passages": {"one": [0, 99, "x", 0]}}',
        b'{"file": "FILE", "projection": "PRINT", "passages": {"one": [-2, 1, "x", 0]}}',
        b'{"file": "FILE", "projection": "PRINT", "passages": {"one": [2, -1, "x", 0]}}',
        b'{"file": "FILE", "projection": "PRINT", "passages": {"one": [0]}}',
        b'{"file": "FILE", "projection": "PRINT", "passages": {"one": ["a", "b", "c", "d"]}}',
        b'{"file": "FILE", "projection": "another", "passages": {}}',
        b'{"file": "gone.bin", "projection": "PRINT", "passages": {}}',
    ],
)
def test_a_damaged_table_counts_as_empty_and_is_replaced(damage: bytes, tmp_path: Path) -> None:
    filled(tmp_path, "one")
    table = tmp_path / "passages.json"
    true = json.loads(table.read_bytes())
    table.write_bytes(
        damage.replace(b"FILE", true["file"].encode()).replace(b"PRINT", true["projection"].encode())
    )
    store = TokenStore.open(tmp_path)

    assert not store.holds("one", "text of one")
    store.add({"one": ("text of one", states(3, seed=3))})
    assert same(TokenStore.open(tmp_path).get("one"), states(3, seed=3))
    assert len(data_files(tmp_path)) == 1


@pytest.mark.parametrize("place", [0, 8, 12, RECORD.itemsize - 1])
def test_damaged_states_do_not_count_and_are_replaced(place: int, tmp_path: Path) -> None:
    filled(tmp_path, "one", "three")
    file = data_files(tmp_path)[0]
    content = bytearray(file.read_bytes())
    content[place] ^= 0x80
    file.write_bytes(content)
    store = TokenStore.open(tmp_path)

    assert not store.holds("one", "text of one")
    assert store.holds("three", "text of three")
    store.add({"one": ("text of one", states(3, seed=3))})
    assert TokenStore.open(tmp_path).holds("one", "text of one")


def test_a_file_that_was_cut_short_counts_as_empty(tmp_path: Path) -> None:
    filled(tmp_path, "one")
    file = data_files(tmp_path)[0]
    file.write_bytes(file.read_bytes()[:-1])

    assert not TokenStore.open(tmp_path).holds("one", "text of one")


def test_a_write_that_was_cut_short_is_not_seen_and_is_overwritten(tmp_path: Path) -> None:
    filled(tmp_path, "one")
    file = data_files(tmp_path)[0]
    with file.open("ab") as half:
        half.write(b"x" * (RECORD.itemsize + 7))
    store = TokenStore.open(tmp_path)

    assert same(store.get("one"), states(3, seed=3))
    store.add({"three": ("text of three", states(5, seed=5))})
    reader = TokenStore.open(tmp_path)
    assert same(reader.get("one"), states(3, seed=3))
    assert same(reader.get("three"), states(5, seed=5))


def test_a_folder_that_cannot_be_written_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("a file is in the way", encoding="utf-8")

    with pytest.raises(IndexUnavailableError, match="RAG_INDEX_DIR"):
        TokenStore.open(tmp_path / "tokens").add({"one": ("text", states(3))})
