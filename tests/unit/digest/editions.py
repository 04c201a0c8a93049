"""Three digests as a reader gets them, invented throughout: a full day, a catch-up after an outage, a quiet day.

Their mails are approved files in `tests/data/digest`. After a change that is meant, look at them and approve it:
`python -m tests.unit.digest.editions` writes them anew, and `git diff` shows what readers would see differently.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.unit.digest.samples import NOW, PERIOD, carrier, digest_of, feed, item, lost, message_of
from tracker.model import (
    Fate,
    FeedHealth,
    Item,
    Message,
    Period,
    Reason,
    StoryId,
    TextGrade,
    TopicScore,
)

__all__ = ["FILES", "editions"]

FILES: Final = Path(__file__).parents[2] / "data" / "digest"
_COUNTS: Final = (
    *(3, 5, 2, 0, 1, 6, 4, 3, 5, 8, 2, 1, 4, 6, 3, 5, 14, 9, 4, 2, 3, 5, 7, 4, 0, 2, 6, 3, 5, 6),
)
_LAST_DAYS: Final = tuple(
    ((NOW - timedelta(days=len(_COUNTS) - 1 - n)).date(), count) for n, count in enumerate(_COUNTS)
)


def _hours(ago: float) -> dict[str, Any]:
    seen = NOW - timedelta(hours=ago)
    return {"first_seen_at": seen, "published_at": seen - timedelta(minutes=25)}


def _about(topic: str, *reasons: str) -> dict[str, Any]:
    kinds = ("topics", "places", "nearest")
    return {
        "topics": (TopicScore(topic=topic, score=0.9),),
        "reasons": tuple(Reason(kind=k, text=t, weight=1) for k, t in zip(kinds, reasons, strict=False)),
    }


def _full_day() -> list[Item]:
    return [
        item(
            4711,
            title="Both gates of the Hadley lock lifted out, three months early",
            url="https://www.harborwire.example/2026/11/22/hadley-lock-gates",
            outlet="Harbor Wire",
            score=0.97,
            text="HADLEY, Nov 22 (Harbor Wire) - Cranes lifted both lock gates of the Hadley upper chamber on Sunday, "
            "three months ahead of the plan. Twelve men worked through the night in the rain. Barge traffic will use "
            "the smaller chamber until March, the waterways office said. The mayor brought coffee.",
            story=StoryId(1),
            carriers=(
                carrier("The Beacon-Courier"),
                carrier("Delta Courier"),
                carrier("Northern Star"),
                carrier(
                    "Bay News",
                    "version",
                    "Hadley gates out early",
                    change="90 to 104 tons; 2 sentences added",
                ),
            ),
            **_hours(3),
            **_about(
                "lock gates",
                "About your topics: lock gate (title, 4 more), barge (2 times)",
                "Nearest seed: Upper chamber to close for repair (0.41)",
            ),
        ),
        item(
            4712,
            title="Shippers count the cost of a winter with one chamber",
            url="https://northernstar.example/shippers-one-chamber",
            outlet="Northern Star",
            score=0.88,
            story=StoryId(1),
            **_hours(2),
            **_about("barge traffic"),
        ),
        item(
            4698,
            title="北河船闸大修工程获批，预算增至三亿元",
            url="https://beihe.example/news/20261122/01.html",
            outlet="北河晚报",
            language="zh",
            score=0.91,
            text="水利部门周六批准北河船闸大修方案。工程预算由两亿四千万元增至三亿元，明年三月开工。"
            "市民对噪音表示担忧。施工期间货船须绕行南河。",
            **_hours(9),
            **_about(
                "funding",
                "About your topics: 船闸 (title, 3 more)",
                "Places: one of the two your seeds share",
            ),
        ),
        item(
            4702,
            title="State bond for locks and weirs clears the senate",
            url="https://www.capitalledger.example/politics/bond-locks",
            outlet="The Capital Ledger",
            score=0.84,
            grade=TextGrade.WALL,
            text="The senate passed a $410 million bond for river works on Friday, 31 to 8. "
            "Most of the budget goes to four locks built before 1930.",
            carriers=(carrier("Evening Post"),),
            **_hours(14),
            **_about("funding", "About your topics: bond (title), budget", "Places: the one you named"),
        ),
        item(
            4690,
            title="How sluices are balanced: a short history of the mitre gate",
            url="https://engineersnotebook.example/mitre-gates",
            outlet="The Engineer's Notebook",
            score=0.61,
            text="The mitre gate is five hundred years old. A sluice on either side lets the water level before "
            "the gates are opened.",
            first_seen_at=NOW - timedelta(hours=20),
            published_at=NOW - timedelta(days=240),
            **_about("lock gates", "About your topics: sluice (2 times), lock gate"),
        ),
        item(
            4688,
            title="Tow boat aground below the weir, crew safe",
            url="https://baynews.example/a/8123",
            outlet="Bay News",
            score=0.58,
            text="A tow boat with six barges ran aground on Saturday evening. Nobody was hurt. "
            "Traffic was stopped for two hours.",
            **_hours(16),
            **_about("barge traffic", "About your topics: tow boat (title), barge"),
        ),
    ]


def editions() -> dict[str, Message]:
    """Each edition's name and mail."""
    near = item(
        4695,
        title="Canal festival to open with a night of lanterns",
        url="https://evening.example/lanterns",
        outlet="Evening Post",
        score=0.46,
        fate=Fate.BELOW_THRESHOLD,
        text="Lanterns will float through the old lock on Friday. Tickets are sold at the town hall.",
        **_hours(11),
        **_about("lock gates", "Your topic words yes, but nothing of your seeds' wording"),
    )
    silent = "usually new every day, nothing for 6 days. tracker feeds test https://feeds2.example/rss.xml"
    kept = {Fate.KEPT: 6, Fate.COPY: 4, Fate.VERSION: 1, Fate.BELOW_THRESHOLD: 381, Fate.UNREADABLE: 2}
    day = digest_of(
        _full_day(),
        borderline=(near,),
        feeds=(feed(1), feed(2, silent, FeedHealth.SILENT)),
        accounting=kept,
    )
    outage = Period(from_at=NOW - timedelta(days=4), to_at=NOW)
    catch_up = digest_of(
        [
            item(n, title=f"Report {n} from the upper chamber: work on the lock gates goes on", story=story)
            for n, story in enumerate([*[StoryId(7)] * 6, *[None] * 60], 100)
        ],
        period=outage,
        undelivered=(lost(), lost("alert", subject="Gates of the Hadley lock lifted out", at=NOW)),
    )
    quiet = digest_of([], accounting={Fate.KEPT: 0, Fate.COPY: 0, Fate.BELOW_THRESHOLD: 212})
    return {
        "day": message_of(day, last_days=_LAST_DAYS),
        "catch-up": message_of(catch_up, last_days=_LAST_DAYS),
        "quiet": message_of(quiet, last_days=(*_LAST_DAYS[:-1], (PERIOD.to_at.date(), 0))),
    }


def main() -> None:
    """Write the approved files."""
    for name, message in editions().items():
        FILES.joinpath(f"{name}.html").write_text(message.html, encoding="utf-8")
        FILES.joinpath(f"{name}.txt").write_text(message.plain, encoding="utf-8")


if __name__ == "__main__":
    main()
