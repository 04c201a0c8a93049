"""How relevant an article is to a watch. The doors: analyse a text once, build a profile, score, observe.

Order of work for an item: `analyse`, then `score_article` for every watch, then `increments_of` into both the store and
the `Background`; rebuild a profile when `is_stale`. `learn_from` turns judgements into a shift. Reading order:
`analysis.py`, `wording.py`, `facets.py`, `profile.py`, `score.py`, `explain.py`.
"""

from tracker.relevance.analysis import Analysed, analyse
from tracker.relevance.background import Background, Frequencies, increments_of
from tracker.relevance.describe import Description, describe_profile
from tracker.relevance.learn import NOTHING_JUDGED, Judged, learn_from
from tracker.relevance.meaning import Encoder, meaning_text
from tracker.relevance.places import code_of, place_name
from tracker.relevance.policy import RelevancePolicy
from tracker.relevance.profile import CompiledProfile, build_profile
from tracker.relevance.score import score_article

__all__ = [
    "NOTHING_JUDGED",
    "Analysed",
    "Background",
    "CompiledProfile",
    "Description",
    "Encoder",
    "Frequencies",
    "Judged",
    "RelevancePolicy",
    "analyse",
    "build_profile",
    "code_of",
    "describe_profile",
    "increments_of",
    "learn_from",
    "meaning_text",
    "place_name",
    "score_article",
]
