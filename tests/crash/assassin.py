"""Kills a sender at moments that chance chooses."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from tests.crash.mail_world import Sender, World

__all__ = ["RandomKills"]


class Office(Protocol):
    """A receiver: `reached` is called at every step of a conversation."""

    reached: Callable[[str], None]
    port: int


class RandomKills:
    """Runs a sender and kills it once or twice; `seen` counts the runs and the kills."""

    def __init__(self, sender: Sender) -> None:
        self.chance = random.Random(20261122)
        self.seen: Counter[str] = Counter()
        self._sender = sender
        self._within = 0.1  # seconds; follows how long sending takes

    def __call__(self, world: World, office: Office, **job: bool) -> None:
        for _ in range(self.chance.choice((1, 1, 2))):
            assassin = office.reached = _Assassin(self._sender, self.chance, self._within)
            killed = self._sender.run(world, office.port, **job)
            lasted = assassin.rest()
            self._within = self._within * 1.1 if killed else lasted or self._within
            self.seen.update(runs=1, killed=killed)


class _Assassin:
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
