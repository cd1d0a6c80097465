"""The page: an ask box, the conversation and the evidence panel, as Gradio Blocks, and its API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import api

from rag.errors import QuestionError, RagError
from rag.presentation import PROMISE, answer_record, passage_record
from rag.schema import Answer
from rag.settings import LOCAL_ENCODER, Settings
from web.render import PENDING, answer_html, escape, evidence_record, question_html

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

_STREAM_EVERY_S = 0.08
_WELCOME = (
    '<div class="welcome"><p class="ask-first">What do you want to know?</p>'
    "<p>You get sentences of the articles, word for word, each with its place. "
    "Where the articles don&#39;t say, you are told so.</p></div>"
)
_QUIET: dict[str, Any] = {}

Message = dict[str, Any]
Update = Any
Shown = tuple[Update, Update, Update, Update]
"""What an event changes: the conversation, the ask box, the evidence panel and the notice."""


def build_page(checker: FactChecker) -> gr.Blocks:
    """The whole page over `checker`; what a reader asks stays in that reader's browser."""
    titles = [summary.title for summary in checker.articles()]
    talk = _Conversation(checker)
    page = gr.Blocks(title="Presscheck", analytics_enabled=False, fill_width=True)
    with page:
        _constant(_masthead(len(titles)), elem_id="masthead")
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="talk", min_width=300):
                chat = _chat()
                notice = _scripted("notice")
                clear = gr.Button("New conversation", elem_id="clear", size="sm")
                box = _ask_box()
                examples = _examples() if EXAMPLES_ABOUT in titles else []
            with gr.Column(elem_id="side", min_width=300):
                panel = _scripted("evidence")
        _constant(f"<p>{escape(PROMISE)} {_privacy(checker.settings)}</p>", elem_id="promise")
        shown = [chat, box, panel, notice]
        _on_ask(box.submit, talk.ask_typed, talk.apologise, asked=box, chat=chat, shown=shown)
        for example in examples:
            _on_ask(example.click, talk.ask_example, talk.apologise, asked=example, chat=chat, shown=shown)
        clear.click(lambda: ([], _QUIET, _QUIET), outputs=[chat, panel, notice], api_visibility="private")
        _scripted("conversation")
        _add_api(checker)
    page.queue(max_size=MOST_WAITING, default_concurrency_limit=MOST_AT_ONCE)
    return page


def theme() -> gr.themes.Base:
    """A bare theme in the system's own fonts; the page's style sheet does the rest."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(font=sans, font_mono=mono)


class _Conversation:
    """One event of one reader at a time; the conversation comes from the browser and goes back there."""

    def __init__(self, checker: FactChecker) -> None:
        self._checker = checker

    def ask_typed(self, question: str, history: list[Message]) -> Iterator[Shown]:
        """Answer what was typed; what can't be asked stays in the box."""
        yield from self._answer(question, history, emptied="", kept=question)

    def ask_example(self, question: str, history: list[Message]) -> Iterator[Shown]:
        """Answer an example; what stands in the box stays there."""
        yield from self._answer(question, history, emptied=gr.skip(), kept=gr.skip())

    def apologise(self, history: list[Message]) -> Shown:
        """Take back a question on which the program failed, and say so."""
        message = "Something went wrong on our side, and it is in the server's log. Please ask again."
        return history[: len(history) // 2 * 2 - 2], gr.skip(), gr.skip(), {"text": message}

    def _answer(
        self, question: str, history: list[Message], *, emptied: Update, kept: Update
    ) -> Iterator[Shown]:
        turn = len(history) // 2 + 1
        asked = [*history, {"role": "user", "content": question_html(question)}]
        yield [*asked, _reply(PENDING)], emptied, gr.skip(), _QUIET
        try:
            for answer, whole in _spaced(self._checker.stream(question), seconds=_STREAM_EVERY_S):
                reply = answer_html(answer, turn=turn, article=self._checker.article, whole=whole)
                evidence = evidence_record(answer, turn=turn, article=self._checker.article)
                yield [*asked, _reply(reply)], gr.skip(), evidence, gr.skip()
        except RagError as error:
            yield history, kept, gr.skip(), {"text": str(error)}


def _spaced(answers: Iterator[Answer], *, seconds: float) -> Iterator[tuple[Answer, bool]]:
    """The growing answers at least `seconds` apart, then the last one again as the whole one (True)."""
    answer = None
    shown = float("-inf")
    for answer in answers:
        if answer.statements and time.monotonic() - shown >= seconds:
            yield answer, False
            shown = time.monotonic()
    if answer is not None:
        yield answer, True


def _reply(html: str) -> Message:
    return {"role": "assistant", "content": html}


def _on_ask(
    event: Callable[..., Any],
    answer: Callable[..., Any],
    apologise: Callable[..., Any],
    *,
    asked: gr.Textbox | gr.Button,
    chat: gr.Chatbot,
    shown: list[gr.components.Component],
) -> None:
    common: dict[str, Any] = {"outputs": shown, "api_visibility": "private", "show_progress": "hidden"}
    asking = event(
        answer, inputs=[asked, chat], concurrency_limit=MOST_AT_ONCE, concurrency_id="ask", **common
    )
    asking.failure(apologise, inputs=[chat], **common)


def _add_api(checker: FactChecker) -> None:
    def ask(question: str) -> dict[str, Any]:
        """Answer a question: status, text with markers, confidence, statements, citations, evidence."""
        with _told():
            if not isinstance(question, str):
                raise QuestionError("The question must be text.")
            return answer_record(checker.ask(question), checker.article)

    def search(query: str, limit: int = 5) -> list[dict[str, Any]]:
        """Rank the passages that are nearest to a query, best first."""
        with _told():
            if not isinstance(query, str) or type(limit) is not int:
                raise QuestionError("The query must be text, and the limit a whole number.")
            return [passage_record(ranked) for ranked in checker.search(query, limit=limit)]

    for endpoint in (ask, search):
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


def _ask_box() -> gr.Textbox:
    return gr.Textbox(
        elem_id="ask",
        label="Your question",
        placeholder="Ask the articles",
        lines=1,
        max_lines=6,
        submit_btn="Ask",
    )


def _examples() -> list[gr.Button]:
    with gr.Row(elem_id="examples"):
        return [gr.Button(example, size="sm", variant="secondary") for example in EXAMPLES]


def _scripted(name: str) -> gr.HTML:
    """A part whose script builds it out of its value with text nodes, so that no value becomes HTML."""
    return gr.HTML(
        value=_QUIET,
        html_template=f'<div class="{name}"></div>',
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
    if settings.embeddings != LOCAL_ENCODER or settings.chroma_url:
        return ""
    return "Questions are answered by the computer that serves this page, and sent nowhere else."
