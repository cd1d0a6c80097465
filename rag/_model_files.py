"""The border to what models run on: files that are checked before use, onnxruntime, tokenizers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import ModelError


def read_model_file(path: Path, *, model: str, sha256: str | None = None) -> bytes:
    """The content of a file of `model` ("encoder", for the messages), checked against `sha256` if given.

    Raises ModelError when it can't be read or is another one.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The {model}'s file {path} can't be read ({error.strerror}). Install Presscheck again."
        ) from error
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(
            f"The {model}'s file {path} is not the one Presscheck was tested with (SHA-256 differs). "
            f"Install Presscheck again, and what it needs: "
            f"pip install --force-reinstall -r requirements.txt"
        )
    return content


@contextmanager
def undamaged(path: Path, *, model: str) -> Iterator[None]:
    """What is read inside comes from this file of `model`: raises ModelError when it makes no sense."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The {model}'s file {path} is damaged ({type(error).__name__}: {error}). "
            f"Install Presscheck again."
        ) from error


MOST_THREADS = 4  # short texts gain nothing from more


def open_session(content: bytes, *, threads: int = 1, fuse: bool = True) -> Any:
    """An ONNX model ready to run on the CPU; its `run` may be called by several threads at once.

    It computes with `threads` threads of its own; with 0, with one a core, `MOST_THREADS` at most.
    `fuse` lets onnxruntime put operators together as it likes, which a graph that says how it wants to be
    computed does without.
    """
    # onnxruntime reports home and writes into ~/.cache unless this is set before its import.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(os.cpu_count() or 1, MOST_THREADS)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin while they wait slow each other down on a machine with other work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not fuse:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def open_tokenizer(content: bytes) -> Any:
    """A tokenizer from its JSON file, which neither pads nor cuts, whatever the file says."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(content.decode("utf-8"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encodable(text: str) -> str:
    """The text with a question mark for each lone surrogate, which tokenizers don't take."""
    return text.encode("utf-8", "replace").decode("utf-8")
