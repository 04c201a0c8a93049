"""A real HTTP proxy on loopback: CONNECT tunnels and absolute-form requests, every name leading to one local port."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class TinyProxy:
    """Leads every request to `port`; `heads` are the requests as they came. `refuse`: a status line to answer with."""

    def __init__(self, port: int, refuse: str = "") -> None:
        self.heads: list[str] = []
        self._to = port
        self._refuse = refuse
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def lines(self) -> list[str]:
        return [head.split("\r\n")[0] for head in self.heads]

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (part := client.recv(65536)):
            head += part
        if not head:
            client.close()
            return
        self.heads.append(head.decode("latin-1"))
        if self._refuse:
            client.sendall(f"HTTP/1.1 {self._refuse}\r\nContent-Length: 0\r\n\r\n".encode())
            client.close()
            return
        site = socket.create_connection(("127.0.0.1", self._to))
        method, url, version = self.lines[-1].split(" ")
        if method == "CONNECT":
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            parts = urlsplit(url)
            rest = head.split(b"\r\n", 1)[1]
            site.sendall(f"{method} {parts.path or '/'} {version}\r\n".encode() + rest)
        threading.Thread(target=_pump, args=(client, site), daemon=True).start()
        _pump(site, client)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextlib.contextmanager
def proxying(port: int, refuse: str = "") -> Iterator[TinyProxy]:
    """Run a proxy for the length of a `with`."""
    proxy = TinyProxy(port, refuse)
    try:
        yield proxy
    finally:
        proxy.close()
