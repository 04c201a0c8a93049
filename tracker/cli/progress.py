"""A progress bar on standard error. The only user of rich; imported on terminals only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from tracker.text.columns import fit
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import Progress

__all__ = ["progress_bar"]

_LABEL_COLUMNS = 40


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """Draw a bar while the block runs; it disappears at the end."""
    columns = (BarColumn(bar_width=20), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def listen(progress: Progress) -> None:
            label = escape(fit(clean_line(progress.label), _LABEL_COLUMNS))
            bar.update(task, completed=progress.done, total=progress.total, description=label)

        yield listen
