"""The server that the page stands in: FastAPI with a guard before it, run by uvicorn."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.page import STATIC, build_page, theme

if TYPE_CHECKING:
    from rag.pipeline import FactChecker

# Gradio compiles its templates in the browser, hence 'unsafe-eval'; nothing may come from another host.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_MAX_BODY_BYTES = 4_000_000
_CLOSING_S = 2


def build_app(checker: FactChecker) -> FastAPI:
    """The web app over `checker`: the page and its API at `/`, and `/healthz`."""
    app = FastAPI(title="Presscheck", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    served: FastAPI = gr.mount_gradio_app(
        app,
        build_page(checker),
        path="/",
        theme=theme(),
        css_paths=STATIC / "page.css",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
        show_error=False,
        max_file_size="1kb",
    )
    return served


def serve(app: FastAPI, listener: socket.socket) -> None:
    """Serve `app` on a listening socket until it is interrupted."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=_CLOSING_S, ws="none"
    )
    uvicorn.Server(config).run(sockets=[listener])


class Guard:
    """Before the app: security headers on every response, no uploads, and a limit to what may be sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        refusal = _refusal(scope)
        await (refusal or self._app)(scope, receive, send_guarded)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    if scope["path"].startswith("/gradio_api/upload"):
        return PlainTextResponse("This page takes no files.", status_code=403)
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return None
    length = Headers(scope=scope).get("content-length", "")
    if not length.isdecimal():
        return PlainTextResponse("Say how long the request is (Content-Length).", status_code=411)
    if int(length) > _MAX_BODY_BYTES:
        return PlainTextResponse("The request is too large.", status_code=413)
    return None
