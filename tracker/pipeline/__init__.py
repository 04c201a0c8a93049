"""The engine: polls, ingests and decides through ports only. Read `poll.py`, then `ingest.py`."""
