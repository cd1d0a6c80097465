"""The page: a box to ask or check, the conversation, the evidence panel, as Gradio Blocks; and its API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import api

from rag.errors import ClaimError, QuestionError, RagError
from rag.presentation import PROMISE, answer_record, check_record, passage_record
from rag.settings import LOCAL_ENCODER, Settings
from web.conversation import QUIET, Conversation
from web.render import escape

if TYPE_CHECKING:
    from rag.pipeline import FactChecker

STATIC = Path(__file__).resolve().parent / "static"

# About the article that comes with the source; they are shown only while it is in the index.
EXAMPLES_ABOUT = "US authorization of strikes on Russia thwarts larger offensive in Kharkiv region"
EXAMPLES = (
    "What restrictions remain?",
    "How many troops had Russia deployed?",
    "Why couldn't Ukraine strike targets in Russia before?",
    "How many HIMARS were delivered?",
)
MOST_AT_ONCE = 16
MOST_WAITING = 200

_WELCOME = (
    '<div class="welcome"><p class="ask-first">What do you want to know?</p>'
    "<p>You get sentences of the articles, word for word, each with its place. "
    "Where the articles don&#39;t say, you are told so. Write a claim, and you get the sentences for and "
    "against it.</p></div>"
)


def build_page(checker: FactChecker) -> gr.Blocks:
    """The whole page over `checker`; what a reader asks stays in that reader's browser."""
    titles = [summary.title for summary in checker.articles()]
    talk = Conversation(checker)
    page = gr.Blocks(title="Presscheck", analytics_enabled=False, fill_width=True)
    with page:
        _constant(_masthead(len(titles)), elem_id="masthead")
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="talk", min_width=300):
                chat = _chat()
                notice = _scripted("notice")
                clear = gr.Button("New conversation", elem_id="clear", size="sm")
                box, ask, check = _box()
                examples = _examples() if EXAMPLES_ABOUT in titles else []
            with gr.Column(elem_id="side", min_width=300):
                panel = _scripted("evidence")
        _constant(f"<p>{escape(PROMISE)} {_privacy(checker.settings)}</p>", elem_id="promise")
        exports = _scripted("exports", inside="exports-status")
        turns = gr.Textbox("", visible=False)
        shown = [chat, box, panel, exports, notice, turns]
        for event, reply, said in (
            (box.submit, talk.ask_typed, box),
            (ask.click, talk.ask_typed, box),
            (check.click, talk.check_typed, box),
            *((example.click, talk.ask_example, example) for example in examples),
        ):
            _on(event, reply, talk.apologise, said=said, chat=chat, turns=turns, shown=shown)
        clear.click(
            lambda: ([], QUIET, QUIET, QUIET, ""),
            outputs=[chat, panel, exports, notice, turns],
            api_visibility="private",
        )
        _scripted("conversation")
        _add_api(checker)
    page.queue(max_size=MOST_WAITING, default_concurrency_limit=MOST_AT_ONCE)
    return page


def theme() -> gr.themes.Base:
    """A bare theme in the system's own fonts; the page's style sheet does the rest."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(font=sans, font_mono=mono)


def _on(
    event: Callable[..., Any],
    reply: Callable[..., Any],
    apologise: Callable[..., Any],
    *,
    said: gr.components.Component,
    chat: gr.Chatbot,
    turns: gr.Textbox,
    shown: list[gr.components.Component],
) -> None:
    common: dict[str, Any] = {"outputs": shown, "api_visibility": "private", "show_progress": "hidden"}
    replying = event(
        reply, inputs=[said, chat, turns], concurrency_limit=MOST_AT_ONCE, concurrency_id="ask", **common
    )
    replying.failure(apologise, inputs=[chat], **common)


def _add_api(checker: FactChecker) -> None:
    def ask(question: str) -> dict[str, Any]:
        """Answer a question: status, text with markers, confidence, statements, citations, evidence."""
        with _told():
            if not isinstance(question, str):
                raise QuestionError("The question must be text.")
            return answer_record(checker.ask(question), checker.article)

    def check(claim: str) -> dict[str, Any]:
        """Check a claim: verdict, confidence, parts, citations for and against, disagreements, nearest."""
        with _told():
            if not isinstance(claim, str):
                raise ClaimError("The claim must be text.")
            return check_record(checker.check(claim), checker.article)

    def search(query: str, limit: int = 5) -> list[dict[str, Any]]:
        """Rank the passages that are nearest to a query, best first."""
        with _told():
            if not isinstance(query, str) or type(limit) is not int:
                raise QuestionError("The query must be text, and the limit a whole number.")
            return [passage_record(ranked) for ranked in checker.search(query, limit=limit)]

    for endpoint in (ask, check, search):
        api(endpoint, api_name=endpoint.__name__, concurrency_limit=MOST_AT_ONCE, concurrency_id="ask")


@contextmanager
def _told() -> Iterator[None]:
    """Turn our errors into the one type whose message Gradio gives to the caller."""
    try:
        yield
    except RagError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _chat() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label="Conversation",
        show_label=False,
        layout="panel",
        height=None,
        container=False,
        sanitize_html=True,
        allow_tags=False,
        latex_delimiters=[],
        buttons=[],
        autoscroll=False,
        feedback_options=None,
        group_consecutive_messages=False,
        placeholder=_WELCOME,
    )


def _box() -> tuple[gr.Textbox, gr.Button, gr.Button]:
    """The box to write in, and its two buttons: to ask, and to check a claim."""
    with gr.Row(elem_id="asking"):
        box = gr.Textbox(
            elem_id="ask",
            label="Question or claim",
            placeholder="Ask, or write a claim to check",
            lines=1,
            max_lines=6,
        )
        ask = gr.Button("Ask", elem_id="ask-button", variant="primary")
        check = gr.Button("Check claim", elem_id="check-button")
    return box, ask, check


def _examples() -> list[gr.Button]:
    with gr.Row(elem_id="examples"):
        return [gr.Button(example, size="sm", variant="secondary") for example in EXAMPLES]


def _scripted(name: str, *, inside: str = "") -> gr.HTML:
    """A part whose script builds it out of its value with text nodes, so that no value becomes HTML."""
    return gr.HTML(
        value=QUIET,
        html_template=f'<div class="{inside or name}"></div>',
        js_on_load=(STATIC / f"{name}.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id=name,
    )


def _constant(html: str, *, elem_id: str) -> gr.HTML:
    return gr.HTML(html, elem_id=elem_id, js_on_load=None, apply_default_css=False)


def _masthead(count: int) -> str:
    articles = f"{count} article{'' if count == 1 else 's'}"
    return (
        '<header><p class="name">Presscheck</p>'
        "<p>Answers in the articles&#39; own words, each one shown in its place. "
        f"<b>{articles}</b> to ask.</p></header>"
    )


def _privacy(settings: Settings) -> str:
    if settings.embeddings != LOCAL_ENCODER or settings.chroma_url or settings.chat_model:
        return ""
    return "Questions are answered by the computer that serves this page, and sent nowhere else."
