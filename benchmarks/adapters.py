"""Doors for the evaluation programs: each takes `benchmarks.adapters:NAME`."""

from benchmarks.neardup_adapter import detector
from benchmarks.relevance_adapter import scorer

__all__ = ["detector", "scorer"]
