"""Mail into a folder instead of a server: one .eml file for each message, written whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from tracker.errors import MailError
from tracker.model import Delivery, DeliveryState, Message

__all__ = ["FolderMailer"]

_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9.@_-]+")


class FolderMailer:
    """Implements `ports.Mailer`. A message sent again replaces its own file, for its name is its Message-ID."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(
        self,
        message: Message,
        mime: bytes,
        recipients: Sequence[str],
        handing_over: Callable[[Sequence[str]], None] | None = None,
    ) -> tuple[Delivery, ...]:
        """Write the file. Raises `MailError` when the folder cannot be made; a failed write is `deferred`.

        `handing_over` is never called: a file written twice is one file.
        """
        del handing_over
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MailError(
                f"The mail folder {self._folder} cannot be made: {error.strerror}.", hint="Set mail.folder."
            ) from error
        name = _NOT_IN_NAME.sub("-", message.message_id.strip("<> ")).strip(".-")[:150] or "digest"
        try:
            _write(self._folder / f"{name}.eml", mime)
        except OSError as error:
            state, detail = DeliveryState.DEFERRED, f"could not be written: {error.strerror}"
        else:
            state, detail = DeliveryState.SENT, f"{name}.eml"
        return tuple(Delivery(recipient=r, state=state, detail=detail) for r in recipients)


def _write(path: Path, content: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name, too, must survive a power cut
    finally:
        os.close(folder)
