"""Who may come in: the token in its file, the cookie it is exchanged for, and what is derived from both.

Nothing is kept of a session: a cookie is a nonce signed with the token, so a new token ends every session. Comparisons
take the same time whatever is wrong. This computer's other users can reach the port, too: being local proves nothing.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from tracker.errors import ConfigError

__all__ = ["SESSION_S", "Admission", "Keys", "read_token"]

SESSION_S: Final = 30 * 86_400
"""How long a cookie counts, in seconds."""
_FAILURES: Final = 10
_WINDOW_S: Final = 60.0
_CALLERS: Final = 1_000
"""Addresses whose wrong tokens are remembered, the latest; more would be a way to fill our memory."""
_LEAST_TOKEN: Final = 22
"""Characters: 128 bits in base64. Ours have 43."""
_COOKIE: Final = re.compile(r"(\d{1,12})-([0-9a-f]{32})-([0-9a-f]{64})")

Admission = Literal["yes", "no", "later"]


class Keys:
    """The token's power: admits, signs, derives. Safe for threads."""

    def __init__(self, token: str, *, clock: Callable[[], float] = time.time) -> None:
        self._token = token.encode()
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, offered: str, caller: str) -> Admission:
        """Whether this is the token; "later" when it is wrong after ten wrong ones of `caller` within a minute.

        The right one always is: many people share an address (all users of this computer do), and whoever gets tokens
        wrong must not lock the others out. Guessing is hopeless anyhow: a token has 22 characters or more.
        """
        if hmac.compare_digest(offered.encode(), self._token):
            return "yes"
        with self._lock:
            now = self._clock()
            failures = self._failures.setdefault(caller, deque(maxlen=_FAILURES))
            self._failures.move_to_end(caller)
            if len(self._failures) > _CALLERS:
                self._failures.popitem(last=False)
            if len(failures) == _FAILURES and now - failures[0] < _WINDOW_S:
                return "later"
            failures.append(now)
            return "no"

    def new_session(self) -> str:
        """Return a fresh cookie value."""
        issued, nonce = int(self._clock()), secrets.token_hex(16)
        return f"{issued}-{nonce}-{self._signed(f'session {issued} {nonce}')}"

    def is_session(self, cookie: str) -> bool:
        """Whether we gave out this cookie, and not too long ago."""
        match = _COOKIE.fullmatch(cookie)
        if match is None:
            return False
        issued, nonce, mark = match.groups()
        good = hmac.compare_digest(mark, self._signed(f"session {issued} {nonce}"))
        return good and 0 <= self._clock() - int(issued) <= SESSION_S

    def csrf(self, cookie: str) -> str:
        """Return what forms of this session must carry."""
        return self._signed(f"csrf {cookie}")

    def is_csrf(self, cookie: str, offered: str) -> bool:
        """Whether a form of this session was sent back."""
        return hmac.compare_digest(offered.encode(), self.csrf(cookie).encode())

    def derived(self, purpose: str) -> str:
        """Return a key for one purpose, such as reading a feed; it opens nothing else."""
        return self._signed(f"key {purpose}")

    def _signed(self, text: str) -> str:
        return hmac.digest(self._token, text.encode(), "sha256").hex()


def read_token(path: Path) -> tuple[str, bool]:
    """Read the token, or make one of 256 bits at the first start; whether it is new. Raises `ConfigError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _stored_token(path), False
    except OSError as error:
        raise _unusable(path, f"cannot be made: {error.strerror}") from error
    token = secrets.token_urlsafe(32)
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(f"{token}\n")
    return token, True


def _stored_token(path: Path) -> str:
    try:
        token = path.read_text(encoding="ascii").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, "cannot be read") from error
    if mode & 0o077:
        raise _unusable(path, "may be read by others", hint=f"chmod 600 {path}")
    if len(token) < _LEAST_TOKEN or any(c.isspace() for c in token):
        raise _unusable(path, f"holds no token of at least {_LEAST_TOKEN} characters")
    return token


def _unusable(
    path: Path, why: str, hint: str = "Delete it: a new one is made at the next start."
) -> ConfigError:
    return ConfigError(f"The page's token file {path} {why}.", hint=hint)
