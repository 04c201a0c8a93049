"""Feed documents of every format, and what stands in their place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tracker.feeds.parse import MAX_ENTRIES, parse_feed
from tracker.model import FeedFormat, ParsedFeed, Refused

DATA = Path(__file__).parents[2] / "data/feeds"
URL = "https://gazette.test/feeds/rss.xml"
TEN = datetime(2025, 6, 2, 10, tzinfo=UTC)


def parsed(body: bytes | str, url: str = URL, content_type: str = "") -> ParsedFeed:
    result = parse_feed(body.encode() if isinstance(body, str) else body, url, content_type)
    assert isinstance(result, ParsedFeed), result
    return result


def sample(name: str) -> ParsedFeed:
    return parsed((DATA / name).read_bytes())


def rss(*items: str, head: str = "") -> str:
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'


def item(title="A story", link="https://gazette.test/a", guid="", extra="") -> str:
    named = f"<guid>{guid}</guid>" if guid else ""
    return f"<item><title>{title}</title><link>{link}</link>{named}{extra}</item>"


def test_an_rss_feed_comes_out_as_clean_values():
    feed = sample("rss20.xml")
    assert (feed.format, feed.title, feed.site_url) == (
        FeedFormat.RSS,
        "Harbour Gazette",
        "https://gazette.test/",
    )
    assert (feed.language, feed.ttl, feed.degraded, feed.problems) == (
        "en-gb",
        timedelta(minutes=30),
        False,
        (),
    )
    first, second = feed.entries
    assert first.title == "Customs seize & destroy a tonne of precursors"
    assert first.url == "https://www.gazette.test/2025/06/02/seizure?utm_source=rss&id=7"
    assert first.canonical_url == "https://gazette.test/2025/06/02/seizure?id=7"
    assert (first.key, first.guid) == ("gazette-7", "gazette-7")
    assert first.summary == "Officers found 900 kilograms."
    assert "<p>Nobody was hurt.</p>" in first.content_html
    assert first.authors == ("Ana Ruiz",)
    assert first.published_at == datetime(2025, 6, 2, 8, tzinfo=UTC)
    assert second.url == "https://gazette.test/news/second/"
    assert second.key == second.canonical_url == "https://gazette.test/news/second"


def test_a_document_type_is_no_reason_to_refuse_a_feed():
    feed = sample("rss091.xml")
    assert feed.format is FeedFormat.RSS
    assert feed.entries[0].title == "Un café à Paris"
    assert feed.language == "fr"


def test_an_rdf_feed_gives_its_dublin_core_date_as_publication():
    feed = sample("rdf10.xml")
    assert feed.format is FeedFormat.RDF
    assert [entry.title for entry in feed.entries] == ["One", "Two"]
    assert feed.entries[0].published_at == datetime(2025, 6, 2, 8, tzinfo=UTC)
    assert feed.entries[0].authors == ("B. Author",)


def test_an_atom_feed_keeps_both_dates_and_resolves_links_by_its_base():
    feed = sample("atom10.xml")
    (entry,) = feed.entries
    assert feed.format is FeedFormat.ATOM
    assert entry.title == "Drei Stoffe verboten"
    assert entry.url == "https://blog.test/posts/drei-stoffe"
    assert (entry.published_at, entry.updated_at) == (TEN, datetime(2025, 6, 3, 11, tzinfo=UTC))
    assert "Ab Januar gilt die Liste." in entry.content_html
    assert entry.summary == "Ab Januar gilt die Liste."
    assert entry.language == "de"


def test_a_google_alert_leads_to_the_article_itself():
    (entry,) = sample("alerts.xml").entries
    assert entry.title == "China lists fentanyl precursors anew"
    assert entry.url == "https://www.paper.test/world?id=5&utm_source=x"
    assert entry.canonical_url == "https://paper.test/world?id=5"
    assert entry.authors == ()


def test_a_json_feed_is_read_in_both_versions_ways():
    feed = sample("feed.json")
    assert (feed.format, feed.title, feed.language) == (FeedFormat.JSON, "JSON paper", "en")
    first, second = feed.entries
    assert (first.key, first.url, first.title) == ("12", "https://gazette.test/a", "A & B")
    assert (first.published_at, first.authors) == (TEN, ("D. Writer",))
    assert (second.url, second.authors) == ("https://else.test/b", ("Old Style",))
    assert second.summary == "Plain <text> second line"


def test_a_news_sitemap_is_a_feed_of_its_news_entries():
    feed = sample("sitemap_news.xml")
    (entry,) = feed.entries
    assert (feed.format, feed.title) == (FeedFormat.SITEMAP, "The Daily")
    assert (entry.title, entry.outlet, entry.published_at) == ("One & only", "The Daily", TEN)


ATOM = "http://www.w3.org/2005/Atom"


@pytest.mark.parametrize(
    "body",
    [
        rss(
            f'<link xmlns="{ATOM}" rel="self" href="?p=1"/><link xmlns="{ATOM}" rel="next" href="?p=2"/>',
            item(),
        ),
        rss(f'<a:link xmlns:a="{ATOM}" rel="next" href="?p=2"/>', item("not <br> well-formed")),
        f'<feed xmlns="{ATOM}"><link rel="next" href="?p=2"/><entry><id>1</id><title>x</title></entry></feed>',
        '{"version": "https://jsonfeed.org/version/1.1", "title": "t", "next_url": "?p=2", "items": [{"id": "1", "title": "x"}]}',
    ],
)
def test_the_page_of_older_entries_is_found(body):
    assert parsed(body).next_url == f"{URL}?p=2"


@pytest.mark.parametrize("link", ["javascript:x", "http://10.0.0.1/x", URL, ""])
def test_a_next_page_that_leads_nowhere_is_none(link):
    body = f'<feed xmlns="{ATOM}"><link rel="next" href="{link}"/><entry><id>1</id><title>x</title></entry></feed>'
    assert parsed(body).next_url is None


ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"


@pytest.mark.parametrize("title", ["x", "not <br> well-formed"])
def test_where_the_document_says_that_the_feed_went_is_told(title):
    def moved_to(address):
        head = f"<itunes:new-feed-url>{address}</itunes:new-feed-url>"
        return parsed(rss(head, item(title)).replace("<rss ", f'<rss xmlns:itunes="{ITUNES}" ')).new_url

    assert moved_to("https://new.test/f") == "https://new.test/f"
    assert moved_to(URL) is None


@pytest.mark.parametrize(
    ("title", "is_notice"),
    [
        ("This feed has moved", True),
        ("IMPORTANT: our RSS feed has been discontinued", True),
        ("Feed moved – please update your feed reader", True),
        ("New RSS feed address", True),
        ("Animal feed moved by rail for the first time", False),
        ("Embassy moved to new address", False),
        ("Cattle feed has become dearer", False),
    ],
)
def test_an_entry_that_says_the_feed_has_moved_is_a_problem(title, is_notice):
    feed = parsed(rss(item(title), item("Other", "https://gazette.test/b")))
    assert [problem.code for problem in feed.problems] == ["moved_notice"] * is_notice
    assert title in feed.problems[0].detail if is_notice else not feed.problems


def test_an_old_notice_further_down_is_no_news():
    old = item("This feed has moved", "https://gazette.test/z")
    assert parsed(rss(item("One"), item("Two", "https://gazette.test/b"), old)).problems == ()


def index_of(*addresses: str) -> bytes:
    listed = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return f'<?xml version="1.0"?><sitemapindex xmlns="x">{listed}</sitemapindex>'.encode()


def test_a_list_of_sitemaps_is_refused_naming_the_one_with_news():
    refused = parse_feed(
        index_of("https://news.test/pages.xml", "https://news.test/google-news.xml?a=1&amp;b=2"), URL, ""
    )
    assert isinstance(refused, Refused)
    assert "tracker feeds add https://news.test/google-news.xml?a=1&b=2" in refused.detail
    other = parse_feed(index_of("https://news.test/pages.xml", "javascript:news"), URL, "")
    assert isinstance(other, Refused)
    assert "none of them of news" in other.detail


@pytest.mark.parametrize("guid", ["", "0"])
def test_an_address_that_many_stories_share_names_none_of_them(guid):
    home = "https://gazette.test/news"
    feed = parsed(rss(item("One", home, guid), item("Two", home, guid)))
    assert len({entry.key for entry in feed.entries}) == 2
    assert all(entry.key.startswith("text:") for entry in feed.entries)


def test_the_front_page_names_no_story():
    feed = parsed(rss("<link>https://www.gazette.test/</link>", item("One", "http://gazette.test/", "")))
    assert feed.entries[0].key.startswith("text:")


def test_one_guid_on_two_stories_at_one_address_identifies_neither():
    feed = parsed(rss(item("One", "https://gazette.test/n", "g"), item("Two", "https://gazette.test/n", "g")))
    assert len({entry.key for entry in feed.entries}) == 2


def test_a_sitemap_without_news_is_refused():
    body = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.test/</loc></url></urlset>'
    assert parse_feed(body, URL, "") == Refused(
        code="not_a_feed", detail="this is a sitemap without news entries, not a feed"
    )


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "empty_body", "empty"),
        (b" \r\n\t", "empty_body", "empty"),
        (b"\xef\xbb\xbf", "empty_body", "empty"),
        (b"<!doctype html><html><title>Home</title><p>Hello", "not_a_feed", "a web page (“Home”)"),
        (b"<html><title>Sign in</title><form>", "not_a_feed", "a sign-in page"),
        (b"<html><body><input type='password'></body></html>", "not_a_feed", "a sign-in page"),
        (b"<html><title>404 Not Found</title></html>", "not_a_feed", "an error page (“404 Not Found”)"),
        (b"<html><title>Just a moment...</title></html>", "not_a_feed", "a bot check"),
        (b"<html><title>Privacy consent</title></html>", "not_a_feed", "a consent page"),
        (b"<html><body>This domain is for sale</body></html>", "not_a_feed", "a parked domain"),
        (
            b"<opml version='2.0'><body><outline xmlUrl='https://a.test/f'/></body></opml>",
            "not_a_feed",
            "feeds import",
        ),
        (b"<?xml version='1.0'?><error>no</error>", "not_a_feed", "an XML document <error>"),
        (b'{"error": "rate limited"}', "not_a_feed", "it says “rate limited”"),
        (b'{"error": ', "not_a_feed", "cannot be read"),
        (b"[1, 2]", "not_a_feed", "JSON"),
        (b"nothing to see", "not_a_feed", "text that begins “nothing to see”"),
        (b"%PDF-1.7 ...", "not_a_feed", "a PDF document"),
        (bytes(range(32)) * 100, "not_a_feed", "binary data"),
        (b"x" * (10 * 1024 * 1024 + 1), "too_large", "10 MiB"),
    ],
)
def test_what_is_no_feed_is_refused_in_a_sentence_that_names_it(body, code, words):
    refused = parse_feed(body, URL, "text/xml")
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert words in refused.detail


def test_a_feed_behind_blank_lines_and_server_warnings_is_found():
    assert len(parsed("\n\n  " + rss(item())).entries) == 1
    assert len(parsed("<br />\n<b>Warning</b>: mysql\n" + rss(item())).entries) == 1


def test_an_internal_entity_is_replaced_and_an_external_one_is_never_opened():
    head = '<!DOCTYPE rss [<!ENTITY co "Acme &#169;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    assert parsed(rss(item("&co; report&f;"), head=head)).entries[0].title == "Acme © report"


@pytest.mark.parametrize(
    "declarations",
    [
        "".join(f'<!ENTITY e{n} "x">' for n in range(40)),
        f'<!ENTITY e "{"A" * 2000}">',
        f'<!ENTITY e "{"A" * 900}">',
    ],
)
def test_entities_in_excess_are_refused(declarations):
    refused = parse_feed(rss(item("&e;" * 2000), head=f"<!DOCTYPE rss [{declarations}]>").encode(), URL, "")
    assert isinstance(refused, Refused)
    assert refused.code == "entity_bomb"


def test_nested_entities_are_not_expanded():
    head = '<!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>'
    assert parsed(rss(item("x &b;"), head=head)).entries[0].title == "x &b;"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("A&#xD800;&#0;&#xFFFF;&#x110000;&#99999999999;B", "AB"),
        ("A\x01\x08\x0b\x1fB", "AB"),
        ("A&nbsp;&mdash;&bogus;", "A —&bogus;"),
        ("Q&A at AT&T", "Q&A at AT&T"),
        ("dash &#150; dash", "dash – dash"),
        ("<![CDATA[Q&A <b>bold</b>]]>", "Q&A bold"),
        ("x &lt;b&gt;y&lt;/b&gt;", "x y"),
    ],
)
def test_characters_that_xml_forbids_cost_nothing_but_themselves(written, title):
    feed = parsed(rss(item(written), item("Other", "https://gazette.test/b")))
    assert [entry.title for entry in feed.entries] == [title, "Other"]
    assert not feed.degraded


def test_a_feed_cut_off_in_the_middle_gives_its_whole_entries_and_says_so():
    whole = rss(item("One"), item("Two", "https://gazette.test/b"))
    feed = parsed(whole[: whole.index("Two")])
    assert [entry.title for entry in feed.entries] == ["One"]
    assert feed.degraded
    assert [problem.code for problem in feed.problems] == ["cut_off"]


def test_an_unfinished_cdata_section_is_a_cut():
    feed = parsed(rss(item("One"), "<item><title><![CDATA[half a title"))
    assert [entry.title for entry in feed.entries] == ["One"]
    assert feed.degraded


def test_a_feed_cut_off_before_its_first_entry_is_degraded_and_empty():
    feed = parsed(rss(item())[:60])
    assert feed.entries == ()
    assert feed.degraded


@pytest.mark.parametrize(
    "prolog", ["<!-- a comment --><!---->", "<?xml-stylesheet href='http://canary.test/x'?>\n"]
)
def test_comments_and_instructions_before_the_feed_are_passed_over(prolog):
    assert len(parsed(prolog + rss(item()).partition("?>")[2]).entries) == 1


@pytest.mark.parametrize(
    "start", ["<!-- never closed ", "<?xml never closed ", "<!DOCTYPE rss [ <!ENTITY a 'never closed "]
)
def test_a_document_that_never_begins_is_refused(start):
    assert isinstance(parse_feed((start + rss(item()).partition("?>")[2]).encode(), URL, ""), Refused)


def test_malformed_feeds_of_every_kind_are_read_by_the_forgiving_parser():
    rdf = (DATA / "rdf10.xml").read_bytes().replace(b"First.", b"First <br> line.")
    feed = parsed(rdf)
    assert (feed.format, len(feed.entries), feed.problems[0].code) == (FeedFormat.RDF, 2, "not_well_formed")
    assert feed.entries[0].published_at == datetime(2025, 6, 2, 8, tzinfo=UTC)
    atom = parsed((DATA / "atom10.xml").read_bytes().replace(b"Liste.", b"Liste <br> hier."))
    assert (atom.format, atom.entries[0].updated_at) == (
        FeedFormat.ATOM,
        datetime(2025, 6, 3, 11, tzinfo=UTC),
    )
    sitemap = (DATA / "sitemap_news.xml").read_bytes().replace(b"One", b"<br>One")
    assert isinstance(parse_feed(sitemap, URL, ""), Refused)


def test_a_second_document_behind_the_first_is_a_degraded_feed():
    feed = parsed(rss(item("One")) + rss(item("Two", "https://gazette.test/b")))
    assert feed.degraded
    assert feed.entries[0].title == "One"


def test_markup_that_is_merely_wrong_is_a_problem_but_no_degradation():
    feed = parsed(rss(item("One"), "<item><title>Two</item>"))
    assert [entry.title for entry in feed.entries][:1] == ["One"]
    assert not feed.degraded
    assert feed.problems[0].code == "not_well_formed"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/b", "https://gazette.test/b"),
        ("b", "https://gazette.test/feeds/b"),
        ("//gazette.test/b", "https://gazette.test/b"),
        ("\n https://gazette.test/b \n", "https://gazette.test/b"),
        ("https://gazette.test/b?x=1&amp;y=2", "https://gazette.test/b?x=1&y=2"),
        ("https://gazette.test/b?x=1&y=2", "https://gazette.test/b?x=1&y=2"),
        ("javascript:alert(1)", None),
        ("http://127.0.0.1/x", None),
        ("file:///etc/passwd", None),
    ],
)
def test_links_are_resolved_against_the_address_the_feed_came_from(link, url):
    assert parsed(rss(item(link=link))).entries[0].url == url


def test_a_hostile_base_leads_nowhere():
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="file:///"><title>t</title>'
        '<entry><title>e</title><id>1</id><link href="etc/passwd"/></entry></feed>'
    )
    assert parsed(body).entries[0].url in {None, "https://gazette.test/feeds/etc/passwd"}


def test_an_atom_link_that_cannot_be_an_address_is_none():
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry xml:base="https://a.test/">'
        '<title>e</title><id>1</id><link href="//[::1"/></entry></feed>'
    )
    assert parsed(body).entries[0].url is None


def test_a_feed_that_trips_feedparser_up_is_refused_as_unreadable():
    body = rss(
        "<language>fr</lang", "<iguage>", "<item><title>x</title><link></item>http://a.test/</link></item>"
    )
    refused = parse_feed(body.encode(), URL, "")
    assert isinstance(refused, Refused)
    assert refused.code == "unreadable"


def test_the_address_feedburner_kept_is_preferred():
    extra = (
        '<f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://paper.test/a</f:origLink>'
    )
    assert (
        parsed(rss(item(link="http://feedproxy.google.com/~r/x/~3/y/", extra=extra))).entries[0].url
        == "https://paper.test/a"
    )


def test_a_guid_that_is_an_address_serves_where_the_link_is_missing():
    body = rss("<item><title>x</title><guid>https://gazette.test/b</guid></item>")
    assert parsed(body).entries[0].url == "https://gazette.test/b"


@pytest.mark.parametrize("guid", ["0", URL, "null", "https://gazette.test/"])
def test_a_placeholder_is_no_identity(guid):
    body = rss("<link>https://gazette.test/</link>", item(guid=guid))
    assert parsed(body).entries[0].key == "https://gazette.test/a"


def test_one_guid_on_two_stories_identifies_neither():
    feed = parsed(rss(item("One", "https://gazette.test/1", "g"), item("Two", "https://gazette.test/2", "g")))
    assert [entry.key for entry in feed.entries] == ["https://gazette.test/1", "https://gazette.test/2"]
    assert [entry.guid for entry in feed.entries] == ["g", "g"]


def test_entries_without_guid_and_link_are_told_apart_by_their_text():
    feed = parsed(
        rss(*(f"<item><title>Same</title><description>text {n}</description></item>" for n in (1, 2)))
    )
    keys = {entry.key for entry in feed.entries}
    assert len(keys) == 2
    assert all(key.startswith("text:") for key in keys)


def test_a_very_long_identity_is_stored_as_its_hash():
    entry = parsed(rss(item(guid="g" * 100_000))).entries[0]
    assert len(entry.key) < 100
    assert entry.guid == entry.key


def test_the_content_hash_sees_title_and_text_only():
    def content_hash(title="T", date="Mon, 02 Jun 2025 10:00:00 GMT", text="words", image="1.png") -> str:
        extra = f"<pubDate>{date}</pubDate><description>&lt;img src='{image}'&gt;{text}</description>"
        return parsed(rss(item(title, extra=extra))).entries[0].content_hash

    assert (
        content_hash()
        == content_hash(date="Tue, 03 Jun 2025 10:00:00 GMT")
        == content_hash(image="2.png?sig=9")
    )
    assert len({content_hash(), content_hash(title="Other"), content_hash(text="others")}) == 3


def test_titles_and_summaries_are_single_lines_of_bounded_length():
    entry = parsed(rss(item("word " * 1000, extra=f"<description>{'text ' * 5000}</description>"))).entries[0]
    assert len(entry.title) <= 300
    assert len(entry.summary) <= 2_000
    assert len(entry.content_html) > 20_000


def test_items_that_hold_nothing_are_counted_not_stored():
    feed = parsed(rss(item(), "<item/>", "<item><guid isPermaLink='false'>x</guid></item>"))
    assert len(feed.entries) == 1
    assert [problem.code for problem in feed.problems] == ["unreadable_entries"]


def test_a_readable_feed_without_entries_says_so():
    feed = parsed(rss())
    assert feed.entries == ()
    assert [problem.code for problem in feed.problems] == ["no_entries"]


def test_entries_beyond_the_cap_are_reported():
    items = ",".join(f'{{"id": "{n}", "title": "t{n}"}}' for n in range(MAX_ENTRIES + 5))
    feed = parsed(f'{{"version": "https://jsonfeed.org/version/1", "title": "t", "items": [{items}]}}')
    assert len(feed.entries) == MAX_ENTRIES
    assert feed.problems[0].code == "too_many_entries"
    assert str(MAX_ENTRIES + 5) in feed.problems[0].detail


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rss(item("Café “x”")).encode(), "text/xml; charset=iso-8859-1"),
        (rss(item("Café “x”")).encode("cp1252"), "text/xml; charset=windows-1252"),
        (rss(item("Café “x”")).encode("cp1252"), "text/xml; charset=utf-8"),
        (rss(item("Café “x”")).replace("?>", " encoding='cp1252'?>", 1).encode("cp1252"), ""),
        (rss(item("Café “x”")).replace("?>", " encoding='utf-16'?>", 1).encode(), ""),
        (rss(item("Café “x”")).encode("utf-16"), ""),
        (rss(item("Café “x”")).encode("utf-8-sig"), ""),
    ],
)
def test_the_encoding_is_what_the_bytes_are(body, content_type):
    assert parsed(body, content_type=content_type).entries[0].title == "Café “x”"


def test_bytes_that_had_to_be_replaced_are_a_problem():
    body = rss(item("Café crème brûlée à la carte")).encode().replace(b"carte", b"c\xe4rte")
    feed = parsed(body)
    assert feed.entries[0].title == "Café crème brûlée à la cärte"
    assert [problem.code for problem in feed.problems] == ["bad_encoding"]


@pytest.mark.parametrize(
    ("hint", "ttl"),
    [
        ("<ttl>60</ttl>", timedelta(hours=1)),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999999999</ttl>", None),
        ("<ttl>9999999</ttl>", timedelta(days=365)),
        ("", None),
    ],
)
def test_the_publishers_hint_how_long_to_wait_is_read(hint, ttl):
    assert parsed(rss(hint, item())).ttl == ttl


@pytest.mark.parametrize(
    "body",
    [
        '{"version":"https://jsonfeed.org/version/1.1","items":[3,null,"x",[],{"id":1}]}',
        '{"version":"https://jsonfeed.org/version/1.1","items":{"a":1}}',
        '{"version":"https://jsonfeed.org/version/1.1","title":["t"],"items":[{"id":{},"title":[],"url":7,"authors":[{"name":3},4]}]}',
        '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1e999,"content_text":"\\ud800x","date_published":"never"}]}',
        f'{{"version":"https://jsonfeed.org/version/1.1","items":[{{"id":{"9" * 6000},"title":"huge"}}]}}',
    ],
)
def test_no_json_feed_raises(body):
    feed = parsed(body)
    assert len(feed.entries) <= 1
    assert "\ud800" not in "".join(entry.summary for entry in feed.entries)


def test_json_nested_without_end_is_refused():
    body = '{"version":"https://jsonfeed.org/version/1.1","items":' + "[" * 100_000
    assert isinstance(parse_feed(body.encode(), URL, ""), Refused)
