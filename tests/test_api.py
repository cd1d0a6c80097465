from __future__ import annotations

import inspect
from types import ModuleType

import pytest

import rag
from rag import errors, schema


def own_classes(module: ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]


def test_all_is_sorted() -> None:
    assert rag.__all__ == sorted(rag.__all__)


def test_all_is_what_is_there() -> None:
    public = {
        name
        for name, value in vars(rag).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }

    assert public <= set(rag.__all__)
    assert all(getattr(rag, name) for name in rag.__all__)


@pytest.mark.parametrize("module", [schema, errors])
def test_every_type_and_every_error_is_exported(module: ModuleType) -> None:
    assert set(own_classes(module)) <= set(rag.__all__)


def test_every_exported_name_is_documented() -> None:
    for name in rag.__all__:
        value = getattr(rag, name)
        assert value.__doc__, name
        assert not value.__doc__.startswith(f"{name}("), f"{name} has only the docstring of dataclass"


def test_every_public_method_of_the_checker_is_documented_and_annotated() -> None:
    for name, method in inspect.getmembers(rag.FactChecker, callable):
        if name.startswith("_"):
            continue
        assert method.__doc__, name
        signature = inspect.signature(method)
        assert signature.return_annotation is not inspect.Signature.empty, name


def test_the_checker_has_these_methods_and_no_others() -> None:
    public = {name for name in vars(rag.FactChecker) if not name.startswith("_")}

    assert public == set(
        "open close prepare ingest add remove articles article ask stream aask astream conversation search "
        "check acheck dossier claim_review verify as_embeddings as_retriever as_runnable".split()
    )


@pytest.mark.parametrize("name", own_classes(errors))
def test_every_error_is_a_rag_error(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.RagError)


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    drawn = errors.__doc__ or ""
    for name in own_classes(errors):
        error = getattr(errors, name)
        assert name in drawn
        if error is errors.RagError:
            continue
        parent, line = error.__bases__[0], next(x for x in drawn.splitlines() if f" {name} " in x + " ")
        indented = line.startswith(("    ", "│"))
        assert indented == (parent is not errors.RagError), name
