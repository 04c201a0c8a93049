"""`tracker init`: the files of a new project, asking nothing and overwriting nothing."""

from __future__ import annotations

import re
from pathlib import Path

import click

from tracker.cli.output import terminal_width
from tracker.cli.session import Command
from tracker.errors import ConfigError, UsageError
from tracker.text.columns import wrap
from tracker.text.display import clean_line

__all__ = ["command"]


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".", metavar="[DIR]")
@click.option("--name", default="", help="Short name of the watch; otherwise the folder's name.")
@click.option("--title", default="", help="What reports call the subject.")
def command(folder: Path, name: str, title: str) -> None:
    """Write a commented configuration, a feed list and a seeds folder into DIR (default: here).

    Nothing that exists is overwritten.
    """
    from tracker.settings.starter import starter_files

    own = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    name = name or own or "my-subject"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise UsageError(
            f'"{name}" cannot be a watch\'s name.',
            hint="Use small letters, digits and hyphens: --name my-subject",
        )
    for relative, text in starter_files(name, title or name.replace("-", " ").capitalize()).items():
        existed = _write(folder / relative, text)
        click.echo(f"{'kept ' if existed else 'wrote'}  {folder / relative}")
    for sentence in _learned(folder, name):
        click.echo("\n".join(wrap(clean_line(sentence), terminal_width())))
    click.echo(_next_steps(folder, name))


def _learned(folder: Path, name: str) -> tuple[str, ...]:
    """What is learned from articles that lie in the seeds folder already; nothing where there are none yet."""
    from tracker.app import learned_sentences
    from tracker.settings import load_settings
    from tracker.settings.seeds import read_seeds, watch_of

    try:
        watches = load_settings(folder / "config/tracker.toml", {}, folder).settings.watch
    except ConfigError:
        return ()
    found = [
        (one, read_seeds(one.seeds or folder / "seeds" / one.name).seeds)
        for one in watches
        if one.name == name
    ]
    return tuple(said for one, seeds in found if seeds for said in learned_sentences(watch_of(one, seeds)))


def _write(path: Path, text: str) -> bool:
    """Write a file unless it exists; tells whether it did."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return True
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.", hint="Name another folder."
        ) from error
    return False


def _next_steps(folder: Path, name: str) -> str:
    go = "" if folder == Path() else f"  cd {folder}\n"
    return f"""
Next:
{go}  put a few example articles into seeds/{name}/   (or: tracker seeds add URL)
  name topics in config/tracker.toml                 ([[watch.topic]]; they sharpen what is found)
  tracker seeds check; tracker profile               (what was understood, and what was learned)
  tracker feeds add URL                              (or: tracker feeds import FILE.opml)
  tracker fetch"""
