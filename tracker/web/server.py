"""The page's server: sockets bound first, so that a port in use is told at once; uvicorn on a thread of its own.

Bound to this computer's own addresses, IPv4 and IPv6 alike: a port left free on one of them could be taken by another
user, who would then be handed the token. Limits: 32 connections, 10 seconds to send a request's head.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tracker.errors import ConfigError, TrackerError
from tracker.settings import LoadedSettings
from tracker.web.application import make_web_app
from tracker.web.keys import Keys, read_token
from tracker.web.limits import PATIENCE_S
from tracker.web.render import compile_templates
from tracker.web.security import allowed_hosts, is_loopback
from tracker.web.site import Site

__all__ = ["PageServer", "PortInUse", "link_of", "open_page"]

_log = logging.getLogger(__name__)
_CONNECTIONS: Final = 32
_START_S: Final = 10.0
_END_S: Final = 1
_BOTH: Final = frozenset({"127.0.0.1", "localhost"})


class PortInUse(TrackerError):
    """Another program listens there."""


class PageServer:
    """A page that is open until `close`."""

    def __init__(self, site: Site, token: str, sockets: list[socket.socket], *, is_new_token: bool) -> None:
        self.site = site
        self.is_new_token = is_new_token
        self._token = token
        self._sockets = sockets
        self.host, self.port = sockets[0].getsockname()[:2]
        bound = [(str(one.getsockname()[0]), self.port) for one in sockets]
        names = site.loaded.settings.web.names
        app = make_web_app(
            site, Keys(token), hosts=allowed_hosts(bound, names), cookie=f"tracker-{self.port}"
        )
        self._server = uvicorn.Server(
            uvicorn.Config(
                app, http=_PatientForTenSeconds, ws="none", loop="asyncio", lifespan="off", log_config=None,
                access_log=False, proxy_headers=False, server_header=False, date_header=True,
                limit_concurrency=_CONNECTIONS + 1,  # uvicorn refuses the one that reaches it
                timeout_keep_alive=5, timeout_graceful_shutdown=_END_S, h11_max_incomplete_event_size=16_384,
            )
        )  # fmt: skip
        self._thread = threading.Thread(target=self._serve, name="page", daemon=True)

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return _address(self.host, self.port)

    @property
    def link(self) -> str:
        """The address with the token behind it, which browsers keep to themselves; not for logs."""
        return f"{self.address}#t={self._token}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()
        deadline = threading.Event()
        for _ in range(int(_START_S / 0.02)):
            if self._server.started or not self._thread.is_alive():
                return
            deadline.wait(0.02)

    def join(self, seconds: float | None = None) -> bool:
        """Wait until it is closed; whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Answer what was asked, take no more, and close the installation."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_END_S + 2.0)
        for one in self._sockets:
            one.close()
        self.site.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=self._sockets))


class _PatientForTenSeconds(H11Protocol):
    """Cuts who does not send a request's head in time, which uvicorn waits for without end."""

    _first: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._first = self.loop.call_later(PATIENCE_S, self._cut_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._first:
            self._first.cancel()
        super().connection_lost(exc)

    def _cut_idle(self) -> None:
        """End a connection that has sent no whole head yet, or only begun another one; look again later."""
        busy = self.cycle is not None and not self.cycle.response_complete
        if not busy and self.timeout_keep_alive_task is None:
            self.transport.close()
            return
        self._first = self.loop.call_later(PATIENCE_S, self._cut_idle)


def open_page(loaded: LoadedSettings, *, listen: str | None = None, port: int | None = None) -> PageServer:
    """Bind the page's sockets and open its installation; `start` it then.

    `listen` and `port` are flags of the command line: an address that other computers reach needs the first, and a
    token file that the configuration names. Raises `ConfigError`, `PortInUse`, and as `open_tracker`.
    """
    address, number = _where(loaded, listen, port)
    if not is_loopback(address):
        _check_far(loaded, is_asked=listen is not None)
    token, is_new = read_token(loaded.settings.web.token_file)
    sockets = _bound(address, number)
    try:
        site = Site(loaded, compile_templates)
    except BaseException:
        for one in sockets:
            one.close()
        raise
    return PageServer(site, token, sockets, is_new_token=is_new)


def link_of(loaded: LoadedSettings, *, listen: str | None = None, port: int | None = None) -> str:
    """Return the link that opens the page where it listens, or will. Raises `ConfigError`."""
    host, number = _where(loaded, listen, port)
    token, _ = read_token(loaded.settings.web.token_file)
    return f"{_address(host, number)}#t={token}"


def _where(loaded: LoadedSettings, listen: str | None, port: int | None) -> tuple[str, int]:
    host, _, configured = loaded.settings.web.listen.rpartition(":")
    return (listen or host).strip("[]"), int(configured) if port is None else port


def _address(host: str, port: int) -> str:
    shown = "localhost" if is_loopback(host) else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def _check_far(loaded: LoadedSettings, *, is_asked: bool) -> None:
    if not is_asked:
        raise ConfigError(
            "The page would be open to other computers, which the configuration alone does not allow.",
            hint="Say so on the command line: tracker web --listen ADDRESS; or listen on 127.0.0.1.",
        )
    if (
        loaded.origins.get("web.token_file", "default") == "default"
        or not loaded.settings.web.token_file.exists()
    ):
        raise ConfigError(
            "The page opens to other computers only with a token that you chose.",
            hint="Write a long random word into a file only you can read, and name it: [web] token_file.",
        )


def _bound(host: str, port: int) -> list[socket.socket]:
    """Bind the address; for this computer's own both of its families, where it has both."""
    first = _listening(host if host != "localhost" else "127.0.0.1", port)
    sockets = [first]
    if host in _BOTH and socket.has_ipv6:
        try:
            sockets.append(_listening("::1", first.getsockname()[1]))
        except PortInUse:
            first.close()
            raise
        except ConfigError:
            _log.debug("no IPv6 on this computer; the page answers on 127.0.0.1 only")
    return sockets


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        one = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _unbound(host, port, error) from error
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((host, port))
        one.listen(_CONNECTIONS)
    except OSError as error:
        one.close()
        raise _unbound(host, port, error) from error
    return one


def _unbound(host: str, port: int, error: OSError) -> TrackerError:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(
            f"Another program listens on {host}:{port} already; perhaps tracker run, with its page.",
            hint="Open that page (tracker web --link), or choose another port: tracker web --port 8766.",
        )
    return ConfigError(
        f"The page cannot listen on {host}:{port}: {error.strerror}.",
        hint="Choose another address: [web] listen, or --listen and --port.",
    )
