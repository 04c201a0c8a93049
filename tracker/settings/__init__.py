"""Configuration: the file, the environment and the seed folders as checked values.

Reads files and environment, writes nothing, opens no network. Start at `load_settings`; then `read_seeds` and
`watch_of` for each watch.
"""

from tracker.settings.access import AlertAddress, alert_address, feed_access
from tracker.settings.check import Findings, check_installation
from tracker.settings.load import LoadedSettings, load_settings, shown_values
from tracker.settings.passwords import keep_secrets_of, mail_password
from tracker.settings.schema import (
    AlertSettings,
    DigestSettings,
    FeedSettings,
    PerDay,
    RetentionSettings,
    Settings,
    WatchSettings,
    schema_json,
)
from tracker.settings.seeds import read_seeds, seed_of, watch_of

__all__ = [
    "AlertAddress",
    "AlertSettings",
    "DigestSettings",
    "FeedSettings",
    "Findings",
    "LoadedSettings",
    "PerDay",
    "RetentionSettings",
    "Settings",
    "WatchSettings",
    "alert_address",
    "check_installation",
    "feed_access",
    "keep_secrets_of",
    "load_settings",
    "mail_password",
    "read_seeds",
    "schema_json",
    "seed_of",
    "shown_values",
    "watch_of",
]
