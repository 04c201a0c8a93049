"""The demo: the whole product once, on the bundled newsroom, over real HTTP and real mail on this computer.

Two polls under a fixed clock, so that a run can be compared with another. Leaves a project folder that every command
works on: configuration, seeds, feed list, database, the mail as it arrived, and its page.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from importlib.resources import files
from pathlib import Path
from string import Template

from tracker.app import RunReport, Tracker, open_tracker
from tracker.demo.mail import MailTrap
from tracker.demo.site import NewsroomSite
from tracker.errors import TrackerError, UsageError
from tracker.feeds import OpmlFeed, render_opml
from tracker.model import Delivery, DeliveryState, Fate, Item, LikenessKind
from tracker.settings import load_settings

__all__ = ["DemoResult", "run_demo"]

_FIRST_AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
_SECOND_AT = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
_MAIL_AT = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)
_PORT = 18943  # the same addresses in every run, where the port is free
_MARK = ".tracker-demo"
_SAME_PAGE = "same page, listed by another feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """Where everything lies, and what the two polls brought."""

    folder: Path
    first: RunReport
    second: RunReport
    mail: Path


@dataclass(slots=True)
class _FixedClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


def run_demo(
    folder: Path, *, serve: bool, say: Callable[[str], None], table: Callable[[RunReport, datetime], str]
) -> DemoResult:
    """Run the demo in `folder`, which is made anew. `table` renders a run's report for people.

    Raises `TrackerError` when the folder holds something else than an earlier demo, or when the mail did not arrive.
    """
    _clear(folder)
    with _opened_site() as site, MailTrap() as trap:
        say(
            f"The newsroom is open at {site.base_url}: {len(site.feeds)} feeds, {len(site.truth())} pages so far.\n"
        )
        _write_project(folder, site, {"mail_host": trap.host, "mail_port": str(trap.port)})
        clock = _FixedClock(_FIRST_AT)
        with open_tracker(
            load_settings((folder / "config" / "tracker.toml").resolve(), {}, folder), clock=clock
        ) as tracker:
            first = tracker.fetch(everything=True)
            say(f"FIRST POLL, {_FIRST_AT:%d %B %Y, %H:%M} UTC\n\n{table(first, _FIRST_AT)}\n")
            clock.at = _SECOND_AT
            site.open_second_batch()
            second = tracker.fetch(everything=True)
            say(f"SECOND POLL, {_SECOND_AT:%H:%M} UTC: only what is new\n\n{table(second, _SECOND_AT)}\n")
            say(_folding((*first.folded, *second.folded)))
            say(_requests(site))
            clock.at = _MAIL_AT
            _send(tracker)
        mail = _keep_mail(folder, trap)
        say(_ending(folder, mail))
        if serve:
            say(f"The newsroom stays open at {site.base_url} until Ctrl-C.")
            _wait()
    return DemoResult(folder=folder, first=first, second=second, mail=mail)


def _clear(folder: Path) -> None:
    """Only a folder that an earlier demo made is emptied."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise UsageError(
                f"{folder} holds other files.",
                hint="Name a folder that is new or empty: tracker demo --keep DIR.",
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text(
        "Made by tracker demo, which empties this folder each time.\n", encoding="utf-8"
    )


def _opened_site() -> NewsroomSite:
    try:
        return NewsroomSite(port=_PORT)
    except OSError:  # another program has the port; only the addresses differ then
        return NewsroomSite(port=0)


def _write_project(folder: Path, site: NewsroomSite, values: Mapping[str, str]) -> None:
    template = (files("tracker.demo") / "newsroom" / "tracker.toml").read_text(encoding="utf-8")
    listed = [
        OpmlFeed(url=feed.url, title=feed.spec.title, site_url=None, tags=(feed.spec.tag,))
        for feed in site.feeds
    ]
    texts = {
        "config/tracker.toml": Template(template).substitute(values, site=site.host_port),
        "config/feeds.opml": render_opml(listed),
        **{f"seeds/{name}": text for name, text in site.newsroom.seeds.items()},
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _folding(folded: Sequence[Item]) -> str:
    """Say how many of each kind were folded, with two examples and their reasons."""
    kinds: dict[str, list[Item]] = {}
    for item in folded:
        is_folded = item.duplicate_of and (item.fate is Fate.VERSION) == (item.kind == LikenessKind.VERSION)
        kinds.setdefault(item.kind if is_folded else _SAME_PAGE, []).append(item)
    lines = [f"FOLDED: {len(folded)} copies and versions, none deleted; of each kind two, and why", ""]
    for kind, items in sorted(kinds.items()):
        lines.append(f"  {kind}: {len(items)}")
        for item in items[:2] if kind != _SAME_PAGE else ():
            lines += [
                f"    {item.id}  {item.outlet}: {item.title}",
                f"        of {item.duplicate_of}, similarity {item.similarity or 0:.2f}: {item.note}",
            ]
    return "\n".join(lines) + "\n"


def _requests(site: NewsroomSite) -> str:
    seen = site.requests
    unchanged = sum(request.status == 304 for request in seen)
    return f"The site counted {len(seen)} requests; answered 304, nothing new: {unchanged}.\n"


def _send(tracker: Tracker) -> tuple[Delivery, ...]:
    deliveries = tuple(delivery for sent in tracker.send_digest() for delivery in sent.deliveries)
    if not deliveries or any(delivery.state is not DeliveryState.SENT for delivery in deliveries):
        said = "; ".join(delivery.detail for delivery in deliveries) or "no digest was due"
        raise TrackerError(f"The demo's mail was not delivered: {said}", hint="Please report this.")
    return deliveries


def _keep_mail(folder: Path, trap: MailTrap) -> Path:
    """Store the mail as the server received it, and its two bodies beside it."""
    raw = trap.messages[-1].raw
    mail = folder / "digest.eml"
    mail.write_bytes(raw)
    message = message_from_bytes(raw, policy=policy.default)
    for kind, suffix in (("html", ".html"), ("plain", ".txt")):
        body = message.get_body((kind,))
        if body is not None:
            mail.with_suffix(suffix).write_text(body.get_content(), encoding="utf-8")
    return mail


def _ending(folder: Path, mail: Path) -> str:
    subject = message_from_bytes(mail.read_bytes(), policy=policy.default)["Subject"]
    return "\n".join(
        (
            f'The digest "{subject}" went through a real mail server on this computer:',
            f"  {mail}  (as received), {mail.with_suffix('.html').name}, {mail.with_suffix('.txt').name}",
            f"The database is {folder / 'state' / 'tracker.db'}. Look around, for example:",
            f"  tracker --config {folder / 'config' / 'tracker.toml'} items",
            f"  tracker --config {folder / 'config' / 'tracker.toml'} show 1",
        )
    )


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
