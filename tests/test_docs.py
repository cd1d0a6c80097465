"""What the documents show is what happens."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import SecretStr

from rag.settings import Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of the README in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def run(folder: Path, *arguments: str) -> str:
    """What Python prints when run in `folder`, with the seed corpus in it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    """A folder with the corpus and nothing else."""
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    return tmp_path


def test_the_first_question_of_the_readme_prints_what_it_shows(newcomer: Path) -> None:
    shown = next(block for block in blocks("console") if "What restrictions remain?" in block)
    command, _, printed = shown.partition("\n")
    assert command == '$ python -m rag ask "What restrictions remain?"'
    answer = run(newcomer, "-m", "rag", "ask", "What restrictions remain?")
    # Line breaks are the page's; the confidence's last digit is the processor's.
    assert answer.partition("Confidence")[0].split() == printed.partition("Confidence")[0].split()
    assert "Confidence that this answers the question:" in answer


def test_the_first_claim_of_the_readme_prints_what_it_shows(newcomer: Path) -> None:
    shown = next(block for block in blocks("console") if "9,000 troops" in block)
    command, _, printed = shown.partition("\n")
    assert command == '$ python -m rag check "Russia deployed 9,000 troops for the offensive."'
    check = run(newcomer, "-m", "rag", "check", "Russia deployed 9,000 troops for the offensive.")
    assert check.startswith("Refuted by the articles, confidence ")
    # Line breaks are the page's; the confidence's last digit is the processor's.
    quoted = printed.partition("Against:")[2].removesuffix("...\n").split()
    assert check.partition("Against:")[2].split()[: len(quoted)] == quoted


def test_the_python_example_of_the_readme_runs(newcomer: Path) -> None:
    (example,) = blocks("python")
    assert "[1]" in run(newcomer, "-c", example)


def test_every_setting_is_in_the_example_file_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^(RAG_\w+)=(.*)$", example, re.MULTILINE))
    defaults = {f"RAG_{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    assert listed.keys() == defaults.keys()
    for name, default in defaults.items():
        if isinstance(default, float | int):
            assert float(listed[name]) == default
        elif isinstance(default, SecretStr):
            assert listed[name] == default.get_secret_value()
        else:
            assert listed[name] == ("" if default is None else str(default))


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_every_link_between_the_pages_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    for requirement in dependencies():
        assert requirement.name.lower() in reasons, requirement.name


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_the_locks_hold_every_dependency_within_its_range(lock: str) -> None:
    pinned = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    versions = {canonicalize_name(name): version for name, version in pinned}
    for requirement in dependencies():
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, (
            f"{requirement.name} is not in {lock}: CONTRIBUTING.md says how to refresh it"
        )
        assert requirement.specifier.contains(version), f"{requirement} has {version} in {lock}"


def dependencies() -> list[Requirement]:
    """What pyproject.toml asks for."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return [Requirement(line) for line in tomllib.load(file)["project"]["dependencies"]]
