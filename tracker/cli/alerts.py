"""`tracker alerts`: the targets of immediate alerts, and a trial of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli.options import json_option
from tracker.cli.output import counted, echo_json
from tracker.cli.session import Command, Group, Session, pass_session
from tracker.model import DeliveryState
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import AlertStatus, SentAlert

__all__ = ["command", "target_line"]

_PARTLY_FAILED = 4
_WORDS = {
    DeliveryState.SENT: "sent",
    DeliveryState.DEFERRED: "not sent, would be tried again",
    DeliveryState.REFUSED: "refused",
    DeliveryState.AMBIGUOUS: "unknown, probably sent",
}
_NONE = "No target of alerts is configured. Add an [[alert]] table to the configuration."


@click.group(cls=Group)
def command() -> None:
    """Show the targets of immediate alerts; try them."""


@command.command("list", cls=Command)
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the targets: what each is told of, and how it fares."""
    with session.tracker() as tracker:
        targets = tracker.alert_targets()
    if as_json:
        echo_json({"targets": targets})
    else:
        click.echo("\n".join(map(target_line, targets)) or _NONE)


@command.command(cls=Command)
@click.argument("target", required=False)
@json_option
@pass_session
@click.pass_context
def test(ctx: click.Context, session: Session, *, target: str | None, as_json: bool) -> None:
    """Send a trial alert to TARGET, or to all; ends with 4 when one did not take it."""
    with session.tracker() as tracker:
        sent = tracker.test_alerts(target)
    if as_json:
        echo_json({"sent": sent})
    else:
        click.echo("\n".join(map(_sent_line, sent)) or _NONE)
    if any(one.delivery.state is not DeliveryState.SENT for one in sent):
        ctx.exit(_PARTLY_FAILED)


def target_line(target: AlertStatus) -> str:
    """One target in a line."""
    watches = ", ".join(target.watches) or "no watch"
    is_strong = target.threshold == "strong"
    told = (
        f"strong items of {watches}" if is_strong else f"items of {watches} with {target.threshold} or more"
    )
    facts = [
        f"{target.kind}, {told}",
        f"at most {target.per_hour} an hour",
        f"quiet {target.quiet}{' (now)' if target.is_quiet else ''}" if target.quiet else "",
        f"{counted(target.last_day, 'alert')} in a day",
        f"{target.owed} not sent yet" if target.owed else "",
    ]
    return f"{target.name}: {clean_line(', '.join(fact for fact in facts if fact))}"


def _sent_line(sent: SentAlert) -> str:
    detail = f": {clean_line(sent.delivery.detail)}" if sent.delivery.detail else ""
    return f"{clean_line(sent.delivery.recipient)}  {_WORDS[sent.delivery.state]}{detail}"
