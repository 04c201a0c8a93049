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
    from collections.abc import Mapping

    from tracker.settings import WatchSettings
    from tracker.settings.seeds import SeedFolder

__all__ = ["command"]


@click.group(cls=Group)
def command() -> None:
    """List, add and check the example articles."""


@command.command(cls=Command, name="list")
@watch_option
@json_option
@pass_session
def list_seeds(session: Session, watch: str | None, as_json: bool) -> None:
    """List the seeds of each watch. Ends with 2 when a file cannot be used; the others are listed all the same."""
    by_watch = {one.name: _folder(one) for one in _watches(session, watch)}
    if as_json:
        echo_json({name: [_fields(seed) for seed in found.seeds] for name, found in by_watch.items()})
    else:
        for name, found in by_watch.items():
            click.echo(click.style(f"{name}: {counted(len(found.seeds), 'seed')}", bold=True))
            for seed in found.seeds:
                click.echo(f"  {clean_line(seed.name)}  {fit(clean_line(seed.title) or '(no title)', 60)}")
    _end_if_bad(by_watch)


@command.command(cls=Command)
@watch_option
@pass_session
def check(session: Session, watch: str | None) -> None:
    """Read every seed and tell what is wrong with it. Ends with 2 when something is."""
    watches = _watches(session, watch)
    by_watch = {one.name: _folder(one) for one in watches}
    for one in watches:
        if len(watches) > 1:
            click.echo(click.style(f"{one.name}:", bold=True))
        _print_checked(one, by_watch[one.name])
    _end_if_bad(by_watch)


def _print_checked(watch: WatchSettings, found: SeedFolder) -> None:
    """Print what is wrong, what is right, what was not read and what is learned."""
    from tracker.app import learned_sentences
    from tracker.settings.seeds import watch_of

    for problem in found.problems:
        click.echo(f"bad {watch.name}: {problem}\n  {problem.hint}")
    for seed in found.seeds:
        click.echo(f"ok  {clean_line(seed.name)}: {counted(len(words(seed.text)), 'word')}{_missing(seed)}")
    for name in found.ignored:
        click.echo(f"not read  {clean_line(name)}: only .txt, .md, .html and .htm files are seeds")
    for sentence in learned_sentences(watch_of(watch, found.seeds)) if found.seeds else ():
        click.echo("\n".join(wrap(f"    {clean_line(sentence)}", terminal_width())))


def _folder(watch: WatchSettings) -> SeedFolder:
    from tracker.settings import read_seeds

    return read_seeds(watch.seeds or Path("seeds") / watch.name)


def _end_if_bad(by_watch: Mapping[str, SeedFolder]) -> None:
    """Raise `SeedError` with the first problem where there is any, and say what is learned from nevertheless."""
    problems = [(name, problem) for name, found in by_watch.items() for problem in found.problems]
    if not problems:
        return
    name, first = problems[0]
    more = f" {counted(len(problems) - 1, 'more problem')}: tracker seeds check." if len(problems) > 1 else ""
    count = len(by_watch[name].seeds)
    learned = f"{counted(count, 'other seed')} can be used." if count else "It cannot learn without seeds."
    raise SeedError(f"{name}: {first} {learned}{more}", hint=first.hint)


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
    from tracker.app.glance import seed_of_article

    article, sentence = read_page(session.settings(), source)
    if article is None:
        raise UsageError(f"{source} could not be read: {sentence}", hint="Save its text and add that file.")
    return checked_length(seed_of_article(article), source)


def _watches(session: Session, name: str | None) -> list[WatchSettings]:
    watches = session.settings().settings.watch
    chosen = [one for one in watches if name is None or one.name == name]
    if not chosen:
        names = ", ".join(one.name for one in watches) or "none"
        raise WatchNotFound(
            f"No watch is called {name}." if name else "No watch is configured.", hint=f"There are: {names}."
        )
    return chosen


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
