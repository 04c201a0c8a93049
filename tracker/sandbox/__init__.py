"""Hostile bytes never meet this process: parsing and extraction run in killable children."""

from __future__ import annotations

from tracker.sandbox.pool import ProcessSandbox, SandboxPolicy

__all__ = ["ProcessSandbox", "SandboxPolicy"]
