"""Laws of addresses, whatever they look like."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from hypothesis import assume, given
from hypothesis import strategies as st

from tracker.urls import canonical_url, clickable_url, unwrap_url

HOSTS = st.sampled_from(
    ["example.com", "www.example.com", "m.example.com", "amp.m.example.co.uk", "www.google.com", "m.google.de", "l.facebook.com",
     "a-com.cdn.ampproject.org", "us.rd.yahoo.com", "127.0.0.1:8081", "bücher.example", "[2001:db8::1]", "en.m.wikipedia.org", "news.google.com"]
)  # fmt: skip
SEGMENTS = st.sampled_from(
    ["", "a", "amp", "AMP", "url", "l.php", "s", "c", "v", ".", "..", "%2e%2e", "a%20b", "a;jsessionid=1", "a%3Bjsessionid=1",
     "x.amp.html", "x.amp", "*http:", "https:", "example.com", "2025", "é", "%ff", "index.html", "~a", "..;sid=1"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["url", "q", "u", "id", "utm_source", "amp", "a;b", "a%26b", "ref", "source", "", "é", "%zz", "PRINT"]
)
VALUES = st.one_of(
    st.sampled_from(
        ["", "1", "rss", "https://example.com/a/amp", "https%3A%2F%2Fexample.com%2Fa", "a+b", "a%20b", "%"]
    ),
    st.text(max_size=8).map(quote),
)


@st.composite
def addresses(draw: st.DrawFn, depth: int = 2) -> str:
    path = "".join("/" + segment for segment in draw(st.lists(SEGMENTS, max_size=5)))
    pairs = draw(
        st.lists(
            st.tuples(NAMES, VALUES if depth == 0 else st.one_of(VALUES, addresses(depth - 1).map(quote))),
            max_size=4,
        )
    )
    query = "&".join(f"{name}={value}" for name, value in pairs)
    fragment = draw(st.sampled_from(["", "#top", "#!/a"]))
    return f"{draw(st.sampled_from(['http', 'https', 'HTTP']))}://{draw(HOSTS)}{path}{'?' + query if query else ''}{fragment}"


@given(addresses())
def test_a_canonical_address_stays_as_it_is(url):
    canonical = canonical_url(url)
    assume(canonical is not None)
    assert canonical_url(canonical) == canonical


@given(st.one_of(addresses(), st.text(max_size=60), st.text(max_size=40).map(lambda text: "http://" + text)))
def test_whatever_comes_a_canonical_address_is_a_plain_web_address_or_nothing(url):
    canonical = canonical_url(url)
    assume(canonical is not None)
    parts = urlsplit(canonical)
    assert parts.scheme in {"http", "https"}
    assert parts.netloc == parts.netloc.lower()
    assert "@" not in parts.netloc
    assert not parts.fragment
    assert canonical.isascii()
    assert len(canonical) <= 2048


@given(addresses(), st.sampled_from(["utm_source=x", "fbclid=1", "mc_eid=2", "gclid=z", "_ga=1"]))
def test_tracking_parameters_never_tell_two_addresses_apart(url, parameter):
    bare, _, fragment = url.partition("#")
    tracked = f"{bare}{'&' if '?' in bare else '?'}{parameter}#{fragment}"
    assert canonical_url(tracked) == canonical_url(url)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_two_document_numbers_are_never_one_page(one, other):
    assume(one != other)
    assert canonical_url(f"https://example.com/a?id={one}") != canonical_url(
        f"https://example.com/a?id={other}"
    )


@given(st.one_of(addresses(), st.text(max_size=80)), st.one_of(st.none(), addresses()))
def test_a_link_is_printable_ascii_of_bounded_length_and_resolving_it_again_changes_nothing(url, base):
    link = clickable_url(url, base)
    assume(link is not None)
    assert link.isascii()
    assert link.isprintable()
    assert " " not in link
    assert len(link) <= 2048
    assert clickable_url(link, base) == link


@given(addresses())
def test_unwrapping_ends_at_an_address_that_wraps_nothing(url):
    clicked = clickable_url(url)
    assume(clicked is not None)
    assert clickable_url(unwrap_url(clicked)) is not None
