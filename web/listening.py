"""The address that the page is served on; standard library only, so that a port in use is told at once."""

from __future__ import annotations

import errno
import ipaddress
import socket

from rag.errors import SettingsError
from rag.settings import Settings

_WAITING_CONNECTIONS = 128


def listen(settings: Settings) -> socket.socket:
    """A socket that listens on the host and port of `settings`.

    Browsers that connect wait until somebody serves it. Raises SettingsError when the port is in use, or
    the host isn't an address of this machine.
    """
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_WAITING_CONNECTIONS)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise SettingsError(_why_not(error, host, port)) from error
    return listener


def is_loopback(listener: socket.socket) -> bool:
    """Whether only programs on this machine can connect."""
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def url_of(listener: socket.socket) -> str:
    """The address for a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host.partition("%")[0]).is_unspecified:
        host = "127.0.0.1" if listener.family is socket.AF_INET else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use, perhaps by another Presscheck. Stop that program, or choose "
            f"another port: set RAG_PORT, for example RAG_PORT={port + 1 if port < 65535 else port - 1}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user. Set RAG_PORT to one from 1024 on, such as 7860."
    return (
        f"The page can't be served on the address {host!r} ({error.strerror or error}). Set RAG_HOST to an "
        f"address of this machine, such as 127.0.0.1."
    )
