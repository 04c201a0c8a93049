"""The same stream in another order: the same families, the same originals, the same stories."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from tests.builders import NOW, article, entry, watch
from tests.unit.neardup.samples import OTHER_TEXT, OTHER_TITLE, PARAGRAPHS, TEXT, TITLE
from tracker.app.front import SystemClock
from tracker.model import Article, StoredArticle
from tracker.neardup.families import lead_of
from tracker.neardup.policy import LikenessPolicy
from tracker.pipeline.ingest import Draft, Ingester
from tracker.pipeline.scoring import Scoring
from tracker.relevance import RelevancePolicy
from tracker.store import open_store
from tracker.stories import StoryPolicy

PLACED = f"LORN (Coast Wire) — {TEXT}"
TOLD_AGAIN = (
    "Nine years of building ended in Lorn this week when Mayor Ines Calder started the turbines of the tidal power plant "
    "behind the new barrage. Lorn Marine Energy, which runs it, hopes to sell the first electricity within a month. "
    "Fishermen of the northern bank, whose flounder have become fewer, took their complaint to the court in the capital."
)
STREAM: dict[str, tuple[str, str]] = {
    "coast-wire": (TITLE, TEXT),
    "beacon": (TITLE, PLACED),
    "star": (f"{TITLE} - Star", PLACED),
    "evening": ("Tidal plant opens in Lorn", f"{PLACED}\n\nThe Evening has asked the operator for comment."),
    "corrected": (f"CORRECTED-{TITLE}", PLACED.replace("24 turbines", "26 turbines")),
    "told-again": ("Lorn's mayor starts the turbines of the tidal power plant", TOLD_AGAIN),
    "school": (OTHER_TITLE, OTHER_TEXT),
    "school-copy": (OTHER_TITLE, f"{OTHER_TEXT} Photographs: the school."),
    "fishermen": ("Fishermen ask a court", PARAGRAPHS[2]),
}


def published(name: str) -> Article:
    title, text = STREAM[name]
    outlet = "Coast Wire" if name == "coast-wire" else name.title()
    hours = list(STREAM).index(name)
    return article(
        url=f"https://{name}.example/story", title=title, text=text, outlet=outlet, language="en",
        published_at=NOW + timedelta(minutes=10 * hours),
    )  # fmt: skip


def ingested(folder: Path, order: list[str]) -> dict[str, StoredArticle]:
    everything = watch(threshold=0.0)
    store = open_store(f"sqlite:///{folder}/order.db")
    ingester = Ingester(
        Scoring(store, SystemClock(), [everything], RelevancePolicy()), LikenessPolicy(), StoryPolicy()
    )
    ingester.refresh()
    with store.ingesting() as session:
        for name in order:
            made = published(name)
            listed = entry(
                key=name, guid=name, url=made.url, canonical_url=made.canonical_url, title=made.title
            )
            seen_at = NOW + timedelta(days=1)
            ingester.ingest(
                session, Draft(feed_id=None, entry=listed, first_seen_at=seen_at, article=made), [everything]
            )
    found = {name: store.article(published(name).url) for name in order}
    store.close()
    return found


def parts(found: dict[str, StoredArticle]) -> set[frozenset[str]]:
    return {
        frozenset(other for other, its in found.items() if its.family_id == one.family_id)
        for one in found.values()
    }


@pytest.mark.parametrize("seed", range(4))
def test_families_and_originals_do_not_depend_on_the_order_of_arrival(tmp_path: Path, seed: int) -> None:
    order = Random(seed).sample(list(STREAM), len(STREAM))
    found = ingested(tmp_path, order)
    wire = {"coast-wire", "beacon", "star", "evening", "corrected"}
    family = next(part for part in parts(found) if "coast-wire" in part)
    assert family >= wire
    assert not family & {"told-again", "school", "school-copy"}
    lead = lead_of([found[name] for name in family])
    assert (lead.source, lead.id) == ("Coast Wire", found["coast-wire"].id)
    assert frozenset({"school", "school-copy"}) in parts(found)


@pytest.mark.parametrize("seed", range(2))
def test_a_copy_belongs_to_its_familys_story_and_an_independent_report_joins_it(
    tmp_path: Path, seed: int
) -> None:
    found = ingested(tmp_path, Random(seed).sample(list(STREAM), len(STREAM)))
    stories = {name: one.story_id for name, one in found.items()}
    assert len({stories[name] for name in ("coast-wire", "beacon", "star", "evening", "corrected")}) == 1
    assert stories["told-again"] == stories["beacon"]
    assert stories["school"] == stories["school-copy"] != stories["beacon"]
