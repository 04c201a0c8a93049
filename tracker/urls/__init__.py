"""Says when two addresses are the same page, and which addresses may become links. Never opens one.

`canonical_url` is for identity only: it drops what does not change the page, so its result need not be an address
anybody can open. `clickable_url` makes the address to open and to print. What is dropped and unwrapped stands in
`tracking.toml`; to strip one more parameter, add it there.
"""

from tracker.urls.address import clickable_url, host_of, is_web_url
from tracker.urls.canonical import canonical_url, is_same_site
from tracker.urls.dates import date_in_url
from tracker.urls.outlets import distinct_outlets
from tracker.urls.unwrap import unwrap_url

__all__ = [
    "canonical_url",
    "clickable_url",
    "date_in_url",
    "distinct_outlets",
    "host_of",
    "is_same_site",
    "is_web_url",
    "unwrap_url",
]
