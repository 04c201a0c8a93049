"""Bot checks are named by what only their refusals carry; everything else stays what it is."""

from __future__ import annotations

import pytest

from tracker.fetch.protections import explain_protection, protection_of

CLOUDFLARE = {"server": "cloudflare"}


@pytest.mark.parametrize(
    ("name", "status", "headers", "page"),
    [
        ("Cloudflare", 403, {"cf-mitigated": "challenge"}, ""),
        ("Cloudflare", 429, {"cf-mitigated": "challenge", **CLOUDFLARE}, ""),
        ("Cloudflare", 503, CLOUDFLARE, "<title>Just a moment...</title>"),
        ("Cloudflare", 403, CLOUDFLARE, "<title>Attention Required! | Cloudflare</title>"),
        ("Cloudflare", 403, CLOUDFLARE, "error code: 1020"),
        ("Cloudflare", 403, CLOUDFLARE, '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate">'),
        ("Akamai", 403, {"server": "AkamaiGHost"}, "<TITLE>Access Denied</TITLE> Reference&#32;&#35;18&#46;5"),
        ("Akamai", 403, {}, "<p>https://errors.edgesuite.net/18.5c</p>"),
        ("Akamai", 403, {}, '<div id="sec-if-cpt-container">'),
        ("Imperva", 403, {"x-iinfo": "1"}, "Request unsuccessful. Incapsula incident ID: 1-2"),
        ("Imperva", 200, {}, '<iframe id="main-iframe" src="/_Incapsula_Resource?SWUDNSAI=31">'),
        ("DataDome", 403, {}, '<script src="https://ct.captcha-delivery.com/c.js">'),
        ("DataDome", 403, {"server": "DataDome", "x-datadome": "protected"}, ""),
        ("HUMAN (PerimeterX)", 403, {}, '<div id="px-captcha">'),
        ("HUMAN (PerimeterX)", 403, {}, "window._pxAppId = 'PX1'"),
        ("AWS WAF", 202, {"x-amzn-waf-action": "challenge"}, ""),
        ("AWS WAF", 405, {"x-amzn-waf-action": "captcha"}, ""),
        ("AWS WAF", 403, {}, '<script src="https://1.token.awswaf.com/1/challenge.js">'),
        ("Sucuri", 403, {"server": "Sucuri/Cloudproxy"}, "<title>Sucuri WebSite Firewall - Access Denied"),
        ("Sucuri", 403, {"x-sucuri-block": "BAD-BOT"}, ""),
        ("Sucuri", 200, {}, "<script>var s={};document.cookie='sucuri_cloudproxy_js=1'"),
        ("Vercel", 429, {"x-vercel-mitigated": "challenge"}, ""),
        ("Vercel", 403, {"x-vercel-mitigated": "deny"}, ""),
        ("Vercel", 403, {}, "<title>Vercel Security Checkpoint</title>"),
        ("Anubis", 200, {}, '<script id="anubis_challenge" type="application/json">'),
        ("Anubis", 403, {}, '<img src="/.within.website/x/cmd/anubis/static/img/pensive.webp">'),
        ("DDoS-Guard", 403, {"server": "ddos-guard"}, "<script src='/.well-known/ddos-guard/js-challenge/i.js'>"),
        ("DDoS-Guard", 403, {"server": "ddos-guard"}, "<title>DDoS-Guard</title>"),
    ],
)  # fmt: skip
def test_each_service_is_named_by_its_refusal(name, status, headers, page):
    assert protection_of(status, headers, page.encode()) == name


@pytest.mark.parametrize(
    ("status", "headers", "page"),
    [
        (403, {}, "<title>403 Forbidden</title>"),
        (403, CLOUDFLARE, "<title>403 Forbidden</title><center>nginx</center>"),
        (403, {}, "<title>Just a moment...</title>"),
        (404, CLOUDFLARE, "<title>Just a moment...</title>"),
        (521, CLOUDFLARE, "<title>Web server is down</title><div id='cf-error-details'>"),
        (429, CLOUDFLARE, "error code: 1015"),
        (429, {}, "<div id='px-captcha'>"),
        (403, {"server": "AkamaiNetStorage"}, "no such key"),
        (403, {"x-datadome": "protected"}, "the application's own refusal"),
        (403, {"x-sucuri-id": "19005"}, "the application's own refusal"),
        (403, {"server": "ddos-guard"}, "Members only"),
        (200, CLOUDFLARE, "<title>Just a moment...</title> an essay"),
        (200, {}, "How to pass px-captcha, captcha-delivery.com/ and Incapsula incident ID pages"),
        (200, {}, '<script src="/_Incapsula_Resource?SWJIYLWA=7"></script> an article'),
        (202, {}, '<div id="px-captcha">'),
        (200, {"x-amzn-waf-action": ""}, ""),
    ],
)
def test_what_is_not_proven_is_not_named(status, headers, page):
    assert protection_of(status, headers, page.encode()) == ""


def test_only_the_first_bytes_count_and_odd_bytes_do_no_harm():
    assert protection_of(403, {}, b" " * 17_000 + b"px-captcha") == ""
    assert protection_of(403, {}, b"\xff\xfe\x00px-captcha\xff") == "HUMAN (PerimeterX)"


def test_the_sentence_names_the_service_and_what_can_be_done():
    refusal = explain_protection("Anubis")
    assert refusal.detail.startswith("Anubis")
    for remedy in ("ask the site", "http.contact", "[[feed]]"):
        assert remedy in refusal.detail
