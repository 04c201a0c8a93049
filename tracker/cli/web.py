"""`tracker web`: the page alone, beside a daemon elsewhere or none; and the link that opens it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from tracker.cli.session import Command, Session, pass_session

if TYPE_CHECKING:
    from tracker.web import PageServer

__all__ = ["command", "listen_options"]


def listen_options(function: click.decorators.FC) -> click.decorators.FC:
    """--listen ADDRESS --port NUMBER."""
    port = click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
    listen = click.option(
        "--listen", metavar="ADDRESS", help="Address; one that other computers reach needs a token file."
    )
    return listen(port(function))


@click.command(cls=Command)
@listen_options
@click.option("--link", is_flag=True, help="Print the link that opens the page, and end.")
@pass_session
def command(session: Session, *, listen: str | None, port: int | None, link: bool) -> None:
    """Open the page in which items are read, searched and judged, until Ctrl-C; tracker run opens it, too.

    The link that is printed holds the token: whoever has it gets in.
    """
    from tracker.web import open_page
    from tracker.web.server import link_of

    loaded = session.settings()
    if link:
        click.echo(link_of(loaded, listen=listen, port=port))
        return
    server = open_page(loaded, listen=listen, port=port)
    try:
        server.start()
        click.echo(server.link)
        session.say("The page is open at this link until Ctrl-C.")
        _wait(server)
    finally:
        server.close()


def _wait(server: PageServer) -> None:
    try:
        while not server.join(1.0):
            time.sleep(0)
    except KeyboardInterrupt:
        return
