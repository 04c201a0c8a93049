"""What a command knows of its invocation: which configuration, how loud, and how to open the tracker with them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tracker.app import Progress, Tracker
    from tracker.settings import LoadedSettings

__all__ = ["Command", "Group", "Session", "pass_session"]

_LEVELS = ("error", "warning", "info", "debug")


@dataclass(slots=True)
class Session:
    """One run of the command line. `verbosity` is -1 for -q, 0, 1 for -v, 2 for -vv."""

    config: Path | None = None
    verbosity: int = 0
    state: Path | None = None

    def settings(self) -> LoadedSettings:
        """Load the configuration and set up logging as it says. Raises `ConfigError`."""
        from tracker.logs import configure_logs
        from tracker.settings import keep_secrets_of, load_settings

        loaded = load_settings(self.config, os.environ, Path.cwd())
        self.state = loaded.state
        keep_secrets_of(loaded.settings)
        log = loaded.settings.log
        level = log.level if self.verbosity == 0 else _LEVELS[min(self.verbosity + 1, 3)]
        configure_logs(level, log.format)
        return loaded

    @contextmanager
    def tracker(self) -> Iterator[Tracker]:
        """Open the tracker for one command."""
        from tracker.app import open_tracker

        opened = open_tracker(self.settings())
        try:
            yield opened
        finally:
            opened.close()

    def say(self, text: str) -> None:
        """Print a remark on stderr, unless -q."""
        if self.verbosity >= 0:
            click.echo(text, err=True)

    @contextmanager
    def progress(self) -> Iterator[Callable[[Progress], None]]:
        """Listen to a long run: a bar on a terminal, nothing elsewhere."""
        if self.verbosity < 0 or not sys.stderr.isatty():
            yield lambda _: None
            return
        from tracker.cli.progress import progress_bar

        with progress_bar() as listener:
            yield listener


pass_session = click.make_pass_decorator(Session, ensure=True)


def _set_config(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.ensure_object(Session).config = value


def _louder(ctx: click.Context, _: click.Parameter, value: int) -> None:
    if value:
        ctx.ensure_object(Session).verbosity = value


def _quieter(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Session).verbosity = -1


def _global_options(*, hidden: bool) -> list[click.Parameter]:
    shared: dict[str, Any] = {"expose_value": False, "hidden": hidden}
    return [
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Configuration file; otherwise ./config/tracker.toml or your own.",
            callback=_set_config,
            **shared,
        ),
        click.Option(
            ["-q", "--quiet"], is_flag=True, help="Print results only.", callback=_quieter, **shared
        ),
        click.Option(
            ["-v", "--verbose"], count=True, help="Log more; -vv even more.", callback=_louder, **shared
        ),
    ]


class Command(click.Command):
    """A command that takes the global options, too, so that their place on the line does not matter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_global_options(hidden=True))


class Group(click.Group):
    """A group of such commands."""

    command_class = Command

    def __init__(self, *args: Any, hidden_globals: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_global_options(hidden=hidden_globals))
