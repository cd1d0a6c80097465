"""The web page: the real app as a process of its own, asked in a real browser."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from conftest import SLOWEST_S, app_process, free_port, running_app

from rag.articles import read_article
from rag.dossier import check_from_dossier
from rag.errors import SettingsError
from rag.settings import Settings
from web.listening import is_loopback, listen, url_of

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
QUESTION = "What restrictions remain?"
ABSENT = "Who is the president of France?"
CLAIM = "Russia had deployed 30,000 troops near the border."

OpenPage = Callable[..., "Page"]

PAYLOADS = (
    "<script>window.hacked=1</script>",
    '<img src=x onerror="window.hacked=1">',
    '<svg><a href="javascript:window.hacked=1"><text y="9">go</text></a></svg>',
    "![x](https://evil.example/x.png)",
    "[go](javascript:window.hacked=1)",
    "${window.hacked=1} {{window.hacked=1}}",
    '" onmouseover="window.hacked=1" x="',
    "</textarea></template><iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "$$\\href{javascript:window.hacked=1}{go}$$",
)


@pytest.fixture(scope="module")
def url(start_app: Callable[[Path], str]) -> str:
    return start_app(CORPUS)


@pytest.fixture(scope="module")
def payload_url(start_app: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    corpus = tmp_path_factory.mktemp("payloads")
    lines = [
        f"The harbour minister of Payloadia, Ada Storm, said {payload} about ships." for payload in PAYLOADS
    ]
    title = f"Harbour minister {PAYLOADS[1]} {PAYLOADS[0]} ${{window.hacked=1}}"
    corpus.joinpath("storm.txt").write_text("\n\n".join([title, *lines]), encoding="utf-8")
    head = f"---\ntitle: Ferry\nsource: '{PAYLOADS[0]}'\nurl: 'javascript:window.hacked=1'\n---\n"
    ferry = "The ferry to the island of Payloadia sails at noon on Friday from the old harbour."
    corpus.joinpath("ferry.md").write_text(f"{head}\n{ferry}\n", encoding="utf-8")
    return start_app(corpus)


def ask(page: Page, question: str) -> Locator:
    """Ask by the keyboard, and give the whole answer once it is there."""
    before = page.locator("#chat .confidence").count()
    page.fill("#ask textarea", question)
    page.press("#ask textarea", "Enter")
    page.locator("#chat .confidence").nth(before).wait_for()
    return page.locator("#chat .answer").nth(before)


def check_claim(page: Page, claim: str) -> Locator:
    """Check a claim with the button, and give the whole turn once it is there."""
    before = page.locator("#chat .confidence").count()
    page.fill("#ask textarea", claim)
    page.get_by_role("button", name="Check claim").click()
    page.locator("#chat .confidence").nth(before).wait_for()
    return page.locator("#chat .answer").nth(before)


def call(url: str, endpoint: str, **data: Any) -> tuple[str, Any]:
    """Call a named endpoint of the API; gives the last event and its data."""
    started = httpx.post(f"{url}/gradio_api/call/v2/{endpoint}", json=data, timeout=SLOWEST_S)
    event = started.raise_for_status().json()["event_id"]
    stream = httpx.get(f"{url}/gradio_api/call/{endpoint}/{event}", timeout=SLOWEST_S).text
    name, record = re.findall(r"event: (\w+)\ndata: (.*)", stream)[-1]
    return name, json.loads(record)


def wait_until_in_view(page: Page, mark: Locator) -> None:
    page.wait_for_function(
        """mark => {
            const piece = mark.getBoundingClientRect();
            const panel = mark.closest(".page").getBoundingClientRect();
            return piece.top >= panel.top && piece.bottom <= panel.bottom;
        }""",
        arg=mark.element_handle(),
    )


def test_an_answer_is_cited_and_its_sentences_are_marked_in_their_article(
    url: str, new_page: OpenPage
) -> None:
    page = new_page(url)
    answer = ask(page, QUESTION)
    _, (record,) = call(url, "ask", question=QUESTION)
    article = read_article(next(CORPUS.iterdir()), max_bytes=1_000_000)
    assert "[1]" in answer.locator(".statement").first.inner_text()
    assert "does not yet authorize deep strikes" in answer.inner_text()
    assert page.locator(".evidence .title").inner_text() == article.title
    assert "us-authorization-of-strikes.txt" in page.locator(".evidence .byline").inner_text()
    assert [c["number"] for c in record["citations"]] == list(range(1, len(record["citations"]) + 1))
    for citation in record["citations"]:
        page.locator(f"#chat .statement button.cite[value='t1-{citation['number']}']").click()
        marks = page.locator(".evidence mark.active")
        assert "".join(marks.all_text_contents()) == citation["quote"]
        assert article.text[citation["start"] : citation["end"]] == citation["quote"]
        wait_until_in_view(page, marks.first)


def test_an_older_answer_opens_its_sentence_without_asking_the_server(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    ask(page, QUESTION)
    first = page.locator(".evidence mark.active").all_text_contents()
    ask(page, "How many troops had Russia deployed?")
    assert page.locator(".evidence mark.active").all_text_contents() != first
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    chip = page.locator("#chat .statement button.cite[value='t1-1']")
    chip.focus()
    page.keyboard.press("Enter")
    assert page.locator(".evidence mark.active").all_text_contents() == first
    assert requests == []


def test_a_claim_is_refuted_by_a_sentence_that_opens_in_its_article(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    turn = check_claim(page, CLAIM)
    name, (record,) = call(url, "check", claim=CLAIM)
    article = read_article(next(CORPUS.iterdir()), max_bytes=1_000_000)
    assert (name, record["verdict"]) == ("complete", "refuted")
    assert turn.locator(".badge").all_inner_texts() == ["Refuted"]
    assert "The article says" in turn.locator(".against .reason").first.inner_text()
    assert "Ivan Havryliuk" in turn.locator(".against .said").first.inner_text()
    for citation in record["citations"]:
        turn.locator(f".sides button.cite[value='t1-{citation['number']}']").click()
        marks = page.locator(".evidence mark.active")
        assert "".join(marks.all_text_contents()) == citation["quote"]
        assert article.text[citation["start"] : citation["end"]] == citation["quote"]
    with page.expect_download() as started:
        turn.get_by_role("button", name="dossier").click()
    dossier = json.loads(Path(started.value.path()).read_text(encoding="utf-8"))
    assert check_from_dossier(dossier).refuting[0].citation.quote == record["citations"][0]["quote"]


def test_a_claim_of_which_the_articles_say_nothing_is_shown_with_the_nearest_passages(
    url: str, new_page: OpenPage
) -> None:
    page = new_page(url)
    turn = check_claim(page, "The president of France resigned.")
    assert turn.locator(".badge").inner_text() == "Not enough evidence"
    assert turn.locator(".sides").count() == 0
    turn.locator(".nearest button.cite").first.click()
    assert page.locator(".evidence mark.near.active").count() > 0


def test_a_question_is_not_checked_but_explained_and_kept(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    page.fill("#ask textarea", QUESTION)
    page.get_by_role("button", name="Check claim").click()
    page.locator(".notice.shown").wait_for()
    assert "That is a question, not a claim" in page.locator(".notice").inner_text()
    assert page.input_value("#ask textarea") == QUESTION
    assert page.locator("#chat .question").count() == 0


def test_what_the_articles_do_not_say_is_said_plainly(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    answer = ask(page, ABSENT)
    assert answer.locator(".verdict").inner_text() == "The articles don't say."
    assert answer.locator(".statement").count() == 0
    quote = answer.locator("blockquote").first.inner_text()
    answer.locator("button.cite").first.click()
    marks = page.locator(".evidence mark.active")
    assert " ".join("".join(marks.all_text_contents()).split()) == " ".join(quote.split())
    assert page.locator(".evidence mark:not(.near)").count() == 0


def test_an_example_asks_and_leaves_what_was_typed(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    page.fill("#ask textarea", "Half a thou")
    page.get_by_role("button", name=QUESTION).click()
    page.locator("#chat .confidence").wait_for()
    assert QUESTION in page.locator("#chat .question").inner_text()
    assert page.input_value("#ask textarea") == "Half a thou"


def test_a_question_that_cannot_be_asked_is_explained_and_kept(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    ask(page, QUESTION)
    long = "why " * 2_000
    page.fill("#ask textarea", long)
    page.press("#ask textarea", "Enter")
    page.locator(".notice.shown").wait_for()
    assert "2,000 words" in page.locator(".notice").inner_text()
    assert page.input_value("#ask textarea") == long
    assert page.locator("#chat .question").count() == 1
    ask(page, ABSENT)
    assert not page.locator(".notice").is_visible()


def test_articles_and_questions_are_text_whatever_they_hold(payload_url: str, new_page: OpenPage) -> None:
    page = new_page(payload_url)
    ask(page, "Who is the harbour minister of Payloadia?")
    shown = page.locator(".evidence article").inner_text()
    for payload in PAYLOADS:
        assert payload in shown
        answer = ask(page, f"What did the harbour minister say about ships {payload}?")
        assert payload in page.locator("#chat .question").last.inner_text()
        for chip in answer.locator("button.cite").all():
            chip.hover()
            chip.click()
    checked = check_claim(page, f"The harbour minister of Payloadia spoke about ships {PAYLOADS[1]}.")
    assert PAYLOADS[1] in page.locator("#chat .claim").inner_text()
    assert "Ada Storm, said <" in checked.inner_text()
    ask(page, "When does the ferry to the island sail?")
    assert PAYLOADS[0] in page.locator(".evidence .byline").inner_text()
    inside = "script, img, svg, iframe, a, style, [onerror], [onmouseover]"
    assert page.locator(f"#chat .message :is({inside})").count() == 0
    assert page.locator(f".evidence :is({inside})").count() == 0
    assert page.evaluate("window.hacked") is None


def test_two_readers_do_not_see_each_other(url: str, new_page: OpenPage) -> None:
    one, other = new_page(url), new_page(url)
    ask(one, QUESTION)
    answer = ask(other, ABSENT)
    assert answer.locator(".verdict").count() == 1
    assert one.locator("#chat .question").all_inner_texts() == [QUESTION]
    assert other.locator("#chat .question").all_inner_texts() == [ABSENT]


def test_a_new_conversation_starts_empty(url: str, new_page: OpenPage) -> None:
    page = new_page(url)
    ask(page, QUESTION)
    page.get_by_role("button", name="New conversation").click()
    page.locator(".welcome").wait_for()
    page.locator(".evidence .empty").wait_for()
    ask(page, QUESTION)
    assert page.locator(".evidence mark.active").count() > 0


def test_on_a_narrow_window_the_article_is_a_sheet(url: str, new_page: OpenPage) -> None:
    page = new_page(url, width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    answer = ask(page, QUESTION)
    assert not page.locator(".evidence").is_visible()
    chip = answer.locator(".statement button.cite").first
    chip.click()
    page.locator(".evidence.open").wait_for()
    wait_until_in_view(page, page.locator(".evidence mark.active").first)
    page.keyboard.press("Escape")
    page.locator(".evidence").wait_for(state="hidden")
    assert chip.evaluate("chip => chip === document.activeElement")


def test_the_api_answers_and_checks_what_it_is_given(url: str) -> None:
    name, (record,) = call(url, "ask", question=ABSENT)
    assert (name, record["status"], record["citations"]) == ("complete", "not_found", [])
    name, (ranking,) = call(url, "search", query="HIMARS", limit=2)
    assert (name, [passage["rank"] for passage in ranking]) == ("complete", [1, 2])
    for endpoint, data in (
        ("ask", {"question": ["x"]}),
        ("check", {"claim": 5}),
        ("search", {"query": "x", "limit": "2"}),
    ):
        name, error = call(url, endpoint, **data)
        assert name == "error"
        assert "must be text" in error["error"]


def test_the_api_says_why_something_is_no_claim(url: str) -> None:
    name, error = call(url, "check", claim=QUESTION)
    assert name == "error"
    assert error["error"].startswith("That is a question, not a claim")


def test_every_response_is_guarded(url: str) -> None:
    health = httpx.get(f"{url}/healthz")
    assert health.json() == {"status": "ok"}
    assert "default-src 'self'" in health.headers["content-security-policy"]
    assert "default-src 'self'" in httpx.get(url).headers["content-security-policy"]
    assert httpx.post(f"{url}/gradio_api/upload", files={"files": b"x"}).status_code == 403
    assert httpx.post(f"{url}/gradio_api/call/ask", content=b" " * 5_000_000).status_code == 413
    assert httpx.post(f"{url}/gradio_api/call/ask", content=iter([b"x"])).status_code == 411


def test_an_interrupt_ends_the_app_though_a_page_is_open(tmp_path: Path, new_page: OpenPage) -> None:
    with running_app(tmp_path, CORPUS) as (url, process):
        page = new_page(url)
        ask(page, QUESTION)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=SLOWEST_S)
    assert told.strip() == "Presscheck has stopped."
    assert process.returncode == 130


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        app_process(tmp_path, CORPUS, other.getsockname()[1]) as process,
    ):
        told, _ = process.communicate(timeout=SLOWEST_S)
    assert process.returncode == 2
    assert told.startswith("Error: Port ")
    assert "RAG_PORT" in told
    assert "Traceback" not in told


def test_a_missing_corpus_is_told(tmp_path: Path) -> None:
    with app_process(tmp_path, tmp_path / "nowhere", free_port()) as process:
        told, _ = process.communicate(timeout=SLOWEST_S)
    assert process.returncode == 3
    assert "nowhere" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False)])
def test_an_address_that_others_can_reach_is_known(host: str, local: bool) -> None:
    port = free_port()
    with listen(Settings(host=host, port=port)) as listener:
        assert is_loopback(listener) is local
        assert url_of(listener) in (f"http://127.0.0.1:{port}", f"http://[::1]:{port}")


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(SettingsError, match="RAG_HOST"):
        listen(Settings(host="192.0.2.1", port=free_port()))


def test_a_follow_up_is_understood_and_what_it_was_asked_as_is_shown(
    start_app: Callable[[Path], str], new_page: OpenPage
) -> None:
    page = new_page(start_app(CORPUS))
    ask(page, "How many troops had Russia deployed?")

    ask(page, "And when?")

    asked = page.locator("#chat .asked-as")
    assert asked.count() == 1
    assert asked.inner_text().startswith("Asked as: ")
    assert "Russia" in asked.inner_text()

    page.click("#clear")
    asked.wait_for(state="detached")
    ask(page, "And when?")
    assert page.locator("#chat .asked-as").count() == 0
