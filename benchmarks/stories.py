"""Stories against two plain groupings on one stream: python -m benchmarks.stories [--sweep] [--speed]

B-cubed precision, recall and F1 (Amigó et al. 2009) over the items whose event is known. The program's own figure comes
from the whole path: compared, folded, grouped, merged, split and stored in SQLite, in order of publication. The plain
groupings are single-pass TF-IDF with sublinear term frequency and centroid cosine; they know the document frequencies
of the whole stream beforehand and get the threshold that suits them best.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tracker.app.front import SystemClock
from tracker.model import Article, Entry, Seed, StoryId, StorySketch, TextGrade, TextSource, Watch, WatchName
from tracker.neardup.policy import LikenessPolicy
from tracker.pipeline.ingest import Draft, Ingester
from tracker.pipeline.scoring import Scoring
from tracker.relevance import RelevancePolicy
from tracker.store import open_store
from tracker.stories import Centroid, OpenStories, StoryPolicy
from tracker.text.tokens import base_word, words

_SHARED = Path(__file__).resolve().parents[2] / "shared/data"
_DISTRACTORS = 250
_THRESHOLDS = (0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3)
Event = Mapping[str, int]
_TOLD_TOO = {
    "t2a32fc5f0c": "sg02", "t0f235af5f0": "sg04", "t15b0870c00": "sg06", "tdf20ffc8b1": "sg10", "tb595a60719": "sg15",
    "t1aa277602b": "sg15",
}  # fmt: skip
"""Articles of the set that tell one of the six events too, by reading: the set names only its wire texts' reports."""
_UNCLEAR = (
    "tfcac878789",
)  # told the day after one of the six, of which it may be part: neither right nor wrong


def bcubed(story: Mapping[str, object], event: Event) -> tuple[float, float, float]:
    """Precision, recall and F1 over the items of `event`; other items in their stories count against precision."""
    members, told = defaultdict(list), Counter(event.values())
    for name, where in story.items():
        if name not in _UNCLEAR:
            members[where].append(name)
    right = {n: sum(event.get(other) == e for other in members[story[n]]) for n, e in event.items()}
    precision = sum(right[n] / len(members[story[n]]) for n in event) / len(event)
    recall = sum(right[n] / told[event[n]] for n in event) / len(event)
    return precision, recall, 2 * precision * recall / (precision + recall)


def grouped(items: Sequence[Mapping[str, Any]], policy: StoryPolicy) -> dict[str, object]:
    """Which story the program puts each item into."""
    everything = Watch(
        name=WatchName("all"), title="Everything", threshold=0.0, topics=(),
        seeds=(Seed(name="seed", title="News of the day", text="What was reported today. " * 20),),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/stories.db")
        scoring = Scoring(store, SystemClock(), [everything], RelevancePolicy())
        ingester = Ingester(scoring, LikenessPolicy(), policy)
        for start in range(0, len(items), 20):
            ingester.refresh()
            with store.ingesting() as session:
                for item in items[start : start + 20]:
                    ingester.ingest(session, _draft(item), [everything])
        found = {item["id"]: store.article(item["id"]).story_id for item in items}
        store.close()
    return {name: story if story is not None else f"alone {name}" for name, story in found.items()}


def plain(texts: Mapping[str, str], threshold: float) -> dict[str, object]:
    """Single pass over texts in order: each joins the story with the nearest centroid, or opens one."""
    counts = {name: Counter(filter(None, map(base_word, words(text)))) for name, text in texts.items()}
    held = Counter(word for count in counts.values() for word in count)
    stories: list[dict[str, float]] = []
    story: dict[str, object] = {}
    for name, count in counts.items():
        weights = {w: (1 + math.log(n)) * math.log(len(texts) / held[w]) for w, n in count.items()}
        norm = math.sqrt(sum(x * x for x in weights.values())) or 1.0
        unit = {word: weight / norm for word, weight in weights.items()}
        scores = [_cosine(unit, centroid) for centroid in stories]
        best = max(range(len(stories)), key=scores.__getitem__, default=-1)
        if best < 0 or scores[best] < threshold:
            stories.append({})
            best = len(stories) - 1
        for word, weight in unit.items():
            stories[best][word] = stories[best].get(word, 0.0) + weight
        story[name] = best
    return story


def modern() -> tuple[list[dict[str, Any]], Event]:
    """News of 2016 to 2018 with known events, among BBC articles of other years."""
    folder = _SHARED / "neardup"
    gold = json.loads((folder / "modern.gold.json").read_text(encoding="utf-8"))
    event = {name: number for number, names in enumerate(gold["events"]) for name in names}
    with gzip.open(folder / "modern.items.jsonl.gz", "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    others = sorted(i["id"] for i in items if i["id"].startswith("bbc-") and i["id"] not in event)
    chosen = event.keys() | set(random.Random(7).sample(others, _DISTRACTORS))
    return _in_order(item for item in items if item["id"] in chosen), event


def topic() -> tuple[list[dict[str, Any]], Event]:
    """Reports of six events, copies of wire texts among them, among other articles on the same subject."""
    read = [
        json.loads(line)
        for name in ("syndication.jsonl", "documents.jsonl")
        for line in (_SHARED / "topic" / name).read_text(encoding="utf-8").splitlines()
    ]
    event = {item["id"]: item["group"] for item in read if "group" in item} | _TOLD_TOO
    groups = sorted(set(event.values()))
    return _in_order(read), {name: groups.index(group) for name, group in event.items()}


def speed(stories: int, policy: StoryPolicy) -> dict[str, float]:
    """Milliseconds to read the open stories anew, and for one article to be placed among them."""
    chance = random.Random(5)
    common = [f"word{n}" for n in range(4_000)]
    odds = [1 / (rank + 20) for rank in range(len(common))]
    vectors = [
        {word: 1 / math.sqrt(policy.terms) for word in chance.choices(common, odds, k=policy.terms)}
        for _ in range(stories + 200)
    ]
    now = datetime(2026, 11, 20, tzinfo=UTC)
    sketches = [
        StorySketch(id=StoryId(n), terms=Centroid.of(v, now).to_json(), last_at=now)
        for n, v in enumerate(vectors[:stories], start=1)
    ]
    held = OpenStories(policy)
    times = {
        "first sync ms": _timed(lambda: held.sync(sketches)),
        "sync ms": _timed(lambda: held.sync(sketches)),
    }
    started = time.process_time()
    for number, vector in enumerate(vectors[stories:], start=stories + 1):
        told = Centroid.of(vector, now)
        joined = held.nearest(told) or StoryId(number)
        held.join(joined, told)
        held.twin(joined)
    return {**times, "placed ms": (time.process_time() - started) * 1000 / 200}


def main(arguments: Sequence[str]) -> None:
    policy = StoryPolicy()
    if "--speed" in arguments:
        for stories in (200, 2_000):
            print(stories, "open stories:", {k: round(v, 2) for k, v in speed(stories, policy).items()})
        return
    for name, (items, event) in (("modern", modern()), ("topic", topic())):
        print(f"{name}: {len(items)} items, {len(event)} of them of {len(set(event.values()))} known events")
        swept = _THRESHOLDS if "--sweep" in arguments else (policy.threshold,)
        for threshold in swept:
            found = bcubed(grouped(items, replace(policy, threshold=threshold)), event)
            _print(f"tracker, threshold {threshold}", found)
        titles = {item["id"]: item["title"] for item in items}
        whole = {item["id"]: f"{item['title']}\n{item['text']}" for item in items}
        for label, texts in (("titles only", titles), ("full text", whole)):
            tried = [(bcubed(plain(texts, least), event), least) for least in _THRESHOLDS]
            best, least = max(tried, key=lambda one: one[0][2])
            _print(f"{label}, best threshold {least}", best)


def _draft(item: Mapping[str, Any]) -> Draft:
    url = f"https://stream.example/{item['id']}"
    at = _when(item)
    article = Article(
        url=url, canonical_url=url, title=item["title"], text=item["text"], language=item.get("lang") or "en",
        outlet=item.get("source") or item.get("outlet") or "", published_at=at, source=TextSource.ARCHIVE,
        grade=TextGrade.FULL, external_id=item["id"],
    )  # fmt: skip
    entry = Entry(key=item["id"], url=url, canonical_url=url, title=item["title"], published_at=at)
    return Draft(feed_id=None, entry=entry, first_seen_at=at, article=article)


def _in_order(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: (_when(item), item["id"]))


def _when(item: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(item["published"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _cosine(unit: Mapping[str, float], sums: Mapping[str, float]) -> float:
    norm = math.sqrt(sum(weight * weight for weight in sums.values())) or 1.0
    return sum(weight * sums.get(word, 0.0) for word, weight in unit.items()) / norm


def _timed(work: Any) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def _print(label: str, figures: tuple[float, float, float]) -> None:
    precision, recall, f1 = figures
    print(f"  {label}: P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
