"""The SQuAD measurement, kept between runs: it takes minutes and needs data that is not in the repository."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import rag
from evals.figures import Figure
from evals.report import SquadFigures

STORED = Path(__file__).parent / "squad.json"


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
    content = asdict(squad) | {"code": fingerprint()}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def load(path: Path = STORED) -> SquadFigures | None:
    """The figures of the last measurement; None when there was none."""
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    retrieval: Mapping[str, Mapping[str, Figure]] = {
        way: {name: Figure(**figure) for name, figure in row.items()}
        for way, row in content["retrieval"].items()
    }
    current = content["code"] == fingerprint()
    return SquadFigures(retrieval=retrieval, pipeline=content["pipeline"], current=current)
