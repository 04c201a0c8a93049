"""The sandbox room: parsing and extraction in killable children with a deadline and a memory limit.

`ProcessSandbox` implements the `Sandbox` port. The parent never imports the parsers.
"""

from tracker.sandbox.pool import ProcessSandbox, SandboxPolicy

__all__ = ["ProcessSandbox", "SandboxPolicy"]
