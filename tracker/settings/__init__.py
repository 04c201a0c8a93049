"""Configuration: the file, the environment and the seed folders as checked values.

Reads files and environment, writes nothing, opens no network. Start at `load_settings`; then `load_seeds` and
`watch_of` for each watch.
"""

from tracker.settings.access import feed_access
from tracker.settings.check import Findings, check_installation
from tracker.settings.load import LoadedSettings, load_settings, shown_values
from tracker.settings.passwords import mail_password
from tracker.settings.schema import DigestSettings, FeedSettings, PerDay, Settings, WatchSettings, schema_json
from tracker.settings.seeds import load_seeds, seed_of, watch_of

__all__ = [
    "DigestSettings",
    "FeedSettings",
    "Findings",
    "LoadedSettings",
    "PerDay",
    "Settings",
    "WatchSettings",
    "check_installation",
    "feed_access",
    "load_seeds",
    "load_settings",
    "mail_password",
    "schema_json",
    "seed_of",
    "shown_values",
    "watch_of",
]
