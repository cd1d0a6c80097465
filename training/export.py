"""Writes a reader or verifier as it is shipped: int8 weights in ONNX, the tokenizer, what they agree on.

    python -m training.export --checkpoint FILE.pt --data FOLDER                       # the reader
    python -m training.export --checkpoint FILE.pt --model verifier --data FOLDER

The graph is written out operator by operator rather than traced: the same checkpoint gives the same bytes,
and onnxruntime computes it as it stands. With `--data` the files are compared with the checkpoint on
questions of SQuAD 2 and the figures printed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from rag import reader, verifier
from rag.cross_encoder import Pair, ReadPassage, pair
from rag.encoder import TOKENIZER_PATH, Floats
from rag.reader import OnnxReader, Reading, interpret
from rag.verifier import OnnxVerifier
from rag.verifier import interpret as interpret_claim
from training.claims import ClaimExample, read_fool_me_twice
from training.datasets import SQUAD
from training.model import ReaderModel, reader_tokenizer, tensors
from training.reading import Example, read_squad_examples

AGREED: Mapping[str, Mapping[str, int]] = {"reader": reader.AGREED, "verifier": verifier.AGREED}
FOLDERS = {"reader": reader.FOLDER, "verifier": verifier.FOLDER}
LAYERS, HEADS = 6, 12
COMPARED = 200  # questions or claims
_ORT = "com.microsoft"  # onnxruntime's own operators
_EPSILON = 1e-12  # of BERT's layer norms
_LARGEST = 127  # of the weights' integers
_LEAST_SCALE = 0.5  # GELU goes down to -0.17, however small its largest value


def quantise(weights: Floats, *, axis: int) -> tuple[npt.NDArray[np.int8], Floats]:
    """Weights (k, n) as signed integers, and the scales (of that axis's length) to multiply them by.

    Symmetric: a row or column is spread over -127 to 127 by the largest of its absolutes.
    """
    scales = np.maximum(np.abs(weights).max(axis=1 - axis, keepdims=True), 1e-12) / _LARGEST
    return np.rint(weights / scales).astype(np.int8), scales.astype(np.float32).reshape(-1)


class _Graph:
    """An ONNX graph in the making; each operator is named after the one output it has."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def weights(self, name: str) -> Floats:
        return self._weights[name]

    def constant(self, name: str, values: npt.NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **more: Any) -> str:
        node = helper.make_node(kind, inputs, [output], name=output, domain=domain, **more)
        self.nodes.append(node)
        return output

    def norm(self, states: str, layer: str, output: str) -> str:
        scale = self.constant(f"{output}.scale", self.weights(f"{layer}.weight"))
        bias = self.constant(f"{output}.bias", self.weights(f"{layer}.bias"))
        return self.add("LayerNormalization", [states, scale, bias], output, axis=-1, epsilon=_EPSILON)

    def linear(self, states: str, layers: Sequence[str], output: str) -> str:
        """The outputs of linear layers side by side: int8 weights, states made uint8 as they come."""
        bias = np.concatenate([self.weights(f"{layer}.bias") for layer in layers])
        return self._product(states, layers, output, bias=[self.constant(f"{output}.bias", bias)])

    def linear_by_row(self, states: str, layer: str, output: str, *, signed: bool) -> str:
        """A linear layer for states whose rows are scaled to at most 1 first, and back afterwards.

        All rows share one scale when they are made uint8, and a few tokens, such as the marks, have values
        many times those of the others, which would be left with few steps. `signed` says whether values
        below 0 can be as large as those above it.
        """
        sizes = self.add("Abs", [states], f"{output}.sizes") if signed else states
        last = self.constant(f"{output}.axis", np.asarray([-1], dtype=np.int64))
        rows = self.add("ReduceMax", [sizes, last], f"{output}.largest", keepdims=1)
        least = self.constant(f"{output}.least", np.asarray(_LEAST_SCALE, dtype=np.float32))
        rows = self.add("Max", [rows, least], f"{output}.rows")
        product = self._product(
            self.add("Div", [states, rows], f"{output}.scaled"), [layer], f"{output}.product"
        )
        bias = self.constant(f"{output}.bias", self.weights(f"{layer}.bias"))
        return self.add("Add", [self.add("Mul", [product, rows], f"{output}.back"), bias], output)

    def _product(self, states: str, layers: Sequence[str], output: str, *, bias: Sequence[str] = ()) -> str:
        matrix = np.concatenate([self.weights(f"{layer}.weight") for layer in layers]).T
        own, scales = quantise(matrix, axis=1)
        constants = [self.constant(f"{output}.weights", own), self.constant(f"{output}.scales", scales)]
        return self.add("DynamicQuantizeMatMul", [states, *constants, "", *bias], output, _ORT)


def build(weights: Mapping[str, Floats], *, name: str = "reader") -> onnx.ModelProto:
    """The ONNX model of a `ReaderModel` with these weights: (b, n) word pieces -> (b, n, 3) logits."""
    graph = _Graph(weights)
    states = _embed(graph)
    graph.add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    for number in range(LAYERS):
        states = _layer(graph, states, number)
    # In full precision: it is small, and all depends on it.
    head = graph.constant("head.weights", graph.weights("head.weight").T)
    bias = graph.constant("head.bias", graph.weights("head.bias"))
    graph.add("Add", [graph.add("MatMul", [states, head], "head.product"), bias], "logits")
    shape = ["batch", "pieces"]
    names = ("input_ids", "attention_mask", "token_type_ids")
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            name,
            [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in names],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [*shape, 3])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(_ORT, 1)],
        ir_version=10,
        producer_name="presscheck",
    )


def _embed(graph: _Graph) -> str:
    layer = "encoder.embeddings"
    own, scales = quantise(graph.weights(f"{layer}.word_embeddings.weight"), axis=0)
    words = graph.add("Gather", [graph.constant("words.weights", own), "input_ids"], "words.int8")
    scale = graph.constant("words.scales", scales[:, None])
    words = graph.add(
        "Mul",
        [
            graph.add("Cast", [words], "words.float", to=TensorProto.FLOAT),
            graph.add("Gather", [scale, "input_ids"], "words.scale"),
        ],
        "words",
    )
    types = graph.constant("types.weights", graph.weights(f"{layer}.token_type_embeddings.weight"))
    places = graph.constant("places.weights", graph.weights(f"{layer}.position_embeddings.weight"))
    graph.add("Shape", ["input_ids"], "pieces", start=1, end=2)
    zero = graph.constant("zero", np.zeros(1, dtype=np.int64))
    both = graph.add("Add", [words, graph.add("Gather", [types, "token_type_ids"], "types")], "typed")
    placed = graph.add("Add", [both, graph.add("Slice", [places, zero, "pieces", zero], "places")], "placed")
    return graph.norm(placed, f"{layer}.LayerNorm", "embedded")


def _layer(graph: _Graph, states: str, number: int) -> str:
    """One layer of BERT (Devlin et al. 2019), normed after each half.

    Sum and norm are apart: onnxruntime's operator that does both takes several times as long on the CPU.
    """
    layer, name = f"encoder.encoder.layer.{number}", f"layer{number}"
    attention = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    split = graph.linear(states, attention, f"{name}.attention.input")
    graph.nodes.append(
        helper.make_node("Split", [split], parts, name=f"{name}.parts", axis=-1, num_outputs=len(parts))
    )
    read = graph.add("MultiHeadAttention", [*parts, "", "mask"], f"{name}.attention", _ORT, num_heads=HEADS)
    read = graph.linear(read, [f"{layer}.attention.output.dense"], f"{name}.attention.output")
    both = graph.add("Add", [states, read], f"{name}.attention.sum")
    states = graph.norm(both, f"{layer}.attention.output.LayerNorm", f"{name}.attention.normed")
    wide = graph.linear_by_row(states, f"{layer}.intermediate.dense", f"{name}.wide.input", signed=True)
    wide = graph.add("Gelu", [wide], f"{name}.wide", _ORT)
    narrow = graph.linear_by_row(wide, f"{layer}.output.dense", f"{name}.narrow", signed=False)
    both = graph.add("Add", [states, narrow], f"{name}.sum")
    return graph.norm(both, f"{layer}.output.LayerNorm", f"{name}.normed")


def export(checkpoint: Path, folder: Path, *, name: str = "reader") -> None:
    """Write `NAME.onnx`, `tokenizer.json` and `NAME.json` into `folder`."""
    state: dict[str, Tensor] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = build({key: values.float().numpy() for key, values in state.items()}, name=name)
    contents = {
        f"{name}.onnx": model.SerializeToString(deterministic=True),
        "tokenizer.json": TOKENIZER_PATH.read_bytes(),
    }
    sha256 = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    card = json.dumps({**AGREED[name], "sha256": sha256}, indent=2) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in {**contents, f"{name}.json": card.encode()}.items():
        (folder / file).write_bytes(content)
        print(f"{folder / file}: {len(content):,} bytes")


def compare_verifiers(checkpoint: Path, folder: Path, examples: Sequence[ClaimExample]) -> None:
    """Print how far the exported verifier is from the checkpoint in full precision."""
    model, tokenizer = _in_full(checkpoint), reader_tokenizer()
    exported = OnnxVerifier(folder)
    away, turned = [], 0
    for example in examples:
        asked = pair(tokenizer, example.claim, example.title, example.sentences)
        before = interpret_claim(_logits(model, asked), asked)
        passage = ReadPassage(title=example.title, sentences=example.sentences)
        (after,) = exported.judge(example.claim, [passage])
        away.append(np.abs(np.exp(before.sentences) - np.exp(after.sentences)).ravel())
        turned += int(before.whole.argmax() != after.whole.argmax())
    apart = np.concatenate(away)
    print(
        f"Over {len(examples)} claims on a passage, int8 against full precision: probabilities differ by "
        f"{apart.mean():.3f} on average, {apart.max():.3f} at most; another stance of the whole {turned}"
    )


def compare(checkpoint: Path, folder: Path, examples: Sequence[Example]) -> None:
    """Print how far the exported reader is from the checkpoint in full precision."""
    model, exported, tokenizer = _in_full(checkpoint), OnnxReader(folder), reader_tokenizer()
    before, after = [], []
    for example in examples:
        asked = pair(tokenizer, example.question, example.title, example.sentences)
        before.append(interpret(_logits(model, asked), asked))
        passage = ReadPassage(title=example.title, sentences=example.sentences)
        after += exported.read(example.question, [passage])
    print(f"Over {len(examples)} questions on a passage, int8 against full precision:")
    for name, both in {
        "answers": [(one.answers, other.answers) for one, other in zip(before, after, strict=True)],
        "spans": [(one.spans, other.spans) for one, other in zip(before, after, strict=True)],
    }.items():
        away = np.abs(np.concatenate([one - other for one, other in both]))
        spread = float(np.concatenate([one for one, _ in both]).std())
        best = sum(one.argmax() != other.argmax() for one, other in both)
        turned = sum((one.max() > 0) != (other.max() > 0) for one, other in both)
        print(
            f"  {name}: log-odds (standard deviation {spread:.2f}) differ by {away.mean():.3f} on average, "
            f"{away.max():.3f} at most; another best sentence {best}, another sign of the best {turned}"
        )
    print(f"  another place of the best span: {sum(map(_moved, before, after))}")


def _in_full(checkpoint: Path) -> ReaderModel:
    model = ReaderModel()
    model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    model.eval()
    return model


@torch.no_grad()
def _logits(model: ReaderModel, asked: Pair) -> Floats:
    return np.asarray(model(**tensors([asked]))[0].numpy(), dtype=np.float32)


def _moved(one: Reading, other: Reading) -> bool:
    best = int(one.spans.argmax())
    return best == int(other.spans.argmax()) and (one.places[best] != other.places[best]).any().item()


def main(arguments: Sequence[str] | None = None) -> None:
    """Export a checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="a ReaderModel's state_dict")
    parser.add_argument("--model", choices=sorted(AGREED), default="reader")
    parser.add_argument("--out", type=Path, help="the folder to write into; where it is shipped unless given")
    parser.add_argument("--data", type=Path, help="the folder of the public data, to compare on")
    options = parser.parse_args(arguments)
    folder = options.out or FOLDERS[options.model]
    export(options.checkpoint, folder, name=options.model)
    if options.data and options.model == "reader":
        examples = read_squad_examples(options.data / SQUAD, kind="squad")
        compare(options.checkpoint, folder, examples[:: max(1, len(examples) // COMPARED)][:COMPARED])
    elif options.data:
        claims = read_fool_me_twice(options.data)
        compare_verifiers(options.checkpoint, folder, claims[:: max(1, len(claims) // COMPARED)][:COMPARED])


if __name__ == "__main__":
    main()
