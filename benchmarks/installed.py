"""How much disk an installation takes."""

from __future__ import annotations

import sysconfig
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.figures import Figure

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def measure_installed() -> list[Figure]:
    """The size of what Presscheck needs, and of the whole folder that this Python's packages are in."""
    needed = _needed()
    sizes = {name: _size(package) for name, package in needed.items()}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:4]
    folder = Path(sysconfig.get_paths()["purelib"])
    whole = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return [
        Figure(
            label=f"installed: what Presscheck needs ({len(needed)} packages)",
            value=sum(sizes.values()) / 1e6,
            unit="MB",
            note="without compiled .pyc; largest: "
            + ", ".join(f"{name} {sizes[name] / 1e6:.0f}" for name in largest),
        ),
        Figure(
            label="installed: all of site-packages here",
            value=whole / 1e6,
            unit="MB",
            note="with whatever else this environment holds, such as the tools for development",
        ),
    ]


def _needed() -> dict[str, Distribution]:
    """The packages that pyproject.toml asks for, and those that they ask for, as installed here."""
    with PROJECT.open("rb") as file:
        pending = [(line, "") for line in tomllib.load(file)["project"]["dependencies"]]
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    while pending:
        line, extra = pending.pop()
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            package = found.setdefault(name, distribution(name))
        except PackageNotFoundError:
            continue
        for wanted in ({"", *requirement.extras}) - {e for n, e in seen if n == name}:
            seen.add((name, wanted))
            pending += [(line, wanted) for line in package.requires or ()]
    return found


def _size(package: Distribution) -> int:
    paths = (Path(str(package.locate_file(file))) for file in package.files or ())
    return sum(path.stat().st_size for path in paths if path.suffix != ".pyc" and path.is_file())
