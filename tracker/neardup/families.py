"""Who a family's text comes from, by what its members say of themselves and not by who was met first.

In order: a page that other members name as canonical; the credited agency's or outlet's own page; the earliest member
that credits it; the earliest published. A correction or update speaks for a family only if there is nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tracker.model import ArticleId, Likeness, StoredArticle
from tracker.neardup.credit import agency_of, correction_in, credit_in
from tracker.neardup.policy import LikenessPolicy
from tracker.urls import is_same_site

__all__ = ["Lead", "is_worth_indexing", "lead_of"]


class Lead(NamedTuple):
    """The member that speaks for a family, whose text it is (an agency, an outlet), and what says so."""

    id: ArticleId
    source: str
    reason: str


def is_worth_indexing(likeness: Likeness, policy: LikenessPolicy) -> bool:
    """Whether an article's sketch finds texts that the sketch of its match does not.

    Equal and nearly equal copies add only length to the index, and a text carried by more outlets than
    `posting_cap` would make its own values count as stock phrases.
    """
    return not likeness.is_duplicate or likeness.similarity < policy.same_sketch


def lead_of(members: Sequence[StoredArticle]) -> Lead:
    """Choose the original of a family of at least one member; the order they are given or were met in is no reason."""
    ordered = sorted(members, key=_age)
    plain = [one for one in ordered if not correction_in(one.article.title, one.article.text)] or ordered
    if named := _named_canonical(plain):
        return Lead(named.id, _outlet(named), "canonical link")
    source, where = _credited(plain)
    if source:
        own = [one for one in plain if _is_own(one, source)]
        chosen = own or [one for one in plain if _credit(one)[0] == source]
        return Lead(chosen[0].id, source, where)
    first = plain[0]
    if len(members) == 1:
        return Lead(first.id, _outlet(first), "the only one")
    told = "first published" if first.article.published_at else "first seen"
    return Lead(first.id, _outlet(first), told)


def _named_canonical(members: Iterable[StoredArticle]) -> StoredArticle | None:
    """The member on whose site another member, of another site, says that the page belongs."""
    pairs = [(one, other) for one in members for other in members if one is not other]
    return next(
        (
            owner
            for owner, carrier in pairs
            if not is_same_site(carrier.article.canonical_url, carrier.article.url)
            and is_same_site(carrier.article.canonical_url, owner.article.url)
            and not is_same_site(carrier.article.url, owner.article.url)
        ),
        None,
    )


def _credited(members: Sequence[StoredArticle]) -> tuple[str, str]:
    """Who most members credit, of equals the one that the earliest names."""
    found = [credit for one in members if (credit := _credit(one))[0]]
    names = [name for name, _ in found]
    return max(found, key=lambda credit: names.count(credit[0])) if found else ("", "")


def _credit(member: StoredArticle) -> tuple[str, str]:
    if agency := agency_of(member.article.outlet):
        return agency, "its own page"
    return credit_in(member.article.text, member.article.byline)


def _is_own(member: StoredArticle, source: str) -> bool:
    outlet = member.article.outlet
    return (agency_of(outlet) or outlet.strip()).casefold() == source.casefold()


def _outlet(member: StoredArticle) -> str:
    return member.article.outlet


def _age(member: StoredArticle) -> tuple[datetime, str, int]:
    """Earliest published first, never later than seen; then by address, which no order of arrival changes."""
    published = member.article.published_at or member.first_seen_at
    return min(published, member.first_seen_at), member.article.canonical_url, member.revision
