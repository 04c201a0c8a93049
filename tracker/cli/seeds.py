"""`tracker seeds`: the example articles."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.options import json_option, watch_option
from tracker.cli.output import counted, echo_json, terminal_width
from tracker.cli.session import Command, Group, Session, pass_session
from tracker.errors import SeedError, UsageError, WatchNotFound
from tracker.model import Seed
from tracker.text.columns import fit, wrap
from tracker.text.display import clean_line
from tracker.text.tokens import words

if TYPE_CHECKING:
    from tracker.settings import WatchSettings

__all__ = ["command"]


@click.group(cls=Group)
def command() -> None:
    """List, add and check the example articles."""


@command.command(cls=Command, name="list")
@watch_option
@json_option
@pass_session
def list_seeds(session: Session, watch: str | None, as_json: bool) -> None:
    """List the seeds of each watch."""
    from tracker.settings import load_seeds

    by_watch = {one.name: load_seeds(_folder(one)) for one in _watches(session, watch)}
    if as_json:
        echo_json({name: [_fields(seed) for seed in seeds] for name, seeds in by_watch.items()})
        return
    for name, seeds in by_watch.items():
        click.echo(click.style(f"{name}: {counted(len(seeds), 'seed')}", bold=True))
        for seed in seeds:
            click.echo(f"  {clean_line(seed.name)}  {fit(clean_line(seed.title) or '(no title)', 60)}")


@command.command(cls=Command)
@watch_option
@pass_session
def check(session: Session, watch: str | None) -> None:
    """Read every seed and tell what is wrong with it. Ends with 2 when something is."""
    from tracker.app import learned_sentences
    from tracker.settings.seeds import read_seeds, watch_of

    wrong = 0
    for one in _watches(session, watch):
        try:
            found = read_seeds(_folder(one))
            seeds, problems = found.seeds, found.problems
        except SeedError as error:
            seeds, problems = (), (error,)
        wrong += bool(problems)
        told = learned_sentences(watch_of(one, seeds)) if seeds else ()
        for problem in problems:
            click.echo(f"bad {one.name}: {problem}\n  {problem.hint}")
        for seed in seeds:
            click.echo(
                f"ok  {clean_line(seed.name)}: {counted(len(words(seed.text)), 'word')}{_missing(seed)}"
            )
        for sentence in told:
            click.echo("\n".join(wrap(f"    {clean_line(sentence)}", terminal_width())))
    if wrong:
        raise SeedError(f"{counted(wrong, 'watch', 'watches')} cannot learn from these seeds.")


@command.command(cls=Command)
@click.argument("source", metavar="URL|FILE|-")
@watch_option
@click.option("--title", default="", help="Its headline, when the source does not tell.")
@pass_session
def add(session: Session, source: str, watch: str | None, title: str) -> None:
    """Add an example article: fetch a page, or copy a file or standard input."""
    from tracker.app.changes import write_seed

    chosen = _watches(session, watch)
    if len(chosen) > 1:
        names = ", ".join(one.name for one in chosen)
        raise UsageError(
            "There are several watches; say which one.", hint=f"Add --watch with one of: {names}."
        )
    seed = _read(session, source)
    path = write_seed(session.settings(), chosen[0], replace(seed, title=title or seed.title))
    click.echo(f"wrote  {path}  ({counted(len(words(seed.text)), 'word')})")


def _read(session: Session, source: str) -> Seed:
    from tracker.settings.seeds import checked_length, document_of, document_of_text

    if not source.startswith(("http://", "https://")):
        seed = document_of_text(sys.stdin.buffer.read()) if source == "-" else document_of(Path(source))
        return checked_length(seed, source)
    from tracker.app import read_page

    article, sentence = read_page(session.settings(), source)
    if article is None:
        raise UsageError(f"{source} could not be read: {sentence}", hint="Save its text and add that file.")
    seed = Seed(
        name="", title=article.title, text=article.text, outlet=article.outlet, url=article.url,
        published_at=article.published_at, language=article.language,
    )  # fmt: skip
    return checked_length(seed, source)


def _watches(session: Session, name: str | None) -> list[WatchSettings]:
    watches = session.settings().settings.watch
    chosen = [one for one in watches if name is None or one.name == name]
    if not chosen:
        names = ", ".join(one.name for one in watches) or "none"
        raise WatchNotFound(
            f"No watch is called {name}." if name else "No watch is configured.", hint=f"There are: {names}."
        )
    return chosen


def _folder(watch: WatchSettings) -> Path:
    return watch.seeds or Path("seeds") / watch.name


def _fields(seed: Seed) -> dict[str, object]:
    return {
        "name": seed.name,
        "title": seed.title,
        "outlet": seed.outlet,
        "url": seed.url,
        "published": seed.published_at,
        "words": len(words(seed.text)),
    }


def _missing(seed: Seed) -> str:
    return "" if seed.title else "; no title was recognised: put the headline on the first line"
