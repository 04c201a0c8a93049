"""`tracker demo`: the bundled newsroom."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.output import terminal_width
from tracker.cli.session import Command

__all__ = ["command"]


@click.command(cls=Command)
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Folder for configuration, database and mail; otherwise state/demo.")  # fmt: skip
@click.option("--serve", is_flag=True, help="Leave the newsroom running until Ctrl-C.")
def command(keep: Path | None, serve: bool) -> None:
    """Poll, score, fold and mail a bundled newsroom, all on this computer."""
    from tracker.cli.run_view import report_text
    from tracker.demo.run import run_demo

    folder = keep or Path("state/demo")
    width = terminal_width()
    run_demo(
        folder,
        serve=serve,
        say=click.echo,
        table=lambda report, now: report_text(report, width=width, now=now),
    )
