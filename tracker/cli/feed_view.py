"""Feeds as people and programs read them: one in the list, one in full, those found for an address, one tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from tracker.app.fields import feed_fields
from tracker.app.fields import feed_view_fields as view_fields
from tracker.cli.output import ago, counted, local, until
from tracker.model import Feed, FeedHealth, FeedMove, PollReport
from tracker.polling.telling import rhythm_words
from tracker.text.columns import fit, pad, wrap
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import FeedTest
    from tracker.app.feed_views import Discovery, FeedView, FoundFeed

__all__ = [
    "discovery_lines",
    "feed_fields",
    "feed_lines",
    "feed_text",
    "rhythm_words",
    "trial_lines",
    "view_fields",
]

_HEALTH_COLUMNS = 12
_LABEL_COLUMNS = 14
_COLOURS = {FeedHealth.OK: "green", FeedHealth.NEW: "cyan", FeedHealth.GONE: "red", FeedHealth.FAILING: "red"}
_ENTRIES_SHOWN = 5


def feed_lines(
    feed: Feed, health: FeedHealth, sentence: str, *, width: int, now: datetime, full: bool = False
) -> list[str]:
    """Write one feed: condition, name, when it last brought something, what is wrong and what mends it.

    `full` adds its rhythm, where it says it has gone, and how long its host asked to be left alone.
    """
    state = feed.state
    word = click.style(
        pad(health.value, max(_HEALTH_COLUMNS, len(health.value) + 1)), fg=_COLOURS.get(health, "yellow")
    )
    times = f"new {ago(state.last_new_at, now)}, next {until(state.next_poll_at, now)}"
    name = clean_line(feed.title) or clean_line(feed.url)
    room = width - len(click.unstyle(word)) - len(times) - 2
    lines = [f"{word}{pad(name, room)}  {times}"]
    said = [clean_line(feed.url)] if feed.title else []
    notes = [clean_line(sentence), *(note for _, note in (_notes(feed, now) if full else []))]
    said += [line for note in notes for line in wrap(note, width - _HEALTH_COLUMNS)]
    return lines + [" " * _HEALTH_COLUMNS + line for line in said]


def feed_text(view: FeedView, *, width: int, now: datetime) -> str:
    """Write all that is known of one feed."""
    feed, state = view.feed, view.feed.state
    validators = state.validators
    named = (
        [
            name
            for name, value in (("ETag", validators.etag), ("Last-Modified", validators.last_modified))
            if value
        ]
        if validators
        else []
    )
    rows = [
        ("tags", clean_line(", ".join(feed.tags))),
        ("site", clean_line(feed.site_url or "")),
        ("added", local(feed.added_at)),
        ("last polled", ago(state.last_polled_at, now)),
        ("last success", ago(state.last_success_at, now)),
        ("next poll", until(state.next_poll_at, now)),
        ("asks with", " and ".join(named)),
        *_notes(feed, now),
    ]
    lines = feed_lines(feed, view.health, view.sentence, width=width, now=now)
    for label, text in rows:
        if text:
            first, *rest = wrap(text, width - _LABEL_COLUMNS)
            lines += [f"{pad(label, _LABEL_COLUMNS)}{first}", *(" " * _LABEL_COLUMNS + line for line in rest)]
    lines += ["", "Moves:", *(f"  {_move_line(move)}" for move in view.moves)] if view.moves else []
    lines += (
        ["", "Polls:", *(fit(f"  {_poll_line(poll)}", width) for poll in view.polls)] if view.polls else []
    )
    return "\n".join(lines)


def discovery_lines(found: Discovery, *, width: int) -> list[str]:
    """Write the feeds found for an address, each with the command that follows it."""
    if found.is_feed:
        return [f"{clean_line(found.url)} is itself a feed.", *_found_lines(found.found[0], width)]
    if not found.found:
        return [f"No feed was found; {counted(found.tried, 'address', 'addresses')} tried."]
    return [line for one in found.found for line in _found_lines(one, width)]


def trial_lines(tried: FeedTest, *, width: int) -> list[str]:
    """Write what a tried address answered, what it lists, and what would be done next."""
    word = click.style("ok", fg="green") if tried.ok else click.style("failed", fg="red")
    name = clean_line(tried.title) or clean_line(tried.url)
    rows = [
        ("answered by", tried.final_url if tried.final_url != tried.url else ""),
        ("now at", tried.moved_to or ""),
        ("format", tried.format),
        ("characters", tried.charset),
        ("caching", "; ".join(f"{name}: {value}" for name, value in tried.caching.items())),
        ("older entries", tried.older_url or ""),
        ("next poll", f"{_span(tried.next_poll_in)} after this one"),
    ]
    lines = wrap(f"{name}: {clean_line(tried.sentence)}", width - 8)
    shown = [f"{word}  {lines[0]}", *("    " + line for line in lines[1:])]
    shown += [fit(f"  {pad(label, _LABEL_COLUMNS)}{clean_line(text)}", width) for label, text in rows if text]
    for entry in tried.entries[:_ENTRIES_SHOWN]:
        day = local(entry.published_at) if entry.published_at else "no date         "
        shown.append(f"  {day}  {fit(clean_line(entry.title), width - 20)}")
    return shown


def _notes(feed: Feed, now: datetime) -> list[tuple[str, str]]:
    """What is worth knowing beside a feed's condition."""
    state, notes = feed.state, []
    if words := rhythm_words(state.rhythm):
        notes.append(("rhythm", words))
    if state.held_until and state.held_until > now:
        notes.append(("rests", f"left alone until {local(state.held_until)}, as its host asked"))
    if state.moved_to:
        seen = counted(state.moved_sightings, "time")
        notes.append(("moving", f"the server sends to {clean_line(state.moved_to)} for good (seen {seen})"))
    if state.notice:
        notes.append(("notice", clean_line(state.notice)))
    return notes


def _found_lines(one: FoundFeed, width: int) -> list[str]:
    newest = f", newest {local(one.newest_at)[:10]}" if one.newest_at else ""
    mark = "followed already" if one.is_followed else one.origin
    facts = f"{one.format}, {counted(one.entries, 'entry', 'entries')}{newest}; {mark}"
    lines = [fit(clean_line(one.title) or "(no title)", width), f"    {facts}"]
    if one.also:
        lines.append(fit(f"    also as {clean_line(', '.join(one.also))}", width))
    return [
        *lines,
        f"    {clean_line(one.url)}" if one.is_followed else f"    tracker feeds add {_shell(one.url)}",
    ]


def _shell(url: str) -> str:
    """Quote an address that a shell would take apart."""
    text = clean_line(url)
    return (
        text if all(c.isalnum() or c in ":/._-%=+,@~" for c in text) else "'" + text.replace("'", "%27") + "'"
    )


def _move_line(move: FeedMove) -> str:
    undone = f"; undone {local(move.undone_at)}" if move.undone_at else ""
    addresses = f"{clean_line(move.from_url)} -> {clean_line(move.to_url)}"
    return f"{local(move.moved_at)}  {addresses} ({clean_line(move.reason)}){undone}"


def _poll_line(poll: PollReport) -> str:
    counts = f"{poll.listed} listed, {poll.new} new, {poll.changed} changed"
    said = f": {clean_line(poll.detail)}" if poll.detail else ""
    code = f" {poll.code}" if poll.code else ""
    return f"{local(poll.polled_at)}  {pad(poll.status.value, 9)}  {counts}{code}{said}"


def _span(span: timedelta) -> str:
    minutes = max(round(span / timedelta(minutes=1)), 1)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"
