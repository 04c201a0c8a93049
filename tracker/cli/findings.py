"""What was found in order and what not: lines for a terminal and fields for JSON, shared by doctor and health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from tracker.logs import redacted
from tracker.text.columns import wrap
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app.diagnosis import Finding

__all__ = ["finding_fields", "finding_lines"]

_COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}
_INDENT: Final = 18


def finding_lines(finding: Finding, width: int) -> list[str]:
    """Write how it stands, what it is, the sentence, and below it what mends it."""
    mark = click.style(f"{finding.level.value:<5}", fg=_COLOURS[finding.level.value])
    first, *more = wrap(redacted(clean_line(finding.sentence)), width - _INDENT) or [""]
    lines = [f"{mark} {finding.check:<11} {first}", *(" " * _INDENT + line for line in more)]
    if finding.fix:
        fixes = wrap(f"fix: {redacted(clean_line(finding.fix))}", width - _INDENT)
        lines += [" " * _INDENT + line for line in fixes]
    return lines


def finding_fields(finding: Finding) -> dict[str, str]:
    """Return the same as one object."""
    return {
        "check": finding.check,
        "level": finding.level.value,
        "sentence": redacted(finding.sentence),
        "fix": redacted(finding.fix),
    }
