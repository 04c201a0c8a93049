"""`tracker init`: the files of a new project, asking nothing and overwriting nothing."""

from __future__ import annotations

import re
from pathlib import Path

import click

from tracker.cli.session import Command
from tracker.errors import UsageError

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
    click.echo(_next_steps(folder, name))


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
  tracker feeds add URL                              (or: tracker feeds import FILE.opml)
  tracker fetch"""
