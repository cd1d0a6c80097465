"""How long each step took, in milliseconds, and as OpenTelemetry spans where an SDK is configured."""

from __future__ import annotations

import time
from types import TracebackType

from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode


class Stopwatch:
    """Times the steps of one task, each from the end of the one before; a span for all, and one for each.

    Only the names of steps and their times are in the spans, no text of anybody's.
    """

    def __init__(self, task: str) -> None:
        self._started = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}
        self._tracer = trace.get_tracer("presscheck")
        self._began_ns = self._last_ns = time.time_ns()
        self._span = self._tracer.start_span(f"presscheck.{task}", start_time=self._began_ns)

    def __enter__(self) -> Stopwatch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, GeneratorExit):
            self._span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        self._span.end()

    def lap(self, step: str) -> None:
        """End a step; one that comes again adds to its time."""
        now, now_ns = time.perf_counter(), time.time_ns()
        self._laps[step] = self._laps.get(step, 0.0) + (now - self._last) * 1000
        within = trace.set_span_in_context(self._span)
        span = self._tracer.start_span(f"presscheck.{step}", context=within, start_time=self._last_ns)
        span.end(end_time=now_ns)
        self._last, self._last_ns = now, now_ns

    def timings(self) -> dict[str, float]:
        """Milliseconds by step, and their `total`."""
        return {**self._laps, "total": (self._last - self._started) * 1000}
