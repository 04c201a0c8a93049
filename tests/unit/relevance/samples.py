"""Small texts of our own about an invented quarrel, with everything scoring needs."""

from __future__ import annotations

from typing import Any

from tracker.model import Relevance, Seed, Topic, Watch, WatchName
from tracker.relevance import (
    NOTHING_JUDGED,
    Background,
    CompiledProfile,
    Judged,
    RelevancePolicy,
    analyse,
    build_profile,
    increments_of,
    score_article,
)

POLICY = RelevancePolicy()
NAME = WatchName("lithium")

SEED_TEXTS = (
    (
        "Chile and Japan open lithium talks",
        (
            "Officials of Chile and Japan met in Santiago to speak about lithium. Tokyo wants long contracts for battery "
            "makers, and Chile wants refineries. The lithium working group will meet again in Tokyo, the ministry said. "
            "Brine from the Atacama holds most of what Japanese carmakers buy."
        ),
    ),
    (
        "Japan signs lithium supply accord with Chile",
        (
            "Japan and Chile signed an accord on lithium supply. Japanese battery makers will pay for refineries near "
            "Antofagasta. The Chilean ministry of mining called the lithium contracts fair, and a joint working group "
            "will watch over the brine wells."
        ),
    ),
    (
        "Lithium working group of Chile and Japan meets",
        (
            "The joint working group on lithium met in Tokyo. Chile reported on brine wells and refineries; Japan on "
            "battery demand. Both ministries praised the contracts and agreed on a further lithium meeting in Santiago."
        ),
    ),
    (
        "Tokyo presses Chile over lithium refineries",
        (
            "Japan asked Chile to speed up two lithium refineries. Battery makers in Japan fear a shortage of lithium. "
            "Chilean officials said the contracts leave time, and pointed to the working group."
        ),
    ),
)
NEAR = (
    "Chile promises Japan more lithium",
    (
        "Chile will raise lithium supply to Japan, its mining ministry said. Japanese battery makers welcomed the "
        "contracts; the joint working group meets next month over refineries and brine."
    ),
)
WORDS_ONLY = (
    "Bolivia looks at lithium refineries",
    (
        "Bolivia wants refineries for lithium brine, its mining ministry said. Battery makers asked for contracts, and a "
        "working group will look at supply."
    ),
)
PLACES_ONLY = (
    "Chile and Japan sign film accord",
    (
        "Chile and Japan agreed to share film archives. Japanese directors will show their work in Santiago, and Chilean "
        "actors will perform in Tokyo next spring."
    ),
)
FAR = (
    "Late goal decides the derby",
    "A header in the last minute gave the home side three points before a full stadium.",
)
TOPICS = (Topic(name="lithium", phrases=("brine wells", "battery makers")), Topic(name="working group"))


def seeds(count: int = 4, **changed: Any) -> tuple[Seed, ...]:
    """Make `count` seeds, going round the four texts."""
    texts = [SEED_TEXTS[at % len(SEED_TEXTS)] for at in range(count)]
    return tuple(
        Seed(name=f"s{at}", title=title, text=text, **changed) for at, (title, text) in enumerate(texts)
    )


def watch(**changed: Any) -> Watch:
    """Make the watch, with fields changed."""
    return Watch(**{"name": NAME, "title": "Lithium", "seeds": seeds(), "topics": TOPICS, **changed})


def profile(background: Background | None = None, **changed: Any) -> CompiledProfile:
    """Compile the watch."""
    return build_profile(watch(**changed), background or Background(), POLICY)


def score(
    compiled: CompiledProfile,
    text: tuple[str, str],
    *,
    background: Background | None = None,
    language: str | None = None,
    judged: Judged = NOTHING_JUDGED,
) -> Relevance:
    """Score one (title, text)."""
    return score_article(
        compiled, analyse(*text, language), background or Background(), POLICY, judged=judged
    )


def stream(*texts: tuple[str, str], times: int = 1) -> Background:
    """Make a background that saw these texts."""
    background = Background()
    for text in texts:
        for _ in range(times):
            background.observe(increments_of(analyse(*text, None), []))
    return background


def told(relevance: Relevance) -> dict[str, str]:
    """Return the reasons' texts by kind."""
    return {reason.kind: reason.text for reason in relevance.reasons}
