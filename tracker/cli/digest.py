"""`tracker digest`: compose now, and print, preview or send it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.options import SINCE, json_option, watch_option
from tracker.cli.output import echo_json
from tracker.cli.session import Command, Session, pass_session
from tracker.errors import UsageError
from tracker.model import DeliveryState, WatchName
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import DigestPreview, SentDigest, Tracker

__all__ = ["command"]

_PARTLY_FAILED = 4
_WORDS = {
    DeliveryState.SENT: "sent",
    DeliveryState.DEFERRED: "not yet, to be tried again",
    DeliveryState.REFUSED: "not delivered",
    DeliveryState.AMBIGUOUS: "unknown, probably delivered",
}


@click.command(cls=Command)
@watch_option
@click.option("--since", type=SINCE, help="Begin the window here: 7d, 2026-11-20, yesterday.")
@click.option("--preview", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Write .html, .txt and .eml there; sends nothing.")  # fmt: skip
@click.option("--send", is_flag=True, help="Send it to the recipients.")
@json_option
@pass_session
@click.pass_context
def command(
    ctx: click.Context,
    session: Session,
    *,
    watch: str | None,
    since: datetime | None,
    preview: Path | None,
    send: bool,
    as_json: bool,
) -> None:
    """Compose the digest now. Without --send or --preview its text is printed; nothing is stored."""
    if preview and send:
        raise UsageError("--preview and --send exclude each other.", hint="Preview first, then send.")
    with session.tracker() as tracker:
        if send:
            sent = tracker.send_digest(WatchName(watch) if watch else None, since)
            ctx.exit(_tell_sent(sent, as_json=as_json))
        composed = _composed(tracker, watch, since)
    if preview:
        written = [path for one in composed for path in _write(preview, one)]
        if as_json:
            echo_json({"files": written})
        else:
            for path in written:
                click.echo(f"wrote  {path}")
    elif as_json:
        echo_json({"digests": [one.digest for one in composed]})
    else:
        click.echo("\n\n".join(one.message.plain for one in composed))


def _composed(tracker: Tracker, watch: str | None, since: datetime | None) -> list[DigestPreview]:
    names = [tracker.watch(watch).name] if watch else [one.name for one in tracker.watches]
    return [tracker.preview_digest(name, since) for name in names]


def _write(folder: Path, preview: DigestPreview) -> list[Path]:
    stem = f"{preview.digest.watch}-{preview.digest.composed_at:%Y-%m-%d}"
    contents = {
        ".html": preview.message.html.encode(),
        ".txt": preview.message.plain.encode(),
        ".eml": preview.mime,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, content in contents.items():
            (folder / f"{stem}{suffix}").write_bytes(content)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}.") from error
    return [folder / f"{stem}{suffix}" for suffix in contents]


def _tell_sent(sent: tuple[SentDigest, ...], *, as_json: bool) -> int:
    """Print one line for each recipient; 4 when one did not get it."""
    if as_json:
        echo_json({"sent": sent})
    elif not sent:
        click.echo("Nothing to send: no recipients, a quiet day, or all of it was in an earlier digest.")
    for digest in () if as_json else sent:
        click.echo(clean_line(digest.subject))
        for delivery in digest.deliveries:
            detail = f": {clean_line(delivery.detail)}" if delivery.detail else ""
            click.echo(f"  {_WORDS[delivery.state]}  {clean_line(delivery.recipient)}{detail}")
    states = {delivery.state for digest in sent for delivery in digest.deliveries}
    return 0 if states <= {DeliveryState.SENT} else _PARTLY_FAILED
