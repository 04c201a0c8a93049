"""`tracker doctor`: every dependency looked at, each line ok, warn or fail with what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli.findings import finding_fields, finding_lines
from tracker.cli.options import json_option
from tracker.cli.output import echo_json, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.errors import ConfigError, TrackerError
from tracker.model import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.app.diagnosis import Finding

__all__ = ["command"]

_CONFIG_WRONG = 3
_FAILED = 1


@click.command(cls=Command)
@click.option(
    "--send-test",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[ADDRESS]",
    help="Send one real test mail, to the first recipient of a digest or to ADDRESS.",
)
@json_option
@pass_session
@click.pass_context
def command(ctx: click.Context, session: Session, *, send_test: str | None, as_json: bool) -> None:
    """Check configuration, network, mail, clock, disk, database, libraries and the work itself.

    Changes nothing. Ends with 0 when nothing failed, with 1 when something did, with 3 when the configuration is wrong.
    """
    found: list[Finding] = []
    code = 0
    for finding in _findings(session, send_test):
        found.append(finding)
        if finding.level.value == "fail":
            code = max(code, _CONFIG_WRONG if finding.check == "config" else _FAILED)
        if not as_json:
            click.echo("\n".join(finding_lines(finding, terminal_width())))
    if as_json:
        echo_json({"status": _worst(found), "checks": list(map(finding_fields, found))})
    ctx.exit(code)


def _worst(found: list[Finding]) -> str:
    from tracker.app.diagnosis import worst

    return worst(found).value


def _findings(session: Session, send_test: str | None) -> Iterator[Finding]:
    from tracker.app.diagnosis import fail
    from tracker.app.doctor import examine

    try:
        loaded = session.settings()
    except ConfigError as error:
        for problem in error.problems or (error,):
            yield fail("config", str(problem), error.hint or "tracker config check")
        return
    yield from examine(loaded)
    if send_test is not None:
        yield _sent(session, send_test)


def _sent(session: Session, recipient: str) -> Finding:
    """What became of the test mail."""
    from tracker.app.diagnosis import fail, ok

    try:
        with session.tracker() as tracker:
            delivery = tracker.send_test(recipient)
    except TrackerError as error:
        return fail("test mail", str(error), error.hint)
    said = f"{delivery.recipient}: {delivery.detail}"
    if delivery.state is DeliveryState.SENT:
        return ok("test mail", f"Accepted for {said}.")
    return fail("test mail", f"Not accepted for {said}.", "Check [mail] and the address.")
