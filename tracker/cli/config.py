"""`tracker config`: check, show and explain the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli.options import json_option
from tracker.cli.output import counted, echo_json, json_text
from tracker.cli.session import Command, Group, Session, pass_session
from tracker.errors import ConfigError
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.settings import LoadedSettings

__all__ = ["command"]


@click.group(cls=Group)
def command() -> None:
    """Check and show the configuration."""


@command.command(cls=Command)
@pass_session
def check(session: Session) -> None:
    """Report every mistake with file and line (and end with 3), or say that there is none. Opens no network."""
    from tracker.settings import check_installation

    loaded = session.settings()
    found = check_installation(loaded)
    if found.problems:
        count = len(found.problems)
        said = "a mistake" if count == 1 else f"{count} mistakes"
        raise ConfigError(f"The configuration has {said}.", problems=found.problems)
    watches = loaded.settings.watch
    click.echo(f"{loaded.config_path}: no mistakes; {counted(len(watches), 'watch', 'watches')}.")
    for remark in (*_remarks(loaded), *found.remarks):
        click.echo(f"  note: {remark}")


@command.command(cls=Command)
@json_option
@pass_session
def show(session: Session, as_json: bool) -> None:
    """Show every value that is in effect and where it comes from. Passwords are never shown."""
    from tracker.settings import shown_values

    loaded = session.settings()
    values = list(shown_values(loaded.settings))
    if as_json:
        shown = {key: {"value": value, "origin": loaded.origins[key]} for key, value in values}
        echo_json({"file": loaded.config_path, "mode": loaded.mode, "values": shown})
        return
    click.echo(f"# {loaded.config_path} ({loaded.mode})")
    for key, value in values:
        text = "(not set)" if value is None else json_text(value)
        click.echo(f"{clean_line(key)} = {text}{click.style(f'  # {loaded.origins[key]}', dim=True)}")


@command.command(cls=Command)
def schema() -> None:
    """Print the JSON Schema of the configuration file: every key with its meaning, default and range."""
    from tracker.settings import schema_json

    click.echo(schema_json(), nl=False)


def _remarks(loaded: LoadedSettings) -> list[str]:
    """What is allowed but will surprise."""
    settings = loaded.settings
    remarks = []
    if not settings.watch:
        remarks.append("no [[watch]] is configured, so nothing can be followed")
    if not settings.http.contact:
        remarks.append("http.contact is empty: site owners cannot reach you")
    if not settings.feeds.opml.exists():
        remarks.append(f"{settings.feeds.opml} does not exist; feeds come from tracker feeds add only")
    folders = [watch.seeds for watch in settings.watch if watch.seeds is not None]
    return remarks + [f"{folder} holds no seeds yet" for folder in folders if not any(folder.glob("*.*"))]
