"""The demo newsroom: what it holds, what its site answers over real HTTP, and the mail trap."""

import gzip
import json
import re
import smtplib
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import urlsplit

import feedparser
import pytest

from tests.patience import PATIENCE_S
from tracker.demo.mail import MailTrap
from tracker.demo.pieces import Newsroom, Piece
from tracker.demo.site import FeedAddress, NewsroomSite

DERIVED = ("copy", "truncated", "correction")
OUTLET_KEYS = (
    "harbor-wire",
    "beacon-courier",
    "capital-ledger",
    "pacific-monitor",
    "border-herald",
    "policy-quarterly",
    "city-evening",
    "northern-star",
    "chem-trade-week",
    "health-desk",
    "diario-sur",
    "gov-readouts",
    "campus-gazette",
    "metro-sports",
)


@pytest.fixture(scope="module")
def newsroom() -> Newsroom:
    return Newsroom.load()


@pytest.fixture
def site(newsroom: Newsroom) -> Iterator[NewsroomSite]:
    with NewsroomSite(newsroom) as serving:
        yield serving


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def get(url: str, *, follow: bool = True, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(
        url, headers={key.replace("_", "-"): value for key, value in headers.items()}
    )
    opener = urllib.request.build_opener(*([] if follow else [_NoRedirect()]))
    try:
        with opener.open(request, timeout=PATIENCE_S) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, dict(answer.headers), answer.read()


def links_of(feed: FeedAddress, body: bytes) -> list[str]:
    """The entry addresses as an independent reader sees them, tracking parameters removed."""
    if feed.spec.format == "jsonfeed":
        links = [item["url"] for item in json.loads(body)["items"]]
    else:
        links = [entry.link for entry in feedparser.parse(body).entries]
    return [link.partition("?")[0] for link in links]


def feed_of(site: NewsroomSite, ending: str) -> FeedAddress:
    return next(feed for feed in site.feeds if feed.url.endswith(ending))


def root_of(newsroom: Newsroom, piece: Piece) -> str:
    while piece.role in DERIVED:
        piece = newsroom.by_slug[piece.of]
    return piece.slug


def runs_of(text: str) -> set[str]:
    """Every run of seven words, case and punctuation aside."""
    words = re.findall(r"\w+(?:['’]\w+)*", text.lower())
    return {" ".join(words[start : start + 7]) for start in range(len(words) - 6)}


def test_the_newsroom_holds_at_least_150_pages_at_distinct_addresses(newsroom):
    assert len({newsroom.path_of(piece) for piece in newsroom.standing(2)}) >= 150


def test_every_slug_is_unique(newsroom):
    assert len(newsroom.by_slug) == len(newsroom.pieces)


def test_the_outlets_are_the_fourteen_agreed_ones_and_each_prints_something(newsroom):
    assert sorted(newsroom.outlets) == sorted(OUTLET_KEYS)
    assert {piece.outlet for piece in newsroom.pieces} == set(OUTLET_KEYS)


@pytest.mark.parametrize(
    ("role", "least"),
    [
        ("ontopic", 25),
        ("independent", 3),
        ("copy", 12),
        ("truncated", 8),
        ("correction", 2),
        ("confuser", 40),
        ("unrelated", 65),
    ],
)
def test_every_role_is_played_often_enough(newsroom, role, least):
    assert sum(piece.role == role for piece in newsroom.pieces) >= least


def test_between_a_tenth_and_a_quarter_of_the_pieces_wait_for_the_second_poll(newsroom):
    share = sum(piece.batch == 2 for piece in newsroom.pieces) / len(newsroom.pieces)
    assert 0.10 <= share <= 0.25


def test_everything_was_published_in_the_newsroom_week(newsroom):
    first, last = datetime(2026, 11, 12, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    assert [piece.slug for piece in newsroom.pieces if not first <= piece.published_at < last] == []


def test_derived_pieces_name_an_earlier_piece_that_is_out_by_then(newsroom):
    for piece in newsroom.pieces:
        if piece.role in (*DERIVED, "independent"):
            source = newsroom.by_slug[piece.of]
            assert source.published_at < piece.published_at, piece.slug
            assert source.batch <= piece.batch, piece.slug
        else:
            assert piece.of is None, piece.slug


def test_truncated_copies_hold_40_to_70_percent_of_the_source_and_a_read_more_line(newsroom):
    for piece in (one for one in newsroom.pieces if one.role == "truncated"):
        source = newsroom.by_slug[piece.of]
        assert 0.4 <= (len(piece.paragraphs) - 1) / len(source.paragraphs) <= 0.72, piece.slug
        assert re.match(r"Read|Continue", piece.paragraphs[-1]), piece.slug


def test_whole_copies_carry_other_headlines_than_their_source(newsroom):
    for piece in (one for one in newsroom.pieces if one.role == "copy"):
        assert piece.title != newsroom.by_slug[piece.of].title


def test_no_seven_words_in_a_row_are_shared_except_by_declared_copies(newsroom):
    users = defaultdict(set)
    for piece in newsroom.pieces:
        for run in runs_of(" ".join(piece.paragraphs)):
            users[run].add(root_of(newsroom, piece))
    for name, text in newsroom.seeds.items():
        for run in runs_of(text):
            users[run].add(name)
    assert {run: roots for run, roots in users.items() if len(roots) > 1} == {}


def test_five_seeds_come_with_a_title_and_a_text(newsroom):
    assert len(newsroom.seeds) == 5
    for name, text in newsroom.seeds.items():
        assert re.match(
            r"---\ntitle: .+\noutlet: .+\npublished: 202[56]-\d\d-\d\d\ntopics: .+\n---\n", text
        ), name
        assert 100 <= len(text.split()) <= 250, name


def test_there_are_at_least_twelve_feeds_in_all_four_formats(site):
    sound = [feed for feed in site.feeds if feed.spec.fault not in ("html", "gone")]
    assert len(sound) >= 12
    assert {feed.spec.format for feed in sound} == {"rss2", "rss1", "atom", "jsonfeed"}
    assert {feed.spec.content for feed in sound} == {"full", "summary", "titles"}
    assert len(set(site.feed_urls)) == len(site.feeds)


@pytest.mark.parametrize("batch", [1, 2])
def test_every_sound_feed_lists_exactly_the_standing_pieces_of_its_outlet(site, batch):
    if batch == 2:
        site.open_second_batch()
    for feed in (one for one in site.feeds if one.spec.fault not in ("html", "gone")):
        expected = {
            site.base_url + site.newsroom.path_of(piece)
            for piece in site.newsroom.standing(1 if feed.spec.frozen else batch)
            if piece.outlet == feed.outlet.key and piece.section in (feed.spec.sections or (piece.section,))
        }
        links = links_of(feed, get(feed.url)[2])
        assert set(links) == expected, feed.url
        assert len(links) == len(expected) > 0, feed.url


@pytest.mark.parametrize(
    ("ending", "version"),
    [
        ("harbor-wire/feed.xml", "rss20"),
        ("chem-trade-week/index.rdf", "rss10"),
        ("capital-ledger/atom.xml", "atom10"),
    ],
)
def test_feeds_in_xml_are_well_formed_and_of_the_promised_version(site, ending, version):
    parsed = feedparser.parse(get(feed_of(site, ending).url)[2])
    assert (parsed.version, bool(parsed.bozo)) == (version, False)


def test_a_full_text_feed_carries_every_paragraph(site):
    feed = feedparser.parse(get(feed_of(site, "harbor-wire/feed.xml").url)[2])
    entry = next(one for one in feed.entries if "china-lists-three-precursors" in one.link)
    paragraphs = site.newsroom.by_slug["china-lists-three-precursors"].paragraphs
    assert re.findall("<p>(.*?)</p>", entry.content[0].value) == list(paragraphs)


def test_the_broken_feed_is_broken_and_its_entries_keep_titles_and_dates(site):
    parsed = feedparser.parse(get(feed_of(site, "city-evening/rss.xml").url)[2])
    titles = {piece.title for piece in site.newsroom.standing(1) if piece.outlet == "city-evening"}
    assert parsed.bozo
    assert {entry.title for entry in parsed.entries} == titles
    assert all(entry.published_parsed for entry in parsed.entries)


def test_the_moved_feed_answers_301_with_its_new_address(site):
    feed = feed_of(site, "northern-star/rss")
    status, headers, _ = get(feed.url, follow=False)
    assert (status, headers["Location"]) == (301, "/northern-star/feeds/all.rdf")
    assert len(feedparser.parse(get(feed.url)[2]).entries) >= 8


def test_the_page_in_place_of_a_feed_is_html_and_the_dead_feed_is_404(site):
    status, headers, _ = get(feed_of(site, "campus-gazette/rss").url)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert get(feed_of(site, "metro-sports/scores.xml").url)[0] == 404


@pytest.mark.parametrize("asked_by", ["ETag", "Last-Modified"])
def test_the_second_poll_finds_the_frozen_feed_unchanged_and_the_wire_feed_changed(site, asked_by):
    header = {"ETag": "If_None_Match", "Last-Modified": "If_Modified_Since"}[asked_by]
    frozen, wire = feed_of(site, "harbor-wire/week.xml").url, feed_of(site, "harbor-wire/feed.xml").url
    tokens = {url: get(url)[1][asked_by] for url in (frozen, wire)}
    assert get(wire, **{header: tokens[wire]})[0] == 304
    site.open_second_batch()
    assert get(frozen, **{header: tokens[frozen]})[::2] == (304, b"")
    assert get(wire, **{header: tokens[wire]})[0] == 200


def test_bodies_are_compressed_only_when_asked_for(site):
    url = feed_of(site, "harbor-wire/feed.xml").url
    _, plain_headers, plain = get(url)
    _, headers, packed = get(url, Accept_Encoding="gzip")
    assert "Content-Encoding" not in plain_headers
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == plain


def test_the_second_batch_is_absent_before_and_present_after_it_opens(site):
    late = [piece for piece in site.newsroom.pieces if piece.batch == 2 and piece.replaces is None]
    assert {get(site.url_of(piece.slug))[0] for piece in late} == {404}
    site.open_second_batch()
    assert {get(site.url_of(piece.slug))[0] for piece in late} == {200}


def test_the_correction_replaces_the_text_at_the_same_address(site):
    url = site.url_of("lantern-arrests-dayton-hebei")
    before = get(url)[2].decode()
    site.open_second_batch()
    after = get(url)[2].decode()
    assert "counted 38 kilograms" in before
    assert "Correction, November 19" not in before
    assert "counted 28 kilograms" in after
    assert "Correction, November 19" in after
    assert site.truth()[url].role == "correction"


def test_one_wire_story_stands_in_two_feeds_at_one_address(site):
    wire = links_of(feed_of(site, "feed.xml"), get(feed_of(site, "harbor-wire/feed.xml").url)[2])
    world = links_of(feed_of(site, "asia.xml"), get(feed_of(site, "harbor-wire/asia.xml").url)[2])
    assert len(set(wire) & set(world)) >= 3
    assert "utm_source=" in get(feed_of(site, "harbor-wire/asia.xml").url)[2].decode()


def test_article_pages_show_their_text_beside_furniture_except_the_wall_and_the_video(site):
    for piece in site.newsroom.standing(1):
        page = get(site.url_of(piece.slug))[2].decode()
        outlet = site.newsroom.outlets[piece.outlet]
        shown = sum(words_in(paragraph) in words_in(page) for paragraph in piece.paragraphs)
        expected = {"wall.html": 1, "video.html": 0}.get(
            site.newsroom.page_layouts.get(piece.slug, ""), len(piece.paragraphs)
        )
        assert shown == expected, piece.slug
        assert words_in(outlet.cookie) in words_in(page), piece.slug


def words_in(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"&#?\w+;", " ", text)))


def test_at_least_five_layouts_are_in_use(newsroom):
    assert (
        len({outlet.layout for outlet in newsroom.outlets.values()} | set(newsroom.page_layouts.values()))
        >= 7
    )


def test_all_pages_and_feeds_stand_on_one_host_and_port(site):
    addresses = [*site.feed_urls, *site.truth()]
    assert {urlsplit(address).netloc for address in addresses} == {site.host_port}


def test_truth_names_role_and_source_of_every_standing_page(site):
    truth = site.truth()
    copy = truth[site.url_of("beijing-moves-on-ingredients")]
    assert (copy.role, copy.of_url) == ("copy", site.url_of("china-lists-three-precursors"))
    assert set(truth) == {site.base_url + site.newsroom.path_of(piece) for piece in site.newsroom.standing(1)}


def test_the_request_log_tells_method_path_status_and_condition(site):
    url = feed_of(site, "policy-quarterly/feeds/essays.atom").url
    etag = get(url)[1]["ETag"]
    get(url, If_None_Match=etag)
    seen = [(one.method, one.path, one.status, one.conditional) for one in site.requests]
    path = "/policy-quarterly/feeds/essays.atom"
    assert seen == [("GET", path, 200, False), ("GET", path, 304, True)]


def test_two_sites_on_one_port_after_another_send_the_same_bytes(newsroom):
    with NewsroomSite(newsroom) as first:
        port = int(first.host_port.rpartition(":")[2])
        before = [get(url)[2] for url in first.feed_urls]
    with NewsroomSite(newsroom, port=port) as second:
        assert [get(url)[2] for url in second.feed_urls] == before


def test_front_pages_announce_feeds_that_answer(site):
    page = get(f"{site.base_url}/capital-ledger/")[2].decode()
    announced = re.findall(r'<link rel="alternate" type="([^"]+)" title="[^"]*" href="([^"]+)">', page)
    assert [(kind, get(url)[0]) for kind, url in announced] == [("application/atom+xml", 200)]


def test_the_mail_trap_keeps_a_message_sent_over_real_smtp():
    message = EmailMessage()
    message["Subject"] = "4 new, 9 copies folded: 芬太尼"
    message["From"] = "tracker@example.org"
    message["To"] = "analyst@example.org"
    message.set_content("One line.\n.\nA line after a lone dot.\n")
    with MailTrap() as trap, smtplib.SMTP(trap.host, trap.port, timeout=PATIENCE_S) as client:
        client.send_message(message, to_addrs=["analyst@example.org", "second@example.org"])
    (mail,) = trap.messages
    assert mail.mail_from == "tracker@example.org"
    assert mail.rcpt_tos == ("analyst@example.org", "second@example.org")
    assert b"Subject: 4 new, 9 copies folded: =?utf-8?" in mail.raw
    assert b"One line.\r\n.\r\nA line after a lone dot." in mail.raw


def test_an_unused_mail_trap_is_empty_and_two_traps_do_not_share_a_port():
    with MailTrap() as one, MailTrap() as two:
        assert one.port != two.port
        assert one.messages == two.messages == ()
