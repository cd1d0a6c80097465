"""Cells and rows of the report's Markdown tables."""

from __future__ import annotations

from evals.figures import Figure


def plain(value: float | None) -> str:
    """A value with three decimals, or a dash where it does not apply."""
    return "–" if value is None else f"{value:.3f}"


def with_interval(figure: Figure) -> str:
    """A figure with its interval, where it has one."""
    if figure.low is None or figure.high is None:
        return plain(figure.value)
    # Parentheses, for rich takes square brackets for its own markup.
    return f"{plain(figure.value)} ({figure.low:.2f}–{figure.high:.2f})"


def target_text(value: float | None, target: float, *, higher: bool) -> str:
    """What was to be reached, and whether it was."""
    bound = f"{'at least' if higher else 'at most'} {target:g}"
    if value is None:
        return f"{bound}: not measured"
    reached = value >= target if higher else value <= target
    return f"{bound}: {'reached' if reached else 'missed'}"


def table_head(*cells: str) -> tuple[str, str]:
    """The two lines that a table begins with: the first column to the left, the others to the right."""
    return table_row(*cells), "|---|" + "---:|" * (len(cells) - 1)


def table_row(*cells: str) -> str:
    """One line of a table."""
    return f"| {' | '.join(cells)} |"


def one_line(text: str) -> str:
    """The text with its line breaks as spaces."""
    return " ".join(text.split())
