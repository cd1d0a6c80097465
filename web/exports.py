"""What a claim check can be taken along as: files that the browser makes from text that the page has sent."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.presentation import check_markdown, said_by
from rag.schema import ClaimCheck

if TYPE_CHECKING:
    from rag.pipeline import FactChecker

_MOST_OF_A_NAME = 50  # characters of the claim in a file's name


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """A text to copy or, where it has a file `name`, to download as `media_type`.

    `key` is unique in a conversation, `label` is what its button says.
    """

    key: str
    label: str
    text: str
    name: str = ""
    media_type: str = "text/plain"


def markdown_export(check: ClaimCheck, checker: FactChecker, *, turn: int) -> Export:
    """The check as Markdown, to be copied."""
    text = check_markdown(check, checker.article, said_by)
    return Export(key=f"t{turn}-markdown", label="Copy as Markdown", text=text)


def dossier_export(check: ClaimCheck, checker: FactChecker, *, turn: int) -> Export:
    """The check as a dossier; raises DossierError for one that is too large for the format."""
    return Export(
        key=f"t{turn}-dossier",
        label="Download dossier (JSON)",
        text=_json(checker.dossier(check)),
        name=f"{_name(check)}-dossier.json",
        media_type="application/json",
    )


def review_export(check: ClaimCheck, checker: FactChecker, *, turn: int) -> Export:
    """The check as a ClaimReview."""
    return Export(
        key=f"t{turn}-review",
        label="Download ClaimReview (JSON-LD)",
        text=_json(checker.claim_review(check)),
        name=f"{_name(check)}-claimreview.jsonld",
        media_type="application/ld+json",
    )


def exports_record(exports: Sequence[Export], *, turn: int) -> dict[str, Any]:
    """What the page's script needs to give the exports of a turn."""
    files = [{"key": e.key, "text": e.text, "name": e.name, "type": e.media_type} for e in exports]
    return {"turn": turn, "files": files}


def _json(record: dict[str, Any]) -> str:
    # As the command line writes it: "<" as an escape, so that it can stand in the <script> of a page, and
    # what isn't UTF-8 (half a surrogate pair) as the escape that JSON has for it.
    text = json.dumps(record, indent=2, ensure_ascii=False).replace("<", "\\u003c") + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _name(check: ClaimCheck) -> str:
    words = re.findall(r"[a-z0-9]+", check.claim.lower())
    return "-".join(words)[:_MOST_OF_A_NAME].strip("-") or "claim"
