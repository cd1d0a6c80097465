from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from rag import ClaimError, FactChecker
from rag._steps import Stopwatch


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """A configured SDK that keeps its spans."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def test_a_step_that_comes_again_adds_to_its_time() -> None:
    watch = Stopwatch("ask")
    for step in ("read", "rank", "rank"):
        watch.lap(step)

    timings = watch.timings()

    assert list(timings) == ["read", "rank", "total"]
    assert timings["total"] == pytest.approx(timings["read"] + timings["rank"])


def test_each_step_is_a_span_below_its_task(spans: InMemorySpanExporter, seed_checker: FactChecker) -> None:
    seed_checker.ask("What restrictions remain?")

    *steps, task = spans.get_finished_spans()

    assert task.name == "presscheck.ask"
    assert [step.name.removeprefix("presscheck.") for step in steps] == ["read", "retrieve", "rank", "answer"]
    assert task.context is not None
    assert all(step.parent and step.parent.span_id == task.context.span_id for step in steps)
    assert not any(span.attributes for span in (*steps, task))


def test_a_failure_is_in_the_span(spans: InMemorySpanExporter, seed_checker: FactChecker) -> None:
    with pytest.raises(ClaimError):
        seed_checker.check("Who paid?")

    (task,) = spans.get_finished_spans()
    assert (task.name, task.status.status_code) == ("presscheck.check", StatusCode.ERROR)
    assert task.status.description == "ClaimError"
