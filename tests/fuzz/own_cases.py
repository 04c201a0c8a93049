"""Hostile feeds and pages of our own making, by other routes than the collected set: name -> a maker of bytes.

Each maker is given a size: small on every push, thousands of times larger in the campaign. `MUST` names those that a
reader must get something out of; all others may be read or refused, but within their limits and with a sentence.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable

Maker = Callable[[int], bytes]

HEAD = "<?xml version='1.0' encoding='{}'?>"
RSS = "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>T</title>{}</channel></rss>"
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><id>urn:x</id>{}</feed>"
GOOD = "<item><title>A good story</title><link>http://site.test/good</link><guid isPermaLink='false'>good</guid></item>"
GOOD_ENTRY = "<entry><title>A good story</title><id>good</id><link href='http://site.test/good'/><updated>2026-11-01T00:00:00Z</updated></entry>"
TEXT = "Officials of two countries met in the harbour town and agreed on new controls for the shipments in question. "


def rss(inner: str, encoding: str = "utf-8", *, declared: str = "") -> bytes:
    """An RSS document, good story last, so that what stands before it must not swallow it."""
    document = HEAD.format(declared or encoding) + RSS.format(inner + GOOD)
    return document.encode(encoding, "replace")


def item(inner: str) -> str:
    return f"<item><title>Odd</title><guid isPermaLink='false'>odd</guid>{inner}</item>"


def atom(inner: str) -> bytes:
    return (HEAD.format("utf-8") + ATOM.format(inner + GOOD_ENTRY)).encode()


def feed_json(**fields: object) -> bytes:
    good = {"id": "good", "title": "A good story", "url": "http://site.test/good"}
    base = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [good]}
    return json.dumps({**base, **fields}).encode()


def page(inner: str, head: str = "") -> bytes:
    article = f"<article><h1>Headline</h1><p>{TEXT * 6}</p></article>"
    return f"<!doctype html><html><head><title>Headline</title>{head}</head><body>{article}{inner}</body></html>".encode()


def many(text: str, n: int) -> str:
    """The text with {} counted up."""
    return "".join(text.replace("{}", str(number)) for number in range(n))


# ------------------------------------------------------------ feeds

ENCODINGS: dict[str, Maker] = {
    f"declared_{name.replace('-', '_')}": (lambda _, name=name: rss("", declared=name))  # type: ignore[misc]
    for name in (
        "zlib_codec", "hex", "base64", "rot13", "unicode_escape", "raw-unicode-escape", "idna", "punycode", "undefined",
        "utf-8-sig", "utf-16", "utf-32-be", "cp037", "iso-2022-jp", "utf-7", "utf-8\x00", "../../etc/passwd", "é", "x" * 400,
    )
}  # fmt: skip
ENCODINGS |= {
    f"written_in_{name.replace('-', '_')}": (
        lambda _, name=name: rss(item("<description>é 中文</description>"), name)
    )  # type: ignore[misc]
    for name in ("shift_jis", "big5", "gb18030", "euc_kr", "koi8-r", "utf-16", "utf-8-sig", "iso-8859-15")
}
FEEDS: dict[str, Maker] = {
    **ENCODINGS,
    "written_in_ebcdic": lambda _: rss("", "cp037"),
    "two_marks_at_the_start": lambda _: b"\xef\xbb\xbf\xef\xbb\xbf" + rss(""),
    "mark_says_utf16_but_it_is_not": lambda _: b"\xff\xfe" + rss(""),
    "zeros_between_letters": lambda _: b"".join(bytes([byte, 0, 0]) for byte in rss("")),
    "packed_and_not_said": lambda n: gzip.compress(rss(many(item("{}"), n))),
    "deflated_and_not_said": lambda n: zlib.compress(rss(many(item("{}"), n))),
    "packed_ten_times": lambda n: _packed(b"0" * n * 1000, 10),
    "picture": lambda n: b"\x89PNG\r\n\x1a\n" + bytes(n * 100),
    "program": lambda n: b"\x7fELF" + bytes(range(256)) * n,
    "mail": lambda n: b"From: a@b.test\r\nSubject: x\r\n\r\n" + b"line\r\n" * n,
    "deep_content": lambda n: rss(item("<description><![CDATA[" + "<b>" * n * 50 + "]]></description>")),
    "deep_xhtml": lambda n: atom("<entry><id>odd</id><title>Odd</title><content type='xhtml'>" + "<div xmlns='http://www.w3.org/1999/xhtml'>" * n + "x" + "</div>" * n + "</content></entry>"),
    "deep_sources": lambda n: atom("<entry><id>odd</id><title>Odd</title>" + "<source>" * n + "</source>" * n + "</entry>"),
    "items_in_items": lambda n: rss("<item>" * n + "</item>" * n),
    "channels_in_channels": lambda n: rss("<channel>" * n + "</channel>" * n),
    "rss_in_rss": lambda n: rss(RSS.format(item("")) * n),
    "cdata_in_cdata": lambda n: rss(item("<description>" + "<![CDATA[" * n + "x" + "]]>" * n + "</description>")),
    "comments_in_comments": lambda n: rss("<!--" * n + "x" + "-->" * n),
    "open_comments": lambda n: rss("").replace(b"<channel>", b"<channel>" + b"<!--" * n),
    "open_instructions": lambda n: rss("").replace(b"<channel>", b"<channel>" + b"<?x " * n),
    "open_cdata": lambda n: rss("<![CDATA[" * n * 10),
    "open_doctypes": lambda n: b"<!DOCTYPE x [" * n + rss(""),
    "open_quotes": lambda n: rss("<a b='" * n),
    "nameless_tags": lambda n: rss("<>" * n + "</>" * n),
    "long_tag_name": lambda n: rss(f"<{'x' * n * 100}>y</{'x' * n * 100}>"),
    "long_attribute_name": lambda n: rss(f"<x {'y' * n * 100}='1'/>"),
    "long_attribute_value": lambda n: rss(f"<x y='{'z' * n * 100}'/>"),
    "long_instruction": lambda n: (f"<?xml version='1.0'?><?x {'y' * n * 100}?>" + RSS.format(GOOD)).encode(),
    "long_entity_name": lambda n: rss(item(f"<description>&{'x' * n * 100};</description>")),
    "long_character_number": lambda n: rss(item(f"<description>&#{'0' * n * 10}65;</description>")),
    "huge_character_number": lambda n: rss(item(f"<description>&#{'9' * min(n * 10, 6000)};</description>")),
    "ampersands": lambda n: rss(item("<description>" + "&" * n * 100 + "</description>")),
    "escaped_ampersands": lambda n: rss(item("<description>" + "&amp;" * n * 50 + "amp;lt;</description>")),
    "ever_more_escaped": lambda n: rss(item("<description>&" + "amp;" * n + "lt;script&" + "amp;" * n + "gt;</description>")),
    "angles": lambda n: rss(item("<description><![CDATA[" + "<" * n * 100 + "]]></description>")),
    "line_ends": lambda n: rss(item("<description>" + "\r\n" * n * 100 + "</description>")),
    "tabs_in_tags": lambda n: rss(f"<x{chr(9) * n * 100}y='1'/>"),
    "empty_items": lambda n: rss("<item/>" * n * 10),
    "self_closing_titles": lambda n: rss(item("<title/>" * n)),
    "many_titles": lambda n: rss(item(many("<title>Title {}</title>", n))),
    "many_links": lambda n: rss(item(many("<link>http://site.test/{}</link>", n))),
    "many_atom_links": lambda n: atom("<entry><id>odd</id><title>Odd</title>" + many("<link rel='alternate' href='http://site.test/{}'/>", n) + "</entry>"),
    "many_categories": lambda n: rss(item(many("<category domain='d{}'>c{}</category>", n))),
    "many_authors": lambda n: rss(item(many("<dc:creator>Person {}</dc:creator>", n))),
    "many_enclosures": lambda n: rss(item(many("<enclosure url='http://site.test/{}.mp3' length='1' type='audio/mpeg'/>", n))),
    "many_contents": lambda n: rss(item(many("<content:encoded>Words {}</content:encoded>", n))),
    "many_guids": lambda n: rss(item(many("<guid>g{}</guid>", n))),
    "many_dates": lambda n: rss(item("<pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>" * n)),
    "many_namespaces": lambda n: rss("").replace(b"<rss ", b"<rss " + many("xmlns:n{}='u{}' ", min(n, 400)).encode() + b" "),
    "many_bases": lambda n: atom("".join("<entry xml:base='a/'>" for _ in range(min(n, 300))) + "</entry>" * min(n, 300)),
    "long_base": lambda n: atom("").replace(b"<feed ", f"<feed xml:base='http://site.test/{'a/' * n * 10}' ".encode()),
    "base_of_script": lambda _: atom("<entry><id>odd</id><title>Odd</title><link href='x'/></entry>").replace(b"<feed ", b"<feed xml:base='javascript:alert(1)//' "),
    "long_title": lambda n: rss(f"<item><title>{'word ' * n * 50}</title><guid>odd</guid></item>"),
    "title_of_one_letter_a_million_times": lambda n: rss(f"<item><title>{'a' * n * 300}</title><guid>odd</guid></item>"),
    "title_of_marks": lambda n: rss(f"<item><title>a{chr(0x301) * n * 20}</title><guid>odd</guid></item>"),
    "title_of_turned_text": lambda n: rss(f"<item><title>{chr(0x202E) * n}gpj.exe{chr(0x2066) * n}</title><guid>odd</guid></item>"),
    "title_of_tags": lambda n: rss("<item><title>" + "&lt;b&gt;" * n * 10 + "</title><guid>odd</guid></item>"),
    "title_as_formula": lambda _: rss('<item><title>=HYPERLINK("http://evil.test")</title><guid>odd</guid></item>'),
    "title_with_headers": lambda _: rss("<item><title>x&#13;&#10;Bcc: v@v.test&#x2028;y&#133;z</title><guid>odd</guid></item>"),
    "title_with_terminal_codes": lambda _: rss("<item><title>x&#155;31m\x9b2J\u009dy</title><guid>odd</guid></item>"),
    "guid_of_spaces": lambda n: rss(many("<item><title>Story {}</title><guid>   </guid></item>", n)),
    "guid_of_nothing_visible": lambda n: rss(many("<item><title>Story {}</title><guid>\u200b</guid></item>", n)),
    "guid_of_a_path": lambda _: rss("<item><title>x</title><guid>../../../../etc/passwd</guid></item>"),
    "guid_with_quotes": lambda _: rss("<item><title>x</title><guid>'; DROP TABLE entry; --</guid></item>"),
    "one_guid_for_all": lambda n: rss(many("<item><title>Story number {}</title><guid>same</guid><link>http://site.test/{}</link></item>", n)),
    "date_of_digits": lambda n: rss(item(f"<pubDate>{'9' * n * 100}</pubDate>")),
    "date_of_zones": lambda n: rss(item(f"<pubDate>Mon, 02 Nov 2026 10:00:00 {'+0100 ' * n}</pubDate>")),
    "date_of_words": lambda n: rss(item(f"<pubDate>{'Mon, ' * n * 20}</pubDate>")),
    "date_of_brackets": lambda n: rss(item(f"<pubDate>{'(' * n * 20}</pubDate>")),
    "date_in_other_digits": lambda _: rss(item("<pubDate>٢٠٢٦-١١-٠١T00:00:00Z</pubDate>")),
    "link_of_script_in_pieces": lambda _: rss(item("<link>java&#9;script:alert(1)</link>")),
    "link_with_a_password": lambda _: rss(item("<link>http://user:secret@site.test/</link>")),
    "link_of_two_readings": lambda _: rss(item("<link>http://site.test\\@127.0.0.1/</link>")),
    "link_without_end": lambda n: rss(item(f"<link>http://site.test/{'a' * n * 100}</link>")),
    "link_of_dots": lambda n: rss(item(f"<link>http://site.test/{'../' * n * 20}x</link>")),
    "link_of_escapes": lambda n: rss(item(f"<link>http://site.test/{'%25' * n * 20}x</link>")),
    "link_of_parameters": lambda n: rss(item("<link>http://site.test/?" + many("a{}=1&amp;", n) + "</link>")),
    "link_in_links": lambda n: rss(item("<link>http://www.google.com/url?q=" + "http%3A%2F%2Fwww.google.com%2Furl%3Fq%3D" * min(n, 500) + "x</link>")),
    "next_page_is_this_page": lambda _: atom("<link rel='next' href='http://feed.test/f'/>"),
    "moved_to_itself": lambda _: rss("<itunes:new-feed-url xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'>http://feed.test/f</itunes:new-feed-url>"),
    "ttl_without_end": lambda n: rss(f"<ttl>{'9' * min(n * 10, 5000)}</ttl><skipHours>{many('<hour>{}</hour>', n)}</skipHours>"),
    "negative_ttl": lambda _: rss("<ttl>-5</ttl><skipDays><day>Everyday</day></skipDays>"),
    "json_nothing": lambda _: b"{}",
    "json_names_twice": lambda n: b'{"version":"https://jsonfeed.org/version/1.1","items":[' + b'{"id":"a","id":"b","title":"x"},' * n + b"{}]}",
    "json_not_a_number": lambda _: b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":NaN,"title":Infinity,"date_published":-Infinity}]}',
    "json_huge_float": lambda _: b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1e999,"title":1e-999}]}',
    "json_items_of_everything": lambda _: feed_json(items=[None, 1, "x", [], {}, True, {"id": []}, {"id": {}, "title": 5}, {"id": "a", "authors": 5, "tags": "x", "attachments": {}}]),
    "json_items_as_a_map": lambda _: feed_json(items={"a": 1}),
    "json_many_items": lambda n: feed_json(items=[{"id": str(k), "title": f"Story {k}"} for k in range(n * 5)]),
    "json_long_key": lambda n: feed_json(**{"k" * n * 100: 1}),
    "json_deep_in_an_item": lambda n: b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"a","x":' + b"[" * n + b"]" * n + b"}]}",
    "json_with_a_guard": lambda _: b")]}',\n" + feed_json(),
    "json_next_to_a_file": lambda _: feed_json(next_url="file:///etc/passwd", icon="http://127.0.0.1/", hubs=[{"type": "x", "url": "http://127.0.0.1/"}]),
    "sitemap_of_many": lambda n: _sitemap(many("<url><loc>http://site.test/{}</loc><news:news><news:title>Story {}</news:title><news:publication_date>2026-11-01</news:publication_date></news:news></url>", n)),
    "sitemap_without_places": lambda n: _sitemap("<url><news:news><news:title>x</news:title></news:news></url>" * n),
    "sitemap_of_hostile_places": lambda _: _sitemap("<url><loc>javascript:alert(1)</loc><news:news><news:title>x</news:title></news:news></url><url><loc>http://127.0.0.1/</loc><news:news><news:title>y</news:title></news:news></url>"),
    "opml_as_a_feed": lambda n: ("<opml><body>" + "<outline text='x' xmlUrl='http://a.test'/>" * n + "</body></opml>").encode(),
    "svg_as_a_feed": lambda n: ("<svg xmlns='http://www.w3.org/2000/svg'>" + "<g>" * n + "</svg>").encode(),
    "soap_as_a_feed": lambda _: b"<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Body/></soap:Envelope>",
}  # fmt: skip

# ------------------------------------------------------------ pages

PAGES: dict[str, Maker] = {
    "deep_divs": lambda n: page("<div>" * n * 10),
    "deep_spans": lambda n: page("<span>" * n * 10),
    "deep_fonts": lambda n: page("<p><font><b><i>" * n),
    "deep_tables": lambda n: page("<table><tr><td>" * n),
    "deep_frames": lambda n: page("<iframe srcdoc='" * n),
    "deep_quotes": lambda n: page("<blockquote>" * n),
    "deep_definitions": lambda n: page("<dl><dd>" * n),
    "wrongly_nested": lambda n: page("<b><p></b></p><a><table></a>" * n),
    "closings_only": lambda n: page("</div></p></span>" * n),
    "open_paragraphs": lambda n: page("<p>x" * n * 5),
    "open_lists": lambda n: page("<li>x" * n * 5),
    "open_options": lambda n: page("<select>" + "<option>x" * n * 5),
    "open_anchors": lambda n: page("<a href=x>y" * n * 5),
    "open_tag_at_the_end": lambda n: page("<p " + "a" * n * 100),
    "open_script": lambda n: page("<script>" + "var a=1;" * n * 20),
    "open_style": lambda n: page("<style>" + "a{}" * n * 20),
    "open_title": lambda n: b"<html><head><title>" + b"x" * n * 100,
    "open_textarea": lambda n: page("<textarea>" + "<p>" * n * 5),
    "open_comment": lambda n: page("<!--" + "-" * n * 100),
    "half_comments": lambda n: page("<!-->" * n * 5),
    "conditional_comments": lambda n: page("<!--[if IE]>" * n),
    "ends_of_cdata": lambda n: page("]]>" * n * 10),
    "questions": lambda n: page("<?" * n * 10),
    "exclamations": lambda n: page("<!" * n * 10),
    "equals_signs": lambda n: page("<p " + "=" * n * 100 + ">"),
    "quotes_in_a_tag": lambda n: page("<p " + "\"'" * n * 20 + ">"),
    "one_attribute_many_times": lambda n: page("<p " + "a=1 " * n * 5 + ">"),
    "classes": lambda n: page(f"<div class='{'comment ' * n * 10}'>x</div>"),
    "ids": lambda n: page(many("<div id='x{}'>y</div>", n)),
    "styles": lambda n: page(f"<div style='{'color:red;' * n * 10}'>x</div>"),
    "hidden_text": lambda n: page("<div style='display:none'>" + TEXT * n + "</div>"),
    "entity_references": lambda n: page("&nbsp;&lt;&#x200b;" * n * 5),
    "references_without_end": lambda n: page("&#" * n * 20),
    "soft_hyphens": lambda n: page("<p>" + "a\u00ad" * n * 20 + "</p>"),
    "zero_widths": lambda n: page("<p>" + "\u200b" * n * 50 + "</p>"),
    "combining_marks": lambda n: page("<p>a" + "\u0301" * n * 50 + "</p>"),
    "emoji": lambda n: page("<p>" + "👩‍👩‍👧‍👦" * n * 10 + "</p>"),
    "line_separators": lambda n: page("<p>" + "a\u2028b\u2029c\x85d" * n + "</p>"),
    "terminal_codes": lambda n: page("<p>" + "\x1b[31mred\x9b0m" * n + "</p>"),
    "zeros": lambda n: page("<p>" + "a\x00b" * n + "</p>"),
    "only_spaces": lambda n: b" \t\r\n" * n * 50,
    "only_brackets": lambda n: b"<" * n * 50 + b">" * n * 50,
    "only_title": lambda _: b"<title>x</title>",
    "two_documents": lambda n: page("") * min(n, 20),
    "table_of_all": lambda n: page("<table>" + "<tr><td>x</td></tr>" * n * 5 + "</table>"),
    "cells_that_span": lambda n: page(f"<table><tr><td colspan={'9' * min(n, 4000)} rowspan=-1>x</td></tr></table>"),
    "links_only": lambda n: page(many("<a href='/{}'>word</a> ", n * 3)),
    "pictures_only": lambda n: page(many("<img src='/{}.png' alt='word'>", n * 3)),
    "breaks": lambda n: page("a<br>" * n * 5),
    "rules": lambda n: page("<hr>" * n * 5),
    "headings": lambda n: page(many("<h2>Heading {}</h2>", n)),
    "one_paragraph_many_times": lambda n: page(f"<p>{TEXT}</p>" * n),
    "many_articles": lambda n: page(f"<article><p>{TEXT}</p></article>" * n),
    "many_bodies": lambda n: page("<body>" * n),
    "many_heads": lambda n: page("", "<head>" * n),
    "many_bases": lambda n: page("", many("<base href='http://b{}.test/'>", n)),
    "many_canonicals": lambda n: page("", many("<link rel=canonical href='http://site.test/{}'>", n)),
    "many_titles": lambda n: page("", many("<title>Title {}</title>", n)),
    "many_charsets": lambda n: page("", many("<meta charset='x{}'>", n)),
    "charset_of_a_codec": lambda _: page("", "<meta charset='zlib_codec'>"),
    "charset_without_end": lambda n: page("", f"<meta charset='{'x' * n * 50}'>"),
    "many_dates": lambda n: page("", many("<meta property='article:published_time' content='2026-11-{}'>", n)),
    "date_of_digits": lambda n: page("", f"<meta property='article:published_time' content='{'1' * n * 20}'>"),
    "dates_in_text": lambda n: page("<p>" + "November 3, 2026 / 3.11.2026 / 2026-11-03 " * n + "</p>"),
    "dates_in_addresses": lambda n: page(many("<a href='/2026/11/{}/x'>x</a>", n)),
    "canonical_of_script": lambda _: page("", "<link rel=canonical href='javascript:alert(1)'>"),
    "canonical_inside": lambda _: page("", "<link rel=canonical href='http://169.254.169.254/'>"),
    "language_without_end": lambda n: page("").replace(b"<html>", f"<html lang='{'x-' * n * 20}'>".encode()),
    "names_of_authors": lambda n: page("", many("<meta name=author content='Person {}, Person {}'>", n)),
    "author_without_end": lambda n: page("", f"<meta name=author content='{'By A and ' * n * 5}'>"),
    "ld_of_lists": lambda n: page("", f"<script type='application/ld+json'>{'[' * n}{']' * n}</script>"),
    "ld_many": lambda n: page("", "<script type='application/ld+json'>{\"@type\":\"NewsArticle\"}</script>" * n),
    "ld_graph": lambda n: page("", f"<script type='application/ld+json'>{json.dumps({'@graph': [{'@type': 'NewsArticle', 'headline': ['x', {}], 'author': [[]]}] * n})}</script>"),
    "ld_of_everything": lambda _: page("", f"<script type='application/ld+json'>{json.dumps({'@type': ['NewsArticle', 5, None], 'headline': {'a': 1}, 'datePublished': 1e300, 'author': {'name': {'name': 1}}, 'url': [], 'inLanguage': {}})}</script>"),
    "ld_long_text": lambda n: page("", f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', 'articleBody': TEXT * n * 2})}</script>"),
    "ld_broken": lambda n: page("", "<script type='application/ld+json'>" + '{"@type":' * n + "</script>"),
    "xhtml_with_entities": lambda n: b"<?xml version='1.0'?><!DOCTYPE html [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><html xmlns='http://www.w3.org/1999/xhtml'><body><p>" + b"&b;" * n + b"</p></body></html>",
    "svg_in_a_page": lambda n: page("<svg>" + "<path d='M0 0'/>" * n + "</svg>"),
    "mathematics": lambda n: page("<math>" + "<mrow>" * n + "</math>"),
    "templates": lambda n: page("<template>" * n),
    "noscripts": lambda n: page("<noscript>" * n),
    "forms": lambda n: page("<form>" * n + "<input>" * n),
    "picture_in_the_address": lambda n: page(f"<img src='data:image/png;base64,{'A' * n * 100}'>"),
    "script_in_the_address": lambda _: page("<a href='java\nscript:alert(1)'>x</a><img src=x onerror=alert(1)>"),
    "utf16_without_a_mark": lambda _: page("").decode().encode("utf-16-le"),
    "utf32": lambda _: page("").decode().encode("utf-32"),
    "shift_jis": lambda _: page("<p>日本語の文章です。" + "これは長い段落です。" * 20 + "</p>").decode().encode("shift_jis", "replace"),
    "feed_as_a_page": lambda n: rss(many(item("{}"), n)),
    "json_as_a_page": lambda n: json.dumps([{"a": k} for k in range(n)]).encode(),
    "packed_as_a_page": lambda n: gzip.compress(page("x" * n)),
    "pdf_as_a_page": lambda n: b"%PDF-1.7\n" + b"1 0 obj << >> endobj\n" * n,
}  # fmt: skip

MUST = frozenset(
    {"declared_" + name for name in ("utf_8_sig", "rot13", "base64", "hex", "zlib_codec", "undefined")}
    | {
        *(
            "two_marks_at_the_start",
            "empty_items",
            "many_links",
            "many_categories",
            "many_authors",
            "guid_of_a_path",
        ),
        *(
            "title_as_formula",
            "title_with_headers",
            "title_with_terminal_codes",
            "link_with_a_password",
            "negative_ttl",
        ),
        *(
            "base_of_script",
            "next_page_is_this_page",
            "moved_to_itself",
            "json_next_to_a_file",
            "one_guid_for_all",
        ),
        *("date_in_other_digits", "link_of_script_in_pieces", "link_of_two_readings", "written_in_gb18030"),
    }
)


def _packed(content: bytes, times: int) -> bytes:
    for _ in range(times):
        content = gzip.compress(content)
    return content


def _sitemap(urls: str) -> bytes:
    head = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>"
    return f"<?xml version='1.0'?>{head}{urls}</urlset>".encode()
