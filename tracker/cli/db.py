"""`tracker db`: check, upgrade and prune what is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tracker.cli.options import json_option
from tracker.cli.output import counted, echo_json
from tracker.cli.session import Command, Group, Session, pass_session

if TYPE_CHECKING:
    from tracker.store import Flaw

__all__ = ["command"]


@click.group(cls=Group)
def command() -> None:
    """Check, upgrade and prune the database."""


@command.command(cls=Command)
@click.option("--repair", is_flag=True, help="Make indexes and topic lists anew; nothing else is changed.")
@json_option
@pass_session
@click.pass_context
def check(ctx: click.Context, session: Session, *, repair: bool, as_json: bool) -> None:
    """Look for damage, broken links and broken promises; ends with 1 when there are any. Reads everything."""
    from tracker.app.upkeep import check_store

    flaws, mended = check_store(session.settings(), repair=repair)
    if as_json:
        echo_json({"ok": not flaws, "flaws": [_fields(flaw) for flaw in flaws], "mended": mended})
    else:
        for done in mended:
            click.echo(f"mended: {done}")
        for flaw in flaws:
            click.echo("\n".join(_lines(flaw)))
        if not flaws:
            click.echo("No damage, no broken link, every promise kept.")
    ctx.exit(1 if flaws else 0)


@command.command(cls=Command)
@json_option
@pass_session
def upgrade(session: Session, *, as_json: bool) -> None:
    """Bring the database up to this version; every other command does so, too."""
    from tracker.app.upkeep import upgrade as bring_up

    before, now = bring_up(session.settings())
    if as_json:
        echo_json({"before": before, "now": now})
    elif before == now:
        click.echo(f"The database is up to date (schema {now}).")
    else:
        click.echo(
            f"The database was brought from schema {before} to {now}." if before else f"Made, schema {now}."
        )


@command.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@json_option
@pass_session
def prune(session: Session, *, dry_run: bool, as_json: bool) -> None:
    """Delete texts and histories older than [retention] keeps them; what was seen stays known."""
    from tracker.app.upkeep import prune as delete

    loaded = session.settings()
    gone = delete(loaded, datetime.now(UTC), dry_run=dry_run)
    if as_json:
        counts = {"kept": gone.kept, "others": gone.others, "polls": gone.polls, "alerts": gone.alerts}
        echo_json({"dry_run": dry_run, **counts})
        return
    texts = f"{counted(gone.kept, 'text')} of kept articles, {counted(gone.others, 'other text')}"
    verb = "Would delete" if dry_run else "Deleted"
    click.echo(
        f"{verb} {texts}, {counted(gone.polls, 'line')} of poll history, {counted(gone.alerts, 'alert')}."
    )
    kept = loaded.settings.retention
    if kept.kept is None and kept.others is None:
        session.say("Texts are kept for ever: [retention] sets no age for them.")


def _lines(flaw: Flaw) -> list[str]:
    examples = f"  such as: {'; '.join(flaw.examples)}" if flaw.examples else ""
    remedy = (
        "tracker db check --repair" if flaw.is_mendable else "tracker restore BACKUP, and please report it"
    )
    return [line for line in (flaw.sentence, examples, f"  fix: {remedy}") if line]


def _fields(flaw: Flaw) -> dict[str, object]:
    return {
        "code": flaw.code,
        "sentence": flaw.sentence,
        "count": flaw.count,
        "examples": flaw.examples,
        "repairable": flaw.is_mendable,
    }
