from __future__ import annotations

from collections.abc import Iterator

import pytest

torch = pytest.importorskip("torch", reason="only training needs it")
pytest.importorskip("transformers", reason="only training needs it")


@pytest.fixture
def group() -> Iterator[None]:
    """A group of processes, of this one alone."""
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


def test_a_process_by_itself_is_the_first_of_one() -> None:
    from training.loop import processes, rank

    assert (rank(), processes()) == (0, 1)


@pytest.mark.usefixtures("group")
def test_a_process_in_a_group_knows_its_number() -> None:
    from training.loop import processes, rank

    assert (rank(), processes()) == (0, 1)
