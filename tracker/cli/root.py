"""The `tracker` command: its sub-commands by name, and how every end of a run becomes an exit code.

A command's module is imported only when it runs, so that `tracker --help` costs hardly more than bare Python.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn, TypeGuard

import click

from tracker import __version__
from tracker.cli.session import Group, Session
from tracker.errors import ConfigError, TrackerError, UsageError

__all__ = ["COMMANDS", "main"]

COMMANDS: Final = {
    "init": "Write a commented configuration, a feed list and a seeds folder.",
    "fetch": "Poll the feeds that are due and show what is new.",
    "run": "Poll and send digests by the clock, until stopped.",
    "worker": "Poll only, beside others on one database.",
    "web": "Open the page in which items are read and judged.",
    "items": "List and search what was kept.",
    "show": "Show one article: score, reasons, family, versions, story.",
    "stories": "List stories, or tell one from its first report on.",
    "timeline": "Show coverage by day, outlet or story; draw it.",
    "why": "Tell what happened to an address.",
    "judge": "Say that items are relevant or not; list what to judge next.",
    "rescore": "Score the past anew after seeds, judgements or threshold changed.",
    "evaluate": "Estimate precision and recall from what was judged.",
    "score": "Score any document; stores nothing.",
    "digest": "Compose a digest now: print, preview or send it.",
    "alerts": "List and try the targets of immediate alerts.",
    "export": "Write items as CSV, JSON lines, Atom, JSON Feed, RIS or BibTeX.",
    "ingest": "Take in articles from an archive, as if polled.",
    "feeds": "List, add, remove, test, import and export feeds.",
    "seeds": "List, add and check the example articles.",
    "profile": "Show what was learned from the seeds.",
    "status": "Show numbers and what needs attention.",
    "health": "Tell a monitor whether the work is done in time.",
    "doctor": "Check everything this program depends on, and say what mends it.",
    "backup": "Write all that is stored into one file, while everything runs.",
    "restore": "Put a backup back.",
    "db": "Check, upgrade and prune the database.",
    "config": "Check and show the configuration.",
    "demo": "See it all at work on a bundled newsroom.",
}
"""Name and one line of help; the command is `command` in `tracker.cli.<name>`."""

_INTERRUPTED: Final = 130
_OBJECTS_BETWEEN_COLLECTIONS: Final = 20_000
"""Python's own 700 cost a command a tenth of its time: nearly all that is made at the start stays."""
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class LazyGroup(Group):
    """Knows its commands by name and imports one when it is needed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands = {name: click.Command(name) for name in COMMANDS}  # names to suggest, nothing more

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"tracker.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    hidden_globals=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tracker", message="%(prog)s %(version)s")
@click.pass_context
def _tracker(ctx: click.Context) -> None:
    """Follow a subject in the news: feeds in, a ranked list and a daily digest out, with reasons.

    Start with tracker demo to see it at work, or tracker init for a folder of your own.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    session = Session()
    try:
        code = _run(session)
        if sys.stdout:  # None where the shell has closed it (>&-)
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has seen enough; click ends so, too
        _drop_output()
        code = 1
    except OSError as error:
        code = _print_full(error)
    sys.exit(code)


def _drop_output() -> None:
    """Give what still waits to be written somewhere to go, or the interpreter complains at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_output(error: Exception) -> TypeGuard[OSError]:
    """Whether standard output is full or broken; errors about files of ours name them."""
    return isinstance(error, OSError) and error.filename is None and error.errno in _NO_ROOM


def _print_full(error: OSError) -> int:
    _drop_output()
    click.echo(f"tracker: the output could not be written: {error.strerror}.", err=True)
    return TrackerError.exit_code


def _run(session: Session) -> int:
    try:
        code = _tracker.main(prog_name="tracker", standalone_mode=False, obj=session)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        click.echo(f"Interrupted. {error}".rstrip(), err=True)
        return _INTERRUPTED
    except TrackerError as error:
        _print_error(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort: a bug is logged and told, never silent
        if isinstance(error, UnicodeEncodeError) and _is_not_text(sys.argv):
            _print_error(
                UsageError("An argument is not written in UTF-8.", hint="Check how this terminal writes.")
            )
            return UsageError.exit_code
        return _print_full(error) if _is_output(error) else _print_bug(error, session)
    return code if isinstance(code, int) else 0


def _is_not_text(words: Sequence[str]) -> bool:
    """Whether bytes of the command line were no UTF-8 (PEP 383); only names of files may be such."""
    return any("\udc80" <= char <= "\udcff" for word in words for char in word)


def _print_error(error: TrackerError) -> None:
    from tracker.logs import redacted

    problems = error.problems if isinstance(error, ConfigError) else ()
    for problem in problems:
        click.echo(redacted(str(problem)), err=True)
    click.echo(f"{click.style('tracker:', fg='red')} {redacted(str(error))}", err=True)
    if error.hint:
        click.echo(f"  {redacted(error.hint)}", err=True)


def _print_bug(error: Exception, session: Session) -> int:
    from tempfile import mkdtemp

    from tracker.logs import log_to_file, redacted

    if isinstance(error, OSError) and error.filename:
        click.echo(f"tracker: {error.filename}: {error.strerror}.", err=True)
    else:
        said = redacted(f"{type(error).__name__}: {error}")
        click.echo(f"tracker: something unexpected happened: {said}", err=True)
    folders = [session.state] if session.state else []
    for folder in (*folders, None):  # the last is one of our own: others cannot lay a link in it
        path = (folder or Path(mkdtemp(prefix="tracker-"))) / "tracker.log"
        try:
            log_to_file(path, "unexpected error", error)
        except OSError as unwritable:
            click.echo(f"  {path} cannot be written: {unwritable.strerror}.", err=True)
        else:
            click.echo(f"  The details are in {path}; please report them.", err=True)
            break
    return 1
