"""A loopback server that leads one conversation after the other in a thread, for as long as a `with` lasts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.patience import PATIENCE_S

__all__ = ["HungUp", "conversing"]


class HungUp(Exception):
    """The server ends the conversation here."""


@contextmanager
def conversing(converse: Callable[[socket.socket], None], host: str = "127.0.0.1") -> Iterator[int]:
    """Accept connections and hand each to `converse`, which may end it with `HungUp`; gives the port."""
    server = socket.create_server((host, 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(HungUp, OSError):
                converse(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
