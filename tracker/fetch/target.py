"""Which addresses may be asked at all: a URL becomes a checked `Target` or a `Refusal`. Pure: no look-up, no socket.

Host forms follow the WHATWG URL standard (decimal, hexadecimal, octal and short IPv4; IDNA dots and digits), so that
no spelling of a private address passes as a name. Names are judged again by their DNS answers in `guard.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote

import idna

from tracker.fetch.failures import Refusal
from tracker.fetch.policy import FetchPolicy
from tracker.model import FetchReason

__all__ = ["BLOCKED_NETWORKS", "Target", "check_address", "check_url", "literal_address", "userinfo_of"]

MAX_URL_LENGTH = 8192

BLOCKED_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network (IANA special-purpose registries, RFC 6890, for all without another note)
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT; cloud metadata 100.100.100.200
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's host agent, a public-looking address
        "::/96",  # loopback, unspecified, IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64: reaches any IPv4 address
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4: reaches any IPv4 address
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_GLOBAL_IPV6 = IPv6Network(
    "2000::/3"
)  # RFC 4291 section 2.4: all that is handed out; translated forms lie outside

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AUTHORITY = re.compile(r"//([^/?#]*)([^#]*)")
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::(.*))?")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_SAFE_IN_TAIL = "!$%&'()*+,-./:;=?@[]_~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A checked address: `url` is ASCII without userinfo and fragment, `host` lower-case, IPv6 without brackets."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port as one key."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def path(self) -> bytes:
        """Path and query, as they go on the wire."""
        return self.url[self.url.index("/", len("https://")) :].encode("ascii")


def check_url(url: str, policy: FetchPolicy) -> Target | Refusal:
    """Judge an address by its text alone. Userinfo is dropped: see `userinfo_of` for the one place that may use it."""
    url = url.strip(" \t\r\n\f")
    if len(url) > MAX_URL_LENGTH or _CONTROLS.search(url):
        return _bad_url("it is too long or holds control characters")
    scheme = _SCHEME.match(url)
    if scheme is None:
        return _bad_url("it does not begin with http:// or https://")
    if scheme[1].lower() not in {"http", "https"}:
        detail = f'Only http and https addresses are fetched, not "{scheme[1][:20]}:".'
        return Refusal(reason=FetchReason.BLOCKED_SCHEME, detail=detail)
    authority = _AUTHORITY.fullmatch(url.partition("#")[0], scheme.end())
    if authority is None or "\\" in authority[1]:
        return _bad_url("it names no host")
    return _check_authority(scheme[1].lower(), authority[1].rpartition("@")[2], authority[2], policy)


def userinfo_of(url: str) -> str:
    """The "user:password" of an address that a person gave, still percent-encoded; "" when there is none."""
    scheme = _SCHEME.match(url.strip())
    authority = _AUTHORITY.match(url.strip(), scheme.end()) if scheme else None
    return authority[1].rpartition("@")[0] if authority else ""


def _check_authority(scheme: str, authority: str, tail: str, policy: FetchPolicy) -> Target | Refusal:
    """Judge "host:port" and put the address together again."""
    parts = _HOST_AND_PORT.fullmatch(authority)
    host = _host_of(parts[1]) if parts else None
    port = _port_of(parts[2] if parts else None, scheme)
    if host is None or port is None:
        return _bad_url("its host or port cannot be read")
    address = literal_address(host)
    refusal = check_address(host, port, address, policy) if address else None
    refusal = refusal or _check_port(host, port, policy)
    if refusal:
        return refusal
    shown = _bracketed(host)
    shown += "" if port == _default_port(scheme) else f":{port}"
    tail = quote(tail if tail.startswith("/") else f"/{tail}", safe=_SAFE_IN_TAIL)
    return Target(url=f"{scheme}://{shown}{tail}", scheme=scheme, host=host, port=port)


def check_address(
    host: str, port: int, address: IPv4Address | IPv6Address, policy: FetchPolicy
) -> Refusal | None:
    """Refuse an address in a private or reserved network, unless exactly `host`:`port` was allowed."""
    if policy.is_exempt(host, port) or not _is_blocked(address):
        return None
    detail = (
        f"{host} leads into a private or reserved network ({address}), which feeds may not reach; "
        f'if you trust it, add "{_bracketed(host)}:{port}" to allow_hosts.'
    )
    return Refusal(reason=FetchReason.BLOCKED_ADDRESS, detail=detail)


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """Read a canonical address; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_blocked(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6:
        return True
    return any(address in network for network in BLOCKED_NETWORKS)


def _check_port(host: str, port: int, policy: FetchPolicy) -> Refusal | None:
    if port in policy.allowed_ports or policy.is_exempt(host, port):
        return None
    name = f"{_bracketed(host)}:{port}"
    detail = f'Port {port} is not a usual web port; if you trust it, add "{name}" to allow_hosts.'
    return Refusal(reason=FetchReason.BLOCKED_PORT, detail=detail)


def _bracketed(host: str) -> str:
    """The host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def _host_of(text: str) -> str | None:
    """Return the host in its one spelling, or None."""
    if text.startswith("["):
        return _ipv6_of(text[1:-1])
    name = _ascii_name(text)
    if name is None:
        return None
    labels = name.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):  # WHATWG: a host that ends in a number is an IPv4 address or an error
        return _ipv4_of(labels)
    if len(name) > 253 or not all(_is_label(label) for label in labels):
        return None
    return ".".join(labels)


def _ascii_name(text: str) -> str | None:
    """Lower case, IDNA mapping (UTS 46: wide digits, ideographic dots, soft hyphens)."""
    if text.isascii():
        return text.lower()
    try:
        return idna.encode(text, uts46=True).decode("ascii").lower()
    except UnicodeError:
        return None


def _is_label(label: str) -> bool:
    return bool(_LABEL.fullmatch(label)) and bool(label.strip("-")) and label != "xn--"


def _ipv6_of(text: str) -> str | None:
    try:
        return None if "%" in text else str(IPv6Address(text))
    except ValueError:
        return None


def _ipv4_of(labels: list[str]) -> str | None:
    """Read one to four decimal, octal or hexadecimal numbers; the last fills the remaining bytes."""
    try:
        numbers = [_number_of(label) for label in labels]
        *head, last = numbers
        if len(head) > 3 or any(number > 255 for number in head) or last >= 256 ** (4 - len(head)):
            return None
        return str(IPv4Address(sum(number << (24 - 8 * place) for place, number in enumerate(head)) + last))
    except ValueError:
        return None


def _number_of(label: str) -> int:
    if len(label) > 20:  # no address needs more; int() is slow on long digits
        raise ValueError
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if label.startswith("0") and label != "0" else int(label)


def _port_of(text: str | None, scheme: str) -> int | None:
    if not text:
        return _default_port(scheme)
    port = int(text) if re.fullmatch(r"[0-9]{1,5}", text) else -1
    return port if 0 <= port <= 65535 else None


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _bad_url(why: str) -> Refusal:
    return Refusal(reason=FetchReason.BAD_URL, detail=f"This is not a usable web address: {why}.")
