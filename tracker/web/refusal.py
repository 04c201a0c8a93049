"""What somebody is told who does not get what he asked for: a program a document, whoever refuses."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.types import Scope

from tracker.errors import TrackerError
from tracker.outputs.json_text import json_text
from tracker.text.display import clean_line
from tracker.urls import clickable_url

__all__ = ["is_api", "refusal", "unaddressed"]

_API: Final = "/api/"
_IT: Final = "This address"
_CODES: Final = {
    400: "makes_no_sense", 401: "no_token", 403: "refused", 404: "not_found", 405: "method", 408: "too_slow",
    409: "exists", 413: "too_large", 414: "too_large", 415: "content_type", 421: "host", 429: "too_many_attempts",
    502: "failed", 503: "busy",
}  # fmt: skip


def is_api(scope: Scope) -> bool:
    """Whether a program asks, for the JSON API."""
    return str(scope["path"]).startswith(_API)


def unaddressed(error: TrackerError, url: str) -> str:
    """Say what is wrong with the address that was asked, and the remedy, as the command line does; without it."""
    said, bare = str(error), url.partition("#")[0]
    for form in (clickable_url(bare), clickable_url(f"https://{bare}")):
        said = said.replace(form, _IT) if form else said
    said = f"{_IT}{said[len(url) :]}" if url and said.startswith(url) else said
    return clean_line(f"{said.removeprefix(f'{_IT}: ')} {error.hint}", 400)


def refusal(status: int, sentence: str) -> Response:
    """Return `{"error": {"code", "sentence"}}`; the sentence is ours and carries nothing of what was asked."""
    error = {"code": _CODES.get(status, "error"), "sentence": sentence}
    return Response(json_text({"error": error}) + "\n", status, media_type="application/json")
