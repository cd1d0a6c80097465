"""The measurements on public data, kept between runs: they take minutes, and data that isn't kept here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rag
from evals.claim_sets import ClaimSetFigures, SetFigures
from evals.figures import Figure
from evals.squad_report import SquadFigures

STORED = Path(__file__).parent / "squad.json"
CLAIM_SETS = Path(__file__).parent / "claim_sets.json"


def fingerprint(package: Path = Path(rag.__file__).parent) -> str:
    """A short hash of the package's code and models: equal ones give equal figures."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(package).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def store(squad: SquadFigures, path: Path = STORED) -> None:
    """Keep the figures, with the fingerprint of the code that gave them."""
    _write(asdict(squad), path)


def load(path: Path = STORED) -> SquadFigures | None:
    """The figures of the last measurement; None when there was none."""
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    retrieval = _figures(content["retrieval"])
    return SquadFigures(retrieval=retrieval, pipeline=content["pipeline"], current=_is_current(content))


def store_claim_sets(claim_sets: ClaimSetFigures, path: Path = CLAIM_SETS) -> None:
    """Keep the figures on public claims, as those on SQuAD."""
    _write(asdict(claim_sets), path)


def load_claim_sets(path: Path = CLAIM_SETS) -> ClaimSetFigures | None:
    """The figures of the last measurement on public claims; None when there was none."""
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    sets = {
        name: SetFigures(ways=_figures(own["ways"]), confusion=own["confusion"], refused=own["refused"])
        for name, own in content["sets"].items()
    }
    return ClaimSetFigures(sets=sets, current=_is_current(content))


def _write(content: dict[str, Any], path: Path) -> None:
    kept = content | {"code": fingerprint()}
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _is_current(content: Mapping[str, Any]) -> bool:
    return bool(content["code"] == fingerprint())


def _figures(rows: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Figure]]:
    return {way: {name: Figure(**figure) for name, figure in row.items()} for way, row in rows.items()}
