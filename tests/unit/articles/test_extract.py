"""Pages into text and facts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tracker.articles import extract_page
from tracker.model import ExtractedPage, Refused

URL = "https://www.paper.test/world/story-1?ref=x"
SENTENCE = "Officials said the working group on precursor chemicals met again in the capital on {}. "
PARAGRAPHS = ["".join(SENTENCE.format(f"day {day} of week {week}") for day in range(4)) for week in range(6)]
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebPage", "name": "x"},
        {
            "@type": ["NewsArticle"],
            "headline": "Working group meets &amp; agrees",
            "datePublished": "2025-06-02T10:00:00+02:00",
            "author": [
                {"@type": "Person", "name": "Ana Ruiz"},
                "Ben Li",
                {"@type": "Person", "name": "https://x.test/"},
            ],
            "publisher": {"@type": "Organization", "name": "The Paper"},
            "inLanguage": "en-GB",
        },
    ],
}


def document(head: str = "", body: str = "", attributes: str = "") -> bytes:
    return f"<!DOCTYPE html><html {attributes}><head>{head}</head><body><article>{body or BODY}</article></body></html>".encode()


def extracted(html: bytes, url: str = URL, content_type: str = "text/html") -> ExtractedPage:
    page = extract_page(html, url, content_type)
    assert isinstance(page, ExtractedPage), page
    return page


def ld(value: object) -> str:
    return f"<script type='application/ld+json'>{value if isinstance(value, str) else json.dumps(value)}</script>"


def test_the_text_comes_out_paragraph_by_paragraph_without_the_furniture():
    html = document(body=f"<h1>Working group meets</h1>{BODY}").replace(
        b"<body>",
        b"<body><nav><a href='/'>Home</a> <a href='/w'>World</a></nav><div class='cookie-banner'>We use cookies</div>",
    )
    text = extracted(html.replace(b"</body>", b"<footer>Copyright</footer></body>")).text
    assert [line for line in text.split("\n") if line.startswith("Officials")] == [
        one.strip() for one in PARAGRAPHS
    ]
    assert "Copyright" not in text
    assert "cookies" not in text


def test_what_structured_data_says_is_read():
    page = extracted(document(ld(LD) + "<title>Other title | The Paper</title>"))
    assert page.title == "Working group meets & agrees"
    assert page.byline == "Ana Ruiz, Ben Li"
    assert page.site == "The Paper"
    assert page.published_at == datetime(2025, 6, 2, 8, tzinfo=UTC)
    assert page.language == "en"


def test_what_meta_elements_say_is_read():
    head = """<meta property="og:title" content="Group meets"><meta name="author" content="By Ana Ruiz">
    <meta property="og:site_name" content="Paper &amp; Co"><meta property="article:published_time" content="2025-06-02T08:00:00Z">
    <meta property="og:locale" content="es_MX">"""
    page = extracted(document(head))
    assert (page.title, page.byline, page.site, page.language) == (
        "Group meets",
        "Ana Ruiz",
        "Paper & Co",
        "es",
    )
    assert page.published_at == datetime(2025, 6, 2, 8, tzinfo=UTC)


def test_the_title_element_serves_without_the_outlets_name():
    assert (
        extracted(document("<title>Group meets in capital - The Paper</title>")).title
        == "Group meets in capital"
    )


def test_the_language_the_page_declares_comes_first():
    assert extracted(document(ld(LD), attributes='lang="fr-CA"')).language == "fr"
    assert extracted(document()).language is None


@pytest.mark.parametrize(
    "head",
    [
        "<meta name='date' content='2025-06-02'>",
        "<meta itemprop='datePublished' content='2 June 2025'>",
        "<time itemprop='datePublished' datetime='2025-06-02'>yesterday</time>",
    ],
)
def test_the_day_of_publication_is_found_in_many_places(head):
    assert extracted(document(head)).published_at == datetime(2025, 6, 2, tzinfo=UTC)


def test_a_page_that_states_no_date_has_none():
    assert extracted(document()).published_at is None


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("https://www.paper.test/world/story-1", "https://www.paper.test/world/story-1"),
        ("/world/story-1", "https://www.paper.test/world/story-1"),
        ("https://paper.test/world/story-1", "https://paper.test/world/story-1"),
        ("https://other.test/world/story-1", None),
        ("https://www.paper.test/", None),
        ("javascript:alert(1)", None),
        ("http://127.0.0.1/x", None),
    ],
)
def test_a_canonical_link_is_taken_from_its_own_site_only(link, canonical):
    assert extracted(document(f"<link rel='canonical' href='{link}'>")).canonical_link == canonical


@pytest.mark.parametrize(
    "script",
    [
        "{",
        "null",
        "[[[[",
        '{"a":' * 50_000,
        '{"@type": "NewsArticle", "author": {"name": {}}, "headline": 3}',
        '"text"',
        "[1, [2], {}]",
    ],
)
def test_broken_structured_data_harms_nothing(script):
    page = extracted(document(ld(script) + "<title>Group meets</title>"))
    assert page.title == "Group meets"
    assert len(page.text) > 1000


def test_structured_data_of_absurd_size_is_left_alone():
    page = extracted(document(ld({**LD["@graph"][1], "x": "y" * 1_000_001}) + "<title>Group meets</title>"))
    assert page.title == "Group meets"


def test_a_list_of_headlines_gives_its_first():
    assert extracted(document(ld({"@type": "NewsArticle", "headline": ["One", "Two"]}))).title == "One"


def test_a_very_long_page_that_states_no_date_is_not_searched_for_one():
    assert extracted(document(body="<p>Posted on 2025-06-02.</p>" + BODY * 450)).published_at is None


def test_a_page_drawn_by_scripts_gives_the_text_of_its_structured_data():
    story = {"@type": "NewsArticle", "headline": "h", "articleBody": " ".join(PARAGRAPHS)}
    html = f"<html><head>{ld(story)}</head><body><div id='root'></div></body></html>".encode()
    assert extracted(html).text == " ".join(PARAGRAPHS).replace("  ", " ").strip()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (
            document(
                body=BODY + "<p>Café “x” costs more than it did before the new list came into force.</p>"
            ),
            "text/html; charset=latin-1",
        ),
        ("cp1252", "text/html; charset=windows-1252"),
        ("cp1252", "text/html; charset=utf-8"),
        ("utf-16", "text/html"),
    ],
)
def test_the_encoding_is_what_the_bytes_are(body, content_type):
    html = f"<html><body><article>{BODY}<p>Café “x” costs more than it did before the new list came into force.</p></article></body></html>"
    page = extracted(body if isinstance(body, bytes) else html.encode(body), content_type=content_type)
    assert "Café “x”" in page.text


def test_a_charset_in_the_page_is_heeded():
    html = f"<html><head><meta charset='gb2312'></head><body><article>{BODY}<p>{'芬太尼前体化学品管制办法已经公布,自明年一月起施行。' * 4}</p></article>"
    assert "芬太尼前体化学品" in extracted(html.encode("gb18030")).text


def test_an_xml_declaration_with_a_wrong_encoding_is_ignored():
    assert len(extracted(b"<?xml version='1.0' encoding='utf-16'?>" + document()).text) > 1000


def test_no_control_or_direction_character_survives():
    html = document(body=BODY.replace("Officials", "Offi\x00cials\x01\u202e\u200b"))
    text = extracted(html).text
    assert "Officials" in text
    assert not any(ord(char) < 32 and char != "\n" for char in text)
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "no_text", "empty"),
        (b"<!doctype html>", "no_text", "empty"),
        (b"%PDF-1.7 \xe2\xe3", "not_html", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "not_html", "PNG"),
        (b'{"a": 1}', "not_html", "JSON"),
        (b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>", "not_html", "a feed"),
        (b"only words", "not_html", "without markup"),
        (b"<html><body></body></html>", "no_text", "no article text"),
        (
            b"<html><body><div id=root></div>" + b"<script>1</script>" * 5 + b"</body></html>",
            "no_text",
            "scripts",
        ),
        (b"<html><frameset><frame src=a></frameset></html>", "no_text", "frames"),
        (b"<p>" + b"x" * (5 * 1024 * 1024), "too_large", "5 MiB"),
    ],
)
def test_what_gives_no_article_is_refused_in_a_sentence_that_says_why(body, code, words):
    refused = extract_page(body, URL, "text/html")
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert words in refused.detail


def test_a_page_nested_too_deeply_says_that_it_was_not_read_whole():
    page = extracted(document(body=BODY + "<p>" + "<b><i>" * 3_000 + "x</p>"))
    assert [problem.code for problem in page.problems] == ["text_truncated"]
    refused = extract_page(b"<html><body>" + b"<div>" * 5_000 + BODY.encode(), URL, "text/html")
    assert isinstance(refused, Refused)
    assert refused.code == "text_truncated"


def test_the_same_page_gives_the_same_text_every_time():
    html = document()
    assert len({extracted(html).text for _ in range(30)}) == 1


def test_a_page_without_an_address_is_read_too():
    page = extracted(document("<link rel='canonical' href='https://paper.test/a'>"), url="")
    assert len(page.text) > 1000
    assert page.canonical_link is None
