"""The JSON API says what the command line says, in the same words, and describes itself truly."""

from __future__ import annotations

import json
import re
from html import escape

import httpx
import pytest

from tests.e2e.one_process import commands
from tests.e2e.project import tracker as command
from tests.integration.web.programs.newsroom_page import Opened
from tracker.web.openapi import SCHEMAS
from tracker.web.pages.api import ENDPOINTS


def test_items_are_the_command_lines_items_field_by_field(opened: Opened) -> None:
    theirs = opened.client.get("/api/v1/items?limit=5&full=true").json()["items"]
    ours = json.loads(command(opened.folder, "items", "--json", "--limit", "5", "--full"))["items"]
    assert theirs == ours
    assert theirs
    assert list(theirs[0]) == list(ours[0])


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/api/v1/feeds", ("feeds", "list", "--json")),
        ("/api/v1/stories", ("stories", "--json")),
        ("/api/v1/items?fate=any&limit=300&by=time", ("items", "--fate", "any", "--by", "time", "--json")),
        ("/api/v1/why?url=https://nowhere.example/x", ("why", "https://nowhere.example/x", "--json")),
        ("/api/v1/timeline?by=outlet", ("timeline", "--by", "outlet", "--json")),
    ],
)
def test_an_answer_equals_the_commands(opened: Opened, path: str, words: tuple[str, ...]) -> None:
    assert opened.client.get(path).json() == json.loads(command(opened.folder, *words))


def test_an_article_is_shown_in_full_by_its_id(opened: Opened) -> None:
    item = opened.client.get("/api/v1/items?limit=1").json()["items"][0]
    assert opened.client.get(f"/api/v1/items/{item['id']}").json() == json.loads(
        command(opened.folder, "show", item["id"], "--json")
    )


def test_the_description_names_every_route_and_every_field(opened: Opened) -> None:
    described = opened.client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert {(path, method.upper()) for path, ways in described["paths"].items() for method in ways} == {
        (one.path, one.method) for one in ENDPOINTS
    }
    operations = [way for ways in described["paths"].values() for way in ways.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    item = opened.client.get("/api/v1/items?limit=1&full=true").json()["items"][0]
    assert set(item) == set(SCHEMAS["Item"]["properties"])
    feed = opened.client.get("/api/v1/feeds").json()["feeds"][0]
    assert set(feed) == set(SCHEMAS["Feed"]["properties"])
    story = opened.client.get("/api/v1/stories").json()["stories"][0]
    assert set(story) == set(SCHEMAS["Story"]["properties"])


def test_every_question_without_a_name_in_its_path_is_answered(opened: Opened) -> None:
    asked = {"/why": {"url": "https://a.example/"}, "/feeds/show": {"url": opened.site.feed_urls[0]}}
    for one in ENDPOINTS:
        if one.method == "GET" and "{" not in one.path:
            answer = opened.client.get(f"/api/v1{one.path}", params=asked.get(one.path, {}))
            assert answer.status_code == 200, one.path
            assert answer.headers["content-type"] == "application/json"
            answer.json()


def test_judging_is_learned_from_and_taken_back(opened: Opened) -> None:
    item = opened.client.get("/api/v1/items?limit=1").json()["items"][0]
    report = opened.client.post("/api/v1/judge", json={"ids": [item["id"]], "verdict": "relevant"}).json()
    assert report["relevant"] == 1
    assert report["judged"][0]["id"] == item["id"]
    again = opened.client.get("/api/v1/items?limit=1").json()["items"][0]
    assert again["judged"] == "relevant"
    report = opened.client.post("/api/v1/judge", json={"ids": [item["id"]], "verdict": None}).json()
    assert report["relevant"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"ids": "1", "verdict": "relevant"}',
        b'{"ids": [], "verdict": "relevant"}',
        b'{"ids": ["1"]}',
        b'{"ids": ["1"], "verdict": "maybe"}',
        b'{"ids": ["1"], "verdict": "relevant", "more": 1}',
        b'{"ids": ["1"], "verdict": "relevant", "watch": 7}',
        b'{"ids": ["\\ud800"], "verdict": "relevant"}',
        b"[" * 100_000,
    ],
)
def test_what_makes_no_sense_is_refused_as_a_document(opened: Opened, body: bytes) -> None:
    answer = opened.client.post("/api/v1/judge", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "makes_no_sense"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/items?fate=lost", 400),
        ("/api/v1/items?limit=0", 400),
        ("/api/v1/items?limit=nan", 400),
        ("/api/v1/items?min_score=2", 400),
        ("/api/v1/items?since=whenever", 400),
        ("/api/v1/items?watch=secret-name", 404),
        ("/api/v1/items/424242", 404),
        ("/api/v1/stories/x", 404),
        ("/api/v1/why", 400),
        ("/api/v1/why?url=secret-name", 400),
        ("/api/v1/why?url=ftp://secret-name.example/", 400),
        ("/api/v1/feeds/show?url=https://secret-name.example/", 404),
        ("/api/v1/watches/secret-name/profile", 404),
    ],
)
def test_a_refusal_repeats_nothing(opened: Opened, path: str, status: int) -> None:
    answer = opened.client.get(path)
    assert answer.status_code == status
    assert "secret-name" not in answer.text
    assert set(answer.json()["error"]) == {"code", "sentence"}


NOT_FOLLOWED = (
    "http://127.0.0.1/", "http://192.168.1.5", "http://localhost:22/x#y", "10.0.0.5", "ftp://a.example/", "a address",
)  # fmt: skip


@pytest.fixture(scope="module")
def told(opened: Opened) -> dict[str, str]:
    """What the command line says when each of these is to be followed."""
    ended = commands(opened.folder, *(("feeds", "add", url) for url in NOT_FOLLOWED))
    assert [one.code for one in ended] == [2] * len(NOT_FOLLOWED)
    return {
        url: " ".join(one.err.removeprefix("tracker: ").split())
        for url, one in zip(NOT_FOLLOWED, ended, strict=True)
    }


@pytest.mark.parametrize("url", NOT_FOLLOWED)
def test_an_address_that_is_refused_is_refused_in_the_words_of_the_command(
    opened: Opened, told: dict[str, str], url: str
) -> None:
    answer = opened.client.post("/api/v1/feeds", json={"url": url})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "makes_no_sense")
    sentence = answer.json()["error"]["sentence"]
    assert sentence in told[url] or sentence == told[url].replace(url, "This address")
    assert "to allow_hosts." in sentence or "starts with http://" in sentence, "the remedy"
    assert not re.search(r"https?://\w", sentence), "the address is not repeated"
    page = opened.posted("/feeds/add", url=url).text
    assert escape(sentence, quote=False) in page.replace("&#34;", '"')


def test_an_address_that_cannot_be_reached_says_why_and_what_to_do(opened: Opened) -> None:
    url = f"{opened.site.feed_urls[0]}/not-there"
    answer = opened.client.post("/api/v1/feeds", json={"url": url})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "failed")
    assert answer.json()["error"]["sentence"].startswith("There is no such page (404)")
    assert "--no-check" in answer.json()["error"]["sentence"]


def test_what_is_no_address_has_no_story_to_tell(opened: Opened) -> None:
    answer = opened.client.get("/api/v1/why", params={"url": "notaurl"})
    assert answer.status_code == 400
    sentence = "This address is not a web address. Write it in full: https://example.org/page"
    assert answer.json() == {"error": {"code": "makes_no_sense", "sentence": sentence}}


def test_only_the_token_and_only_json_open_it(opened: Opened) -> None:
    with httpx.Client(base_url=opened.base) as stranger:
        refused = [
            stranger.get("/api/v1/items"),
            stranger.get("/api/v1/openapi.json"),
            stranger.get("/api/v1/items", headers={"Authorization": "Bearer wrong"}),
        ]
    assert [answer.status_code for answer in refused] == [401, 401, 401]
    form = opened.client.post("/api/v1/judge", data={"ids": "1", "verdict": "relevant"})
    assert form.status_code == 415
    lost = opened.client.get("/api/v1/nothing")
    assert lost.status_code == 404
    codes = [answer.json()["error"]["code"] for answer in (*refused, form, lost)]
    assert codes == ["no_token"] * 3 + ["content_type", "not_found"]


def test_a_feed_is_added_tried_shown_and_removed(opened: Opened) -> None:
    url = opened.site.feed_urls[5]
    assert opened.client.post("/api/v1/feeds/test", json={"url": url}).json()["ok"] is True
    added = opened.client.post("/api/v1/feeds", json={"url": url, "tags": ["new"]}).json()
    assert added["feed"]["tags"] == ["new"]
    assert opened.client.post("/api/v1/feeds", json={"url": url}).status_code == 409
    shown = opened.client.get("/api/v1/feeds/show", params={"url": added["feed"]["url"]}).json()
    assert shown["url"] == added["feed"]["url"]
    removed = opened.client.post("/api/v1/feeds/remove", json={"url": added["feed"]["url"]}).json()
    assert removed == {"removed": added["feed"]["url"]}
    refused = opened.client.post("/api/v1/feeds/test", json={"url": "http://10.0.0.1/feed"}).json()
    assert refused["ok"] is False  # a private address, as the guarded fetcher says
