"""The knobs of likeness, each with the rule that reads it.

The values were chosen on a labelled development set of 12,110 news items and confirmed on a second one; the
containment threshold may move by 0.02 without changing F1 by 0.002.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["LikenessPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LikenessPolicy:
    """When one article folds into another. Shares are 0..1, title likeness is 0..100, sizes count shingles."""

    # Looking up candidates
    posting_cap: int = 64
    """A sketch value held by more articles than this is a stock phrase and is ignored."""
    shared_values: int = 2
    """Sketch values a candidate must share (texts with a tiny sketch: a third of them, at least one)."""
    verified: int = 4
    """How many of the best candidates are compared in full."""
    nearly_as_many: float = 0.5
    """Candidates that share less than this of what the best shares are compared only if none of the others folds."""
    exact_checked: int = 8
    """How many articles with the very same body words are looked at."""
    same_sketch: float = 0.95
    """From this similarity on a copy is found by the values of the text it copies."""
    boilerplate_count: int = 3
    """A sentence seen in this many unlinked articles is the site's, not the article's."""

    # R1: enough in common
    min_shared: int = 8
    min_containment: float = 0.60
    min_own_share: float = 0.33
    """Where less of a text than this is its own, it is a standing notice and folds only when equal."""

    # R2: short texts need a like title
    short_size: int = 60
    min_title: float = 60.0
    min_title_words_found: float = 0.50
    tiny_size: int = 8
    """Below this even equal texts fold only under equal titles and within `other_issue_gap`."""

    # R3: template reports, told by the facts that differ
    other_issue_gap: timedelta = timedelta(hours=18)
    """Apart by this much, a like text is the next issue of a periodic report sooner than a copy."""
    conflicts: int = 2
    conflict_rate: float = 0.40
    late_conflict_rate: float = 0.12
    late_jaccard: float = 0.98
    numbered_title: float = 70.0
    numbered_title_close: float = 80.0
    numbered_conflict_rate: float = 0.20
    small_size: int = 80
    small_conflict_rate: float = 0.30
    small_gap: timedelta = timedelta(hours=1)

    # R4: tables, told by their numbers
    table_numbers: int = 6
    table_density: float = 0.08
    min_numbers_shared: float = 0.50
    late_numbers_shared: float = 0.80

    # R5: shared footers and notes about the author
    min_lead: float = 0.40
    strange_lead: float = 0.60
    """In place of `min_lead` where titles do not meet: a brief under a long footer opens with the footer soon."""
    lead_jaccard: float = 0.80

    # R6: digests that hold the other article as one part
    digest_ratio: float = 0.35
    min_start: float = 0.50
    digest_title: float = 80.0

    # R7: the middle band needs one more sign
    clear_containment: float = 0.70
    middle_jaccard: float = 0.33
    recycled_containment: float = 0.75
    recycled_gap: timedelta = timedelta(days=10)

    # Windows the features look through, in words or shingles
    lead_words: int = 60
    start_shingles: int = 40
    head_share: float = 1 / 3
    min_head: int = 60

    # Kinds
    truncated_containment: float = 0.80
    truncated_ratio: float = 0.75
    passage_words: int = 8
    """So many words in a row that the other text has not are a passage, or half as many with a new figure."""
    reworded_share: float = 0.35
    """A passage with so many of its words in the other text's at the same place is that one, reworded or misread."""
    changed_share: float = 0.25
    """Where facts are a smaller part of all changed places, a changed name is a misprint; other figures never are."""
    furniture_share: float = 0.15
    """A stretch with so many words of subscribing, sharing and rights is the site's and not the article's."""
    credit_words: int = 30
    credit_share: float = 0.60
    """At an end of a text, a stretch up to so long, so much of it names and words of the trade, is a credit line."""
    related_containment: float = 0.35
    related_title: float = 60.0

    # When facts and names agree
    name_likeness: float = 75.0
    number_likeness: float = 60.0
    text_likeness: float = 80.0
