"""The terminal: the front door's questions as commands. Results go to stdout, progress and logs to stderr.

Parses arguments and prints; every decision is made below. A new command is one file here and one row in
`root.COMMANDS`.
"""

from tracker.cli.root import main

__all__ = ["main"]
