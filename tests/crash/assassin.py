"""Kills a sender at a moment that chance chooses."""

from __future__ import annotations

import random
import threading
import time

from tests.crash.mail_world import Sender

__all__ = ["Assassin"]


class Assassin:
    """Kills a moment after the receiver has heard from the sender; it answers slowly, so that moments differ."""

    def __init__(self, sender: Sender, chance: random.Random, within: float) -> None:
        self._chance = chance
        self._timer = threading.Timer(chance.uniform(0, within), sender.kill)
        self._heard_at = 0.0

    def __call__(self, step: str) -> None:
        if step == "connect" and not self._heard_at:
            self._heard_at = time.monotonic()
            self._timer.start()
        time.sleep(self._chance.uniform(0, 0.004))

    def rest(self) -> float:
        """Stop; seconds since the receiver first heard from the sender."""
        self._timer.cancel()
        if self._timer.ident is not None:
            self._timer.join()
        return time.monotonic() - self._heard_at if self._heard_at else 0.0
