"""Claim checks on the page: what it shows of hand-made ones, and what a browser makes of that."""

from __future__ import annotations

import datetime
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from conftest import ROOT, SLOWEST_S, free_port
from test_app import PAYLOADS, OpenPage, call, check_claim

from rag import (
    Answer,
    AnswerStatus,
    Article,
    ArticleSummary,
    Attribution,
    Citation,
    ClaimCheck,
    ClaimError,
    ClaimEvidence,
    ClaimPart,
    Conversation,
    Disagreement,
    DossierError,
    Evidence,
    FactChecker,
    Filters,
    Settings,
    Speech,
    Stance,
    Statement,
    Turn,
    Verdict,
)
from rag.dossier import build_dossier, check_from_dossier, claim_review
from web.checks import BADGES, check_html, check_marks, claim_html, deciding_key
from web.exports import Export, dossier_export, exports_record, markdown_export, review_export
from web.render import evidence_record

if TYPE_CHECKING:
    pass

TODAY = datetime.date(2024, 6, 20)
QUESTION = "How strong were the gusts?"

FAST = "Gusts of 148 kilometres an hour tore roofs from houses along the coast."
DEAD = (
    "Four people were killed, three of them by falling trees, said Maren Holt, the head of the fire service."
)
SLOW = "The strongest gust measured 139 kilometres an hour, two meteorologists told the Coast Radio."
TREES = "In the end 90,000 trees lay on the ground."
TRAINS = "Trains between Port Ellen and the capital did not run until Thursday morning."
WIRE = Article.from_text(
    id="wire",
    title="Storm Carla tears roofs from houses",
    text=f"Storm Carla tears roofs from houses\n\n{FAST} {DEAD}\n\n{TRAINS}",
    source="The Wire",
    author="Ann Lee",
    published=datetime.date(2024, 6, 3),
    url="https://wire.example/carla",
)
POST = replace(WIRE, id="post", source="The Morning Post", author="")
GAZETTE = Article.from_text(
    id="gazette",
    title="How strong the storm was",
    text=f"{SLOW}\n\nEarlier reports had named a higher figure. {TREES}",
    source="Port Ellen Gazette",
    published=datetime.date(2024, 6, 7),
)
NASTY = Article.from_text(
    id="nasty",
    title=f"Harbour {PAYLOADS[0]} {PAYLOADS[2]}",
    text="\n\n".join(f"Ada said {payload} of ships." for payload in PAYLOADS),
    source=PAYLOADS[1],
    author=PAYLOADS[5],
    url="javascript:window.hacked=1",
)
ARTICLES = {article.id: article for article in (WIRE, POST, GAZETTE, NASTY)}


def cite(number: int, article: Article, quote: str, **speaker: Any) -> Citation:
    start = article.text.index(quote)
    end = start + len(quote)
    said = (Attribution(start=start, end=end, speech=Speech.INDIRECT, **speaker),) if speaker else ()
    return Citation(
        number=number,
        article_id=article.id,
        title=article.title,
        quote=quote,
        start=start,
        end=end,
        attributions=said,
    )


def judged(citation: Citation, stance: Stance, **others: Any) -> ClaimEvidence:
    published = ARTICLES[citation.article_id].published
    return ClaimEvidence(citation=citation, stance=stance, score=0.9, published=published, **others)


def near(article: Article, text: str) -> Evidence:
    start = article.text.index(text)
    return Evidence(
        article_id=article.id,
        passage_id="p",
        title=article.title,
        text=text,
        start=start,
        end=start + len(text),
        score=0.2,
    )


def part_of(claim: str, text: str, *found: ClaimEvidence, confidence: float = 0.83) -> ClaimPart:
    return ClaimPart(
        text=text,
        start=claim.index(text.rstrip(".")),
        end=claim.index(text.rstrip(".")) + len(text.rstrip(".")),
        confidence=confidence,
        supporting=tuple(e for e in found if e.stance is Stance.SUPPORTS),
        refuting=tuple(e for e in found if e.stance is Stance.REFUTES),
    )


def whole(claim: str, *found: ClaimEvidence, confidence: float = 0.83, **others: Any) -> ClaimCheck:
    part = part_of(claim, claim, *found, confidence=confidence)
    return ClaimCheck(claim=claim, parts=(part,), nearest=(near(WIRE, FAST), near(GAZETTE, TREES)), **others)


FIRE_SERVICE: dict[str, Any] = {"speaker": "Maren Holt", "role": "the head of the fire service"}
FAST_1 = cite(1, WIRE, FAST)
SLOW_2 = cite(2, GAZETTE, SLOW, speaker="two meteorologists", named=False, outlet="the Coast Radio")
GUSTS = Disagreement(one=FAST_1, other=SLOW_2, about="148 km/h against 139 km/h")

SUPPORTED = whole(
    "Storm Carla killed four people.",
    judged(cite(1, WIRE, DEAD, **FIRE_SERVICE), Stance.SUPPORTS, copies=("post",)),
    confidence=0.94,
)
REFUTED = whole(
    "The storm felled 9,000 trees.",
    judged(
        cite(1, GAZETTE, TREES),
        Stance.REFUTES,
        reason="The article says 90,000 trees; the claim says 9,000.",
    ),
)
CONFLICTING = whole(
    "Gusts reached 148 km/h.",
    judged(FAST_1, Stance.SUPPORTS, copies=("post",)),
    judged(SLOW_2, Stance.REFUTES, reason="The article says 139 km/h; the claim says 148 km/h."),
    confidence=0.61,
    disagreements=(GUSTS,),
)
SUPERSEDED = whole(
    "The strongest gust reached 148 km/h.",
    judged(FAST_1, Stance.SUPPORTS, superseded=True),
    judged(SLOW_2, Stance.REFUTES, reason="The article says 139 km/h; the claim says 148 km/h."),
    confidence=0.72,
    disagreements=(replace(GUSTS, superseded=True),),
)
UNKNOWN = whole("The prime minister visited Port Ellen.", confidence=0.72)
_BOTH = "Storm Carla killed four people and felled 9,000 trees."
TWO_PARTS = ClaimCheck(
    claim=_BOTH,
    parts=(
        replace(SUPPORTED.parts[0], start=0, end=30),
        replace(
            part_of(
                _BOTH,
                "felled 9,000 trees.",
                judged(
                    cite(2, GAZETTE, TREES),
                    Stance.REFUTES,
                    reason="The article says 90,000 trees; the claim says 9,000.",
                ),
            ),
            text="Storm Carla felled 9,000 trees.",
        ),
    ),
)
CHECKS = {c.claim: c for c in (SUPPORTED, REFUTED, CONFLICTING, SUPERSEDED, UNKNOWN, TWO_PARTS)}
OF_EACH_VERDICT = (SUPPORTED, REFUTED, CONFLICTING, UNKNOWN)
TOO_LARGE = replace(SUPPORTED, claim="Storm Carla killed four people, at the least.")


def nasty_check(claim: str) -> ClaimCheck:
    """A check in which everything that comes from articles or people is a payload."""
    found = [
        cite(number, NASTY, f"Ada said {payload} of ships.", speaker=payload, role=payload, outlet=payload)
        for number, payload in enumerate(PAYLOADS, start=1)
    ]
    sides = [
        judged(
            citation,
            Stance.SUPPORTS if citation.number % 2 else Stance.REFUTES,
            reason=f"It says {payload}.",
            copies=("nasty",),
        )
        for citation, payload in zip(found[:-1], PAYLOADS, strict=False)
    ]
    pair = Disagreement(one=found[0], other=found[-1], about=f"{PAYLOADS[0]} against {PAYLOADS[3]}")
    parts = tuple(part_of(claim, claim, *some) for some in (sides, []))
    return ClaimCheck(claim=claim, parts=parts, nearest=(near(NASTY, NASTY.text),), disagreements=(pair,))


class FixedChecker:
    """Checks a few claims, always with the same outcome, as a `FactChecker` would."""

    settings = Settings(_env_file=None)

    def articles(self) -> tuple[ArticleSummary, ...]:
        return tuple(
            ArticleSummary(
                id=a.id,
                title=a.title,
                source=a.source,
                author=a.author,
                published=a.published,
                url=a.url,
                passages=1,
            )
            for a in ARTICLES.values()
        )

    def article(self, article_id: str) -> Article:
        return ARTICLES[article_id]

    def conversation(self, turns: Sequence[Turn] = ()) -> Conversation:
        return Conversation(self.stream, turns=turns)

    def stream(
        self, question: str, *, filters: Filters | None = None, callbacks: object = None
    ) -> Iterator[Answer]:
        found = cite(1, WIRE, DEAD, **FIRE_SERVICE)
        yield Answer(
            question=question,
            statements=(Statement(text=found.quote, citations=(found,)),),
            status=AnswerStatus.ANSWERED,
            confidence=0.9,
            evidence=(),
        )

    def check(self, claim: str) -> ClaimCheck:
        if not claim.strip() or claim.endswith("?"):
            raise ClaimError(f"That is no claim: {claim!r}. Write a statement.")
        if claim == "crash":
            raise RuntimeError("a fault of the program")
        if claim == TOO_LARGE.claim:
            return TOO_LARGE
        return CHECKS[claim] if claim in CHECKS else nasty_check(claim)

    def dossier(self, check: ClaimCheck) -> dict[str, Any]:
        if check == TOO_LARGE:
            raise DossierError("This check can't be written as a dossier: it is too large.")
        return build_dossier(check, article=self.article, checked_on=TODAY)

    def claim_review(self, check: ClaimCheck) -> dict[str, Any]:
        return claim_review(check, article=self.article, checked_on=TODAY)


CHECKER = cast("FactChecker", FixedChecker())


def serve_fixed_checks(port: int) -> None:
    """The real page over the fixed checks, until the process is killed."""
    from web.server import build_app, serve

    with socket.create_server(("127.0.0.1", port)) as listener:
        serve(build_app(CHECKER), listener)


# What is shown of a check


BLOCKS = frozenset("div section p h3 h4 ul ol li blockquote".split())


class Markup(HTMLParser):
    """The elements, attributes and text of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.pieces: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag in BLOCKS:
            self.pieces.append(" ")
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())


def html_of(check: ClaimCheck, turn: int = 1, exports: tuple[Export, ...] = ()) -> str:
    return check_html(check, turn=turn, article=CHECKER.article, exports=exports)


def text_of(check: ClaimCheck) -> str:
    return Markup(html_of(check)).text


@pytest.mark.parametrize("check", OF_EACH_VERDICT, ids=lambda check: str(check.verdict))
def test_the_verdict_is_said_in_words_with_how_sure_it_is(check: ClaimCheck) -> None:
    badge = f'<strong class="badge {check.verdict.value}">{BADGES[check.verdict]}</strong>'
    assert html_of(check).count(badge) == 1
    assert html_of(check).count('class="badge') == 1
    assert html_of(check).count('class="confidence"') == 1
    level = {0.94: "very high", 0.83: "high", 0.61: "medium", 0.72: "high"}[check.confidence]
    assert f"what the articles say: {level} ({check.confidence})." in text_of(check)


def test_a_quote_comes_with_its_chip_speaker_source_date_reason_and_copies() -> None:
    shown = html_of(CONFLICTING, turn=3)
    assert shown.count('class="cite" value="t3-1"') == 2  # at the quote, and at the disagreement
    text = text_of(CONFLICTING)
    origin = f"{WIRE.title} · The Wire · Ann Lee · 3 June 2024"
    assert f"For {FAST} [1] {origin} The same text is also in The Morning Post." in text
    assert "According to two meteorologists, to the Coast Radio" in text
    assert "The article says 139 km/h; the claim says 148 km/h." in text
    assert "148 km/h against 139 km/h [1] [2]" in text


def test_each_of_several_parts_has_its_own_verdict_and_one_alone_is_not_called_a_part() -> None:
    shown = html_of(TWO_PARTS)
    assert re.findall(r'class="badge (\w+)"', shown) == ["refuted", "supported", "refuted"]
    assert shown.count('<section class="part">') == 2
    assert "Storm Carla felled 9,000 trees." in text_of(TWO_PARTS)
    assert '<section class="part">' not in html_of(REFUTED)


def test_superseded_evidence_names_the_later_article_and_stands_after_what_holds() -> None:
    shown = html_of(SUPERSEDED)
    assert "Superseded by a later article [2], so it doesn't count" in text_of(SUPERSEDED)
    assert "the later article replaces the earlier one" in text_of(SUPERSEDED)
    still = judged(cite(3, GAZETTE, TREES), Stance.SUPPORTS)
    part = replace(SUPERSEDED.parts[0], supporting=(*SUPERSEDED.parts[0].supporting, still))
    shown = html_of(replace(SUPERSEDED, parts=(part,)))
    assert shown.index("90&#44;000") < shown.index('<li class="superseded">')


def test_a_disagreement_shows_the_quote_that_decides_nothing() -> None:
    check = replace(SUPPORTED, disagreements=(replace(GUSTS, one=cite(3, WIRE, FAST)),))
    shown = text_of(check)
    assert shown.count(FAST) == 1
    assert shown.count(SLOW) == 1
    keys = [mark.key for mark in check_marks(check, turn=1)]
    assert keys == ["t1-1", "t1-2", "t1-3"]


def test_the_panel_opens_at_the_quote_that_decides() -> None:
    keys = [deciding_key(check, turn=1) for check in (SUPPORTED, SUPERSEDED, TWO_PARTS, UNKNOWN)]
    assert keys == ["t1-1", "t1-2", "t1-2", ""]


def test_only_without_enough_evidence_are_the_nearest_passages_shown() -> None:
    assert FAST in text_of(UNKNOWN)
    assert "No sentence decides this surely enough. The nearest passages:" in text_of(UNKNOWN)
    assert [(mark.key, mark.cited) for mark in check_marks(UNKNOWN, turn=2)] == [
        ("t2-n1", False),
        ("t2-n2", False),
    ]
    assert "nearest" not in html_of(REFUTED)
    assert [mark.key for mark in check_marks(REFUTED, turn=2)] == ["t2-1"]


@pytest.mark.parametrize("check", [*CHECKS.values(), nasty_check("It is so.")], ids=lambda c: c.claim)
def test_every_chip_opens_its_exact_characters_in_the_panel(check: ClaimCheck) -> None:
    record = evidence_record(check_marks(check, turn=1), turn=1, article=CHECKER.article)
    pieces = [s for a in record["articles"] for block in a["blocks"] for s in block["segments"]]
    found = {c.number: c.quote for c in check.citations}
    for key in set(re.findall(r'class="cite" value="([^"]+)"', html_of(check))):
        marked = "".join(piece["text"] for piece in pieces if key in piece["keys"])
        near = key.partition("-n")[2]
        assert marked == (check.nearest[int(near) - 1].text if near else found[int(key.partition("-")[2])])


def test_nothing_from_articles_or_people_becomes_markup() -> None:
    claim = f"Ada said {' '.join(PAYLOADS)}"
    check = nasty_check(claim)
    exports = (markdown_export(check, CHECKER, turn=1),)
    markup = Markup(claim_html(claim) + html_of(check, exports=exports))
    ours = "div p strong section h3 h4 ul li blockquote button cite".split()
    assert markup.elements == set(ours)
    assert markup.attributes == {"class", "type", "value", "title"}
    for payload in PAYLOADS:
        # The claim, the quote, and in turn the speaker, the role and the outlet.
        assert markup.text.count(" ".join(payload.split())) >= 3


# What it can be taken along as


def test_the_dossier_and_the_review_are_those_of_the_checker() -> None:
    dossier = dossier_export(CONFLICTING, CHECKER, turn=4)
    assert check_from_dossier(json.loads(dossier.text)) == replace(CONFLICTING, nearest=())
    review = review_export(CONFLICTING, CHECKER, turn=4)
    assert json.loads(review.text) == CHECKER.claim_review(CONFLICTING)
    assert (dossier.key, review.key) == ("t4-dossier", "t4-review")
    assert (dossier.name, review.name) == (
        "gusts-reached-148-km-h-dossier.json",
        "gusts-reached-148-km-h-claimreview.jsonld",
    )
    record = exports_record((dossier, review), turn=4)
    assert [file["type"] for file in record["files"]] == ["application/json", "application/ld+json"]


def test_the_markdown_says_who_says_it() -> None:
    text = markdown_export(SUPPORTED, CHECKER, turn=1).text
    assert "ccording to Maren Holt, the head of the fire service" in text
    assert DEAD in text


def test_what_is_in_an_export_can_stand_in_a_page_and_its_name_is_plain() -> None:
    check = nasty_check(f"../../<script>{PAYLOADS[1]}")
    half = replace(check, claim="Half a pair \ud800 is no text.")
    for export in (
        dossier_export(check, CHECKER, turn=1),
        review_export(check, CHECKER, turn=1),
        review_export(half, CHECKER, turn=1),
    ):
        assert "<" not in export.text
        assert re.fullmatch(r"[a-z0-9-]+\.json(ld)?", export.name)
        export.text.encode("utf-8")
        assert json.loads(export.text)
    assert dossier_export(nasty_check("Ужас был велик."), CHECKER, turn=1).name == "claim-dossier.json"


# In the browser


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = free_port()
    command = f"import test_web_checks; test_web_checks.serve_fixed_checks({port})"
    with subprocess.Popen(
        [sys.executable, "-c", command],
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            with httpx.Client(transport=httpx.HTTPTransport(retries=9)) as client:
                client.get(f"{address}/healthz", timeout=SLOWEST_S).raise_for_status()
            yield address
        finally:
            process.kill()


def test_a_claim_is_checked_and_its_sentences_open_without_asking_the_server(
    url: str, new_page: OpenPage
) -> None:
    page = new_page(url)
    turn = check_claim(page, CONFLICTING.claim)
    assert page.locator("#chat .question.claim").inner_text() == CONFLICTING.claim
    assert page.input_value("#ask textarea") == ""
    assert turn.locator(".badge").inner_text() == "Conflicting"
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for number, quote in ((2, SLOW), (1, FAST)):
        turn.locator(f".sides button.cite[value='t1-{number}']").click()
        assert "".join(page.locator(".evidence mark.active").all_text_contents()) == quote
    assert requests == []


def test_enter_asks_and_the_check_is_two_tabs_away(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    page.fill("#ask textarea", SUPPORTED.claim)
    page.press("#ask textarea", "Enter")
    page.locator("#chat .statement").wait_for()
    assert page.locator("#chat .claim").count() == 0
    assert "According to Maren Holt, the head of the fire service" in page.locator("#chat .said").inner_text()
    page.fill("#ask textarea", SUPPORTED.claim)
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#chat .claim-check").wait_for()
    assert page.locator("#chat .claim").count() == 1


def test_what_is_no_claim_is_explained_and_kept(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    page.fill("#ask textarea", QUESTION)
    page.get_by_role("button", name="Check claim").click()
    page.locator(".notice.shown").wait_for()
    assert "Write a statement." in page.locator(".notice").inner_text()
    assert page.input_value("#ask textarea") == QUESTION
    assert page.locator("#chat .question").count() == 0
    check_claim(page, SUPPORTED.claim)
    assert not page.locator(".notice").is_visible()


def test_a_fault_of_the_program_is_told_and_leaves_the_turns_before(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    check_claim(page, SUPPORTED.claim)
    page.fill("#ask textarea", "crash")
    page.get_by_role("button", name="Check claim").click()
    page.locator(".notice.shown").wait_for()
    assert "Something went wrong" in page.locator(".notice").inner_text()
    assert page.locator("#chat .question").all_inner_texts() == [SUPPORTED.claim]


def test_a_check_can_be_copied_and_downloaded_also_later(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = check_claim(page, CONFLICTING.claim)
    check_claim(page, REFUTED.claim)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for label, make in (("dossier", dossier_export), ("ClaimReview", review_export)):
        with page.expect_download() as started:
            turn.get_by_role("button", name=label).click()
        export = make(CONFLICTING, CHECKER, turn=1)
        assert started.value.suggested_filename == export.name
        assert Path(started.value.path()).read_text(encoding="utf-8") == export.text
    button = turn.get_by_role("button", name="Copy as Markdown")
    button.click()
    turn.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == markdown_export(CONFLICTING, CHECKER, turn=1).text
    assert [url for url in requests if not url.startswith("blob:")] == []


def test_without_a_clipboard_a_check_is_copied_all_the_same(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    turn = check_claim(page, REFUTED.claim)
    page.evaluate("""() => {
        Object.defineProperty(navigator, "clipboard", { value: undefined });
        document.addEventListener("copy", () => { window.copied = document.activeElement.value; });
    }""")
    turn.get_by_role("button", name="Copy as Markdown").click()
    turn.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("window.copied") == markdown_export(REFUTED, CHECKER, turn=1).text


def test_a_check_too_large_for_a_dossier_is_shown_without_one(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    turn = check_claim(page, TOO_LARGE.claim)
    assert turn.locator("button.export").all_inner_texts() == [
        "Copy as Markdown",
        "Download ClaimReview (JSON-LD)",
    ]
    assert "too large" in page.locator(".notice.shown").inner_text()


def test_a_checks_texts_stay_text_whatever_they_hold(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    turn = check_claim(page, f"Ada said {' '.join(PAYLOADS)}")
    for payload in PAYLOADS:
        assert payload in page.locator("#chat .question").inner_text()
        assert payload in turn.inner_text()
    for chip in turn.locator("button.cite").all():
        chip.hover()
        chip.click()
    with page.expect_download():
        turn.get_by_role("button", name="dossier").click()
    inside = "script, img, svg, iframe, a, style, [onerror], [onmouseover]"
    assert page.locator(f"#chat .message :is({inside})").count() == 0
    assert page.locator(f".evidence :is({inside})").count() == 0
    assert page.evaluate("window.hacked") is None


def test_for_and_against_stand_side_by_side_where_there_is_room(url: str, new_page: OpenPage) -> None:
    for width, beside in ((1280, True), (390, False)):
        page = new_page(url, width=width)
        turn = check_claim(page, CONFLICTING.claim)
        one, other = (turn.locator(f".side.{side}").bounding_box() for side in ("for", "against"))
        assert one is not None
        assert other is not None
        assert (one["y"] == other["y"] and one["x"] < other["x"]) is beside
        assert (one["y"] + one["height"] <= other["y"]) is not beside
        assert page.evaluate("document.documentElement.scrollWidth") == width


CONTRASTS = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const light = (color) => {
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return /^rgba.*, 0\\)$/.test(color) ? behind(element.parentElement) : color;
    };
    return [...document.querySelectorAll("#chat .answer *, #asking button")].map((element) => {
        const [dim, bright] = [light(getComputedStyle(element).color), light(behind(element))]
            .sort((one, other) => one - other);
        return [`${element.tagName}.${element.className}`, (bright + 0.05) / (dim + 0.05)];
    });
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_of_a_check_has_the_contrast_of_wcag_aa(url: str, new_page: OpenPage, theme: str) -> None:
    page = new_page(f"{url}/?__theme={theme}")
    for check in (SUPERSEDED, TWO_PARTS, CONFLICTING, UNKNOWN):
        check_claim(page, check.claim)
    badges = page.locator("#chat .badge").all_inner_texts()
    assert set(badges) == set(BADGES.values())
    contrasts: list[tuple[str, float]] = page.evaluate(CONTRASTS)
    assert len(contrasts) > 40
    assert [(name, ratio) for name, ratio in contrasts if ratio < 4.5] == []


def test_a_new_conversation_forgets_the_checks(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    check_claim(page, CONFLICTING.claim)
    page.get_by_role("button", name="New conversation").click()
    page.locator(".welcome").wait_for()
    assert page.evaluate("window.presscheckExports.files.size") == 0
    turn = check_claim(page, REFUTED.claim)
    with page.expect_download() as started:
        turn.get_by_role("button", name="dossier").click()
    assert json.loads(Path(started.value.path()).read_text(encoding="utf-8"))["claim"] == REFUTED.claim


def test_the_api_checks_claims(url: str) -> None:
    name, (record,) = call(url, "check", claim=CONFLICTING.claim)
    assert (name, record["verdict"]) == ("complete", Verdict.CONFLICTING_EVIDENCE.value)
    assert [(c["number"], c["stance"]) for c in record["citations"]] == [(1, "supports"), (2, "refutes")]
    for claim, told in ((QUESTION, "Write a statement."), (["x"], "must be text"), (None, "must be text")):
        name, error = call(url, "check", claim=claim)
        assert name == "error"
        assert told in error["error"]
