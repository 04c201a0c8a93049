"""What the pages hold beyond who may see them: vendored files, paging, empty installations, paths of lists."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.web.conftest import CONFIG, Client
from tests.patience import until
from tracker.settings import load_settings
from tracker.web import open_page

STATIC = ROOT / "tracker/web/static"


def test_files_of_others_are_unchanged_and_named_in_the_notice() -> None:
    rows = [
        line.split()
        for line in (STATIC / "CHECKSUMS").read_text(encoding="utf-8").splitlines()
        if line[0] != "#"
    ]
    assert [row[0] for row in rows] == sorted(path.name for path in STATIC.glob("*.min.js"))
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for name, version, licence, checksum in rows:
        content = (STATIC / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == checksum
        assert version.encode() in content
        assert name in notice
        assert version in notice
        assert licence in notice


def test_an_unknown_page_number_is_the_first_and_a_far_one_is_empty(client: Client) -> None:
    assert client.get("/?page=x").body.count('class="item"') == client.get("/").body.count('class="item"') > 5
    assert "No items here." in client.get("/?page=300").body


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 8), ("fate=below_threshold", 4), ("fate=any", 12), ("fate=any&outlet=Outlet+1", 4), ("language=ar", 1),
        ("topic=precursor+chemicals", 8), ("topic=none", 0), ("q=ministry+listed", 8), ("q=%22report+12%22&fate=any", 1),
        ("since=2026-11-21", 0), ("since=2026-11-01", 8), ("until=2026-11-01", 0), ("since=nonsense", 8), ("by=time", 8),
    ],
)  # fmt: skip
def test_filters_find_what_they_name(client: Client, query: str, found: int) -> None:
    body = client.get(f"/?{query}").body
    kept = body.partition('<details class="near"')[0]
    assert kept.count('<article class="item"') == found


def test_near_misses_stand_below_the_line_best_first(client: Client) -> None:
    near = client.get("/").body.partition('<details class="near"')[2]
    places = [near.index(f"Report {number} on") for number in (9, 10, 11, 12)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("/items/2?url=https%3A%2F%2Fnews.example%2F2", 200),
        ("/items/2?url=https%3A%2F%2Fnews.example%2F3", "/items/3"),
        ("/items/99?url=https%3A%2F%2Fnews.example%2F3", "/items/3"),
        ("/items/2?url=https%3A%2F%2Fnews.example%2Fgone", 404),
        ("/items/99?url=", 404),
        ("/items/2?url=", 200),
    ],
)
def test_a_digests_link_goes_by_address_where_its_id_means_another_article(
    client: Client, link: str, leads_to: str | int
) -> None:
    """As after a restore: what came in since the backup has its id from before no more."""
    answer = client.get(link)
    assert (answer.headers["location"] if answer.status == 303 else answer.status) == leads_to


def test_a_word_said_by_form_is_there_afterwards_and_can_be_taken_back(client: Client) -> None:
    said = client.post("/judge", f"csrf={client.csrf}&id=2&watch=w&verdict=relevant&back=/items/2")
    assert (said.status, said.headers["location"]) == (303, "/items/2#i2")
    page = client.get("/items/2").body
    assert "✓ relevant" in page
    assert "Judgements so far" in page
    part = client.post("/judge", f"csrf={client.csrf}&id=2&watch=w&verdict=undo&back=/", HX_Request="true")
    assert part.status == 200
    assert "<html" not in part.body
    assert 'value="relevant"' in part.body
    assert "Judgements so far" not in client.get("/items/2").body


def test_a_word_said_while_the_page_reads_is_noted_at_once_and_learned_from_later(client: Client) -> None:
    with client.server.site.working():  # as when the statistics of a large archive are read
        part = client.post(
            "/judge", f"csrf={client.csrf}&id=3&watch=w&verdict=irrelevant&back=/", HX_Request="true"
        )
    assert "Noted: irrelevant. The profile learns from it in a moment." in part.body
    assert "✗ not relevant" in client.get("/items/3").body
    until(lambda: "0 relevant and 1 not" in client.get("/watches/w/profile").body, "it is never learned from")
    part = client.post("/judge", f"csrf={client.csrf}&id=3&watch=w&verdict=undo&back=/", HX_Request="true")
    assert "Every score moves by" in part.body


def test_a_search_leads_to_its_feed_and_to_why_an_article_is_missing(client: Client) -> None:
    found = client.get("/?q=https://nowhere.example/x&fate=any").body
    assert 'href="/why?url=https%3A%2F%2Fnowhere.example%2Fx"' in found
    assert 'href="/out?q=https%3A%2F%2Fnowhere.example%2Fx&amp;fate=any&amp;watch=w"' in found
    assert 'href="/why"' in client.get("/search").body


def test_a_watch_leads_to_articles_drawn_at_random_that_wait_for_a_word(client: Client) -> None:
    assert 'href="/watches/w/sample"' in client.get("/watches/w").body
    first = client.get("/watches/w/sample").body
    waiting = re.findall(r'<input type="hidden" name="id" value="(\w+)">', first)
    assert len(waiting) == len(set(waiting)) > 1
    assert {"kept</p>", "not kept</p>"} <= set(re.findall(r"(?:not )?kept</p>", first))
    said = client.post(
        "/judge", f"csrf={client.csrf}&id={waiting[0]}&watch=w&verdict=relevant&back=/watches/w/sample"
    )
    assert said.headers["location"].startswith("/watches/w/sample#")
    assert f'value="{waiting[0]}"' not in client.get("/watches/w/sample").body
    client.post("/judge", f"csrf={client.csrf}&id={waiting[0]}&watch=w&verdict=undo&back=/")
    assert client.get("/watches/none/sample").status == 404


def test_an_unknown_word_or_item_changes_nothing(client: Client) -> None:
    assert client.post("/judge", f"csrf={client.csrf}&id=2&watch=w&verdict=maybe").status == 400
    assert client.post("/judge", f"csrf={client.csrf}&id=999&watch=w&verdict=relevant").status == 404
    assert client.post("/judge", f"csrf={client.csrf}&id=2&watch=none&verdict=relevant").status == 404


def test_an_empty_installation_tells_the_next_step(tmp_path: Path) -> None:
    for name in ("config", "seeds"):
        (tmp_path / name).mkdir()
    (tmp_path / "config/tracker.toml").write_text(CONFIG, encoding="utf-8")
    server = open_page(load_settings(tmp_path / "config/tracker.toml", {}, tmp_path), port=0)
    server.start()
    try:
        client = Client(server)
        client.sign_in()
        assert "Examples are missing." in client.get("/").body
        (tmp_path / "seeds/one.txt").write_text(
            "title: A seed\n\n" + "Officials met. " * 60, encoding="utf-8"
        )
        assert "No feed is followed yet." in client.get("/").body
        assert "No stories yet." in client.get("/stories").body
        assert "No digest was made yet." in client.get("/digests").body
    finally:
        server.close()
