"""Articles: the text of a page, what kind of text it is, and the best that can be had when the page fails.

Opens nothing itself. `extract_page` is loaded at first use: only the sandboxed child, which calls it, should pay for
trafilatura.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from tracker.articles.choose import article_from_page, choose_article
from tracker.articles.dates import choose_published
from tracker.articles.grade import Expectation, Graded, grade_text

if TYPE_CHECKING:
    from tracker.articles.extract import extract_page

__all__ = [
    "Expectation",
    "Graded",
    "article_from_page",
    "choose_article",
    "choose_published",
    "extract_page",
    "grade_text",
]


def __getattr__(name: str) -> object:
    """Load what is expensive when it is asked for (PEP 562)."""
    if name == "extract_page":
        return import_module("tracker.articles.extract").extract_page
    raise AttributeError(name)
