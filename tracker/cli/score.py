"""`tracker score`: any document against the watches, nothing stored."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.archive import archive_rows
from tracker.cli.article_view import relevance_lines
from tracker.cli.options import json_option
from tracker.cli.output import echo_json, echo_jsonl, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.errors import UsageError
from tracker.model import Relevance
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import Tracker

__all__ = ["command", "relevance_fields"]

_ARCHIVES = (".jsonl", ".jsonl.gz")


@click.command(cls=Command)
@click.argument("document", metavar="FILE|URL|-")
@json_option
@pass_session
def command(session: Session, document: str, as_json: bool) -> None:
    """Score a text, Markdown or HTML file, a web page, or standard input; stores nothing.

    A .jsonl file with id, title, text (and lang) on each line gives one line of JSON for each.
    """
    with session.tracker() as tracker:
        if document.endswith(_ARCHIVES):
            echo_jsonl(_archive_scores(tracker, Path(document)))
            return
        title, scores, note = _scored(tracker, document)
    if as_json:
        echo_json({"title": title, "note": note, "scores": [relevance_fields(score) for score in scores]})
        return
    width = terminal_width()
    blocks = ["\n".join(relevance_lines(score, width)) for score in scores]
    click.echo("\n\n".join([clean_line(title) or "(no title)", *blocks]))
    if note:
        session.say(clean_line(note))


def relevance_fields(relevance: Relevance) -> dict[str, Any]:
    """Return one watch's score with its reasons; `passed` is the decision at the threshold."""
    return {
        "watch": relevance.watch,
        "score": relevance.score,
        "threshold": relevance.threshold,
        "passed": relevance.passes,
        "topics": {topic.topic: topic.score for topic in relevance.topics},
        "reasons": relevance.reasons,
        "profile_version": relevance.profile_version,
    }


def _scored(tracker: Tracker, document: str) -> tuple[str, tuple[Relevance, ...], str]:
    if document.startswith(("http://", "https://")):
        article, scores, sentence = tracker.score_url(document)
        if article is None:
            raise UsageError(
                f"{document} could not be read: {clean_line(sentence)}", hint="Save its text and score that."
            )
        return article.title, scores, sentence
    from tracker.settings.seeds import document_of, document_of_text

    is_input = document == "-"
    found = document_of_text(sys.stdin.buffer.read()) if is_input else document_of(Path(document))
    if not found.title and not found.text:
        raise UsageError("There is no text to score.")
    return found.title, tracker.score_text(found.title, found.text, found.language), ""


def _archive_scores(tracker: Tracker, path: Path) -> Iterator[dict[str, Any]]:
    for row in archive_rows(path):
        if isinstance(row, str):
            raise UsageError(f"{path} has a line that is {row}.", hint="Mend or drop the line.")
        title, text, language = (str(row.get(key) or "") for key in ("title", "text", "lang"))
        scores = tracker.score_text(title, text, language or None)
        for score in scores:
            yield {"id": row.get("id"), **relevance_fields(score)}
