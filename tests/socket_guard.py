"""Run as `python socket_guard.py CODE ARGUMENT...`: CODE, in a process that may not use the network.

Python's own look-ups and connections end it with exit code 66 and are printed. On Linux the kernel also ends
it (by SIGSYS) when native code, which Python does not see, makes an internet socket.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

FORBIDDEN = 66
_WATCHED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg")
_SOCKET_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # architecture, socket(2)
_INTERNET = (2, 10)  # AF_INET, AF_INET6

_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000


def watch_python() -> None:
    """End the process with a message at the first attempt."""

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event in _WATCHED and not _is_unix(arguments):
            os.write(2, f"FORBIDDEN {event} {arguments!r}\n".encode())
            os._exit(FORBIDDEN)

    sys.addaudithook(refuse)


def _is_unix(arguments: tuple[object, ...]) -> bool:
    return isinstance(arguments[-1], str | bytes) and str(arguments[-1]).startswith("/")


def watch_native() -> bool:
    """Let the kernel kill the process when it makes an internet socket; False where it can't be asked to."""
    if sys.platform != "linux" or platform.machine() not in _SOCKET_CALLS:
        return False
    architecture, call = _SOCKET_CALLS[platform.machine()]
    program = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 0, 5, architecture),
        (_LOAD, 0, 0, 0),
        (_EQUAL, 0, 3, call),
        (_LOAD, 0, 0, 16),
        (_EQUAL, 2, 0, _INTERNET[0]),
        (_EQUAL, 1, 0, _INTERNET[1]),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _KILL),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    filters = ctypes.create_string_buffer(struct.pack("=H6xQ", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    # PR_SET_NO_NEW_PRIVS, then PR_SET_SECCOMP with SECCOMP_MODE_FILTER
    return bool(libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, filters, 0, 0) == 0)


if __name__ == "__main__":
    watch_python()
    sys.stdout.write(f"native calls are {'watched' if watch_native() else 'not watched'}\n")
    sys.stdout.flush()
    source = sys.argv[1]
    del sys.argv[1]
    exec(compile(source, "guarded", "exec"), {"__name__": "__main__"})
