"""What leaves for other programs is valid, opens nothing else, and is never taken for a page."""

from __future__ import annotations

import csv
import io
import json
import re

import feedparser
import httpx
import pytest

from tests.integration.web.programs.newsroom_page import Opened

ADDRESS = re.compile(r'href="(http://[^"]+/out/[^"]+)"')


def addresses(opened: Opened, query: str = "") -> list[str]:
    return [one.replace("&amp;", "&") for one in ADDRESS.findall(opened.client.get(f"/out{query}").text)]


def test_a_watchs_feeds_are_read_by_whoever_has_their_address(opened: Opened) -> None:
    atom, jsonfeed = addresses(opened)
    with httpx.Client() as stranger:
        answer = stranger.get(atom)
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        read = feedparser.parse(io.BytesIO(answer.content))
        assert not read.bozo
        assert read.feed.title == "US-China counternarcotics cooperation"
        assert read.feed.links[0].href == atom
        kept = opened.client.get("/api/v1/items?by=time").json()["items"]
        assert [entry.link for entry in read.entries] == [item["url"] for item in kept]
        document = stranger.get(jsonfeed).json()
        assert document["version"] == "https://jsonfeed.org/version/1.1"
        assert document["feed_url"] == jsonfeed
        assert [one["url"] for one in document["items"]] == [item["url"] for item in kept]


def test_a_search_is_a_feed_of_its_own(opened: Opened) -> None:
    atom, _ = addresses(opened, "?q=fentanyl")
    assert "q=fentanyl" in atom
    read = feedparser.parse(io.BytesIO(httpx.get(atom).content))
    whole = feedparser.parse(io.BytesIO(httpx.get(addresses(opened)[0]).content))
    assert not read.bozo
    assert 0 < len(read.entries) < len(whole.entries)
    assert read.feed.id != whole.feed.id


def test_the_key_of_a_feed_opens_nothing_else(opened: Opened) -> None:
    atom = addresses(opened)[0]
    key = atom.partition("/out/")[2].partition("/")[0]
    with httpx.Client(base_url=opened.base) as stranger:
        for path in ("/", "/feeds", "/out", "/metrics", "/api/v1/items", "/download/items.csv"):
            answer = stranger.get(path, headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code in {303, 401}, path  # not even a page of ours
        for wrong in (key[:-1] + ("0" if key[-1] != "0" else "1"), "", "x", "é"):
            assert stranger.get(f"/out/{wrong}/drugs.atom").status_code == 404
        assert stranger.get(f"/out/{key}/secret.atom").status_code == 404
        assert stranger.get(f"/out/{key}/drugs.exe").status_code == 404
        assert stranger.post(f"/out/{key}/drugs.atom", data={}).status_code in {403, 405, 415}


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("csv", "text/csv"),
        ("ris", "application/x-research-info-systems"),
        ("bib", "application/x-bibtex"),
        ("jsonl", "application/jsonl"),
    ],
)
def test_a_file_is_an_attachment_under_a_name_of_ours(opened: Opened, form: str, kind: str) -> None:
    answer = opened.client.get(f"/download/items.{form}", params={"q": '"><script>'})
    whole = opened.client.get(f"/download/items.{form}")
    for one in (answer, whole):
        assert one.status_code == 200
        assert one.headers["content-disposition"] == f'attachment; filename="items.{form}"'
        assert one.headers["content-type"].startswith(kind)
        assert one.headers["x-content-type-options"] == "nosniff"
    assert len(whole.content) > len(answer.content)


def test_the_files_hold_what_is_kept(opened: Opened) -> None:
    kept = opened.client.get("/api/v1/items?by=time").json()["items"]
    rows = list(
        csv.DictReader(io.StringIO(opened.client.get("/download/items.csv").content.decode("utf-8-sig")))
    )
    assert [row["id"] for row in rows] == [item["id"] for item in kept]
    lines = opened.client.get("/download/items.jsonl").text.splitlines()
    assert [json.loads(line) for line in lines] == kept
    assert opened.client.get("/download/items.ris").text.count("TY  - NEWS") == len(kept)
    assert opened.client.get("/download/items.bib").text.count("@misc{") == len(kept)
    assert opened.client.get("/download/items.csv", params={"watch": "secret"}).status_code == 404


def test_the_feed_list_goes_out_and_comes_in(opened: Opened) -> None:
    answer = opened.client.get("/feeds/feeds.opml")
    assert answer.headers["content-disposition"] == 'attachment; filename="feeds.opml"'
    assert answer.text.count("xmlUrl") == len(opened.client.get("/api/v1/feeds").json()["feeds"])
    told = opened.reader.post(
        "/feeds/import", data={"csrf": opened.mark()}, files={"file": ("x.opml", answer.content, "text/xml")}
    )
    assert "0 feeds added" in told.text
    crowd = b"<opml><body>" + b"<outline xmlUrl='https://a.example/'/>" * 5_001 + b"</body></opml>"
    told = opened.reader.post(
        "/feeds/import", data={"csrf": opened.mark()}, files={"file": ("x.opml", crowd, "text/xml")}
    )
    assert "more than 5,000 feeds" in told.text


def test_health_is_a_word_for_everybody(opened: Opened) -> None:
    answer = httpx.get(f"{opened.base}/healthz")
    assert answer.json() == {"status": "ok"}
    assert answer.status_code == 200


def test_metrics_are_in_prometheus_text(opened: Opened) -> None:
    assert httpx.get(f"{opened.base}/metrics").status_code in {303, 401}
    answer = opened.client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    described: dict[str, str] = {}
    values: dict[str, float] = {}
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in described, "one block for each metric"
            described[name] = kind
        elif not line.startswith("#"):
            match = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? (\S+)', line)
            assert match, line
            assert match[1] in described
            values[match[1] + (match[2] or "")] = float(match[3])
    assert answer.text.endswith("\n")
    kept = opened.client.get("/api/v1/status").json()["watches"][0]["fates"]["kept"]
    assert values['tracker_fates{watch="drugs",fate="kept"}'] == kept
    assert values["tracker_daemon_up"] == 0
