"""What a correct file can still get wrong: folders, tags and feeds that are not there.

Reads the seeds folders and the feed list, opens no network and no database.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.errors import ConfigProblem
from tracker.settings.load import LoadedSettings
from tracker.settings.schema import WatchSettings

if TYPE_CHECKING:
    from tracker.feeds.opml import OpmlFeed, OpmlList

__all__ = ["Findings", "check_installation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What must be mended before the program can work, and what is only likely to be a mistake."""

    problems: tuple[ConfigProblem, ...] = ()
    remarks: tuple[ConfigProblem, ...] = ()


def check_installation(loaded: LoadedSettings) -> Findings:
    """Compare the configuration with the files it names."""
    listed = _listed(loaded)
    problems = [problem for watch in loaded.settings.watch for problem in _seeds_problems(loaded, watch)]
    problems += [*_secret_problems(loaded), *_alert_problems(loaded)]
    if listed is None:
        return Findings(problems=tuple(problems))
    path = str(loaded.settings.feeds.opml)
    broken = [
        ConfigProblem(file=path, line=None, key="", message=problem.detail, hint="mend it, or export it anew")
        for problem in listed.problems
    ]
    remarks = (*_tag_remarks(loaded, listed.feeds), *_feed_remarks(loaded, listed.feeds))
    return Findings(problems=(*problems, *broken), remarks=remarks)


def _listed(loaded: LoadedSettings) -> OpmlList | None:
    """The feed list; None when there is none that can be read, which other checks tell."""
    from tracker.feeds.opml import parse_opml  # here, because only this command needs the feeds room

    try:
        return parse_opml(loaded.settings.feeds.opml.read_bytes())
    except OSError:
        return None


def _seeds_problems(loaded: LoadedSettings, watch: WatchSettings) -> Iterator[ConfigProblem]:
    folder = watch.seeds
    if folder is None or folder.is_dir():
        return
    what = "is no folder" if folder.exists() else "does not exist"
    hint = "make the folder and put a few example articles there"
    yield loaded.problem(f"watch[{watch.name}].seeds", f'the folder "{folder}" {what}', hint)


def _tag_remarks(loaded: LoadedSettings, listed: tuple[OpmlFeed, ...]) -> Iterator[ConfigProblem]:
    """Tags no feed of the list has; a feed that was added with `tracker feeds add --tag` may have them."""
    known = sorted({tag for feed in listed for tag in feed.tags})
    for watch in loaded.settings.watch:
        for tag in watch.feeds:
            if tag != "*" and tag not in known:
                near = difflib.get_close_matches(tag, known, n=1, cutoff=0.6)
                hint = f'did you mean "{near[0]}"?' if near else _known(known)
                message = f'no feed in {loaded.settings.feeds.opml.name} has the tag "{tag}"'
                yield loaded.problem(f"watch[{watch.name}].feeds", message, hint)


def _known(tags: list[str]) -> str:
    return f"its tags are {', '.join(tags[:10])}" if tags else "none of its feeds has a tag"


def _feed_remarks(loaded: LoadedSettings, listed: tuple[OpmlFeed, ...]) -> Iterator[ConfigProblem]:
    """[[feed]] tables for addresses the list does not have."""
    known = [feed.url for feed in listed]
    for table in loaded.settings.feed:
        if table.url not in known:
            near = difflib.get_close_matches(table.url, known, n=1, cutoff=0.9)
            hint = f'did you mean "{near[0]}"?' if near else "it counts only if tracker feeds list shows it"
            message = f"no feed in {loaded.settings.feeds.opml.name} has this address"
            yield loaded.problem(f"feed[{table.url}].url", message, hint)


def _secret_problems(loaded: LoadedSettings) -> Iterator[ConfigProblem]:
    """Secret files that are not there; commands are not run and variables may be set elsewhere."""
    for table in loaded.settings.feed:
        named = {f"header_files.{name}": path for name, path in table.header_files.items()}
        if table.password_file:
            named["password_file"] = table.password_file
        yield from _missing(loaded, f"feed[{table.url}]", named)
    for target in loaded.settings.alert:
        files = {"url_file": target.url_file, "secret_file": target.secret_file}
        yield from _missing(
            loaded, f"alert[{target.name}]", {key: path for key, path in files.items() if path}
        )


def _missing(loaded: LoadedSettings, table: str, named: Mapping[str, Path]) -> Iterator[ConfigProblem]:
    for key, path in named.items():
        if not path.is_file():
            message = f'the file "{path}" does not exist'
            yield loaded.problem(f"{table}.{key}", message, "write the secret into it")


def _alert_problems(loaded: LoadedSettings) -> Iterator[ConfigProblem]:
    """Watches that there are none of, addresses that may not be reached, and a library that is not installed."""
    names = [watch.name for watch in loaded.settings.watch]
    for target in loaded.settings.alert:
        for name in target.watches:
            if name != "*" and name not in names:
                near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
                hint = f'did you mean "{near[0]}"?' if near else f"there are: {', '.join(names)}"
                yield loaded.problem(f"alert[{target.name}].watches", f'no watch is called "{name}"', hint)
        refusal = _refusal(loaded, target.url) if target.url else ""
        if refusal:
            yield loaded.problem(f"alert[{target.name}].url", f'"{target.url}" may not be reached', refusal)
        if target.kind == "apprise" and find_spec("apprise") is None:
            hint = 'install it with: pip install "subject-tracker[alerts]"'
            yield loaded.problem(f"alert[{target.name}].kind", "needs Apprise, which is not installed", hint)


def _refusal(loaded: LoadedSettings, url: str) -> str:
    """Why the guard would refuse an address by its text; a name is looked up only when an alert leaves."""
    from tracker.fetch.policy import FetchPolicy  # here, because only targets of alerts need the fetch room
    from tracker.fetch.target import Target, check_url

    judged = check_url(url, FetchPolicy(allow_hosts=loaded.settings.http.allow_hosts))
    return "" if isinstance(judged, Target) else judged.detail
