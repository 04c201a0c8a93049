"""`tracker ingest`: articles from an archive, exactly as if polled."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.archive import archive_rows, check_readable
from tracker.cli.fetch import print_report
from tracker.cli.options import json_option, jsonl_option
from tracker.cli.session import Command, Session, pass_session

__all__ = ["command"]


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE.jsonl")
@click.option("--full", is_flag=True, help="Put the text of each item into the JSON.")
@json_option
@jsonl_option
@pass_session
def command(session: Session, file: Path, full: bool, as_json: bool, as_jsonl: bool) -> int:
    """Take in articles from FILE (one JSON object a line; - for standard input), in its order.

    Fields: id, url, title, text, published, and where known outlet and lang. A line that cannot be taken in is named
    and harms no other; the command then ends with 4.
    """
    if str(file) != "-":
        check_readable(file)
    with session.tracker() as tracker, session.progress() as progress:
        report = tracker.ingest(archive_rows(file), progress=progress)
    print_report(report, full=full, as_json=as_json, as_jsonl=as_jsonl)
    return 4 if report.problems else 0
