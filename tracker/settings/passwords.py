"""The mail password: from the environment, a file, a command or a systemd credential, never from the TOML.

It is read when mail is about to leave, not when the program starts, and is never printed: errors name the
source only.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tracker.errors import ConfigError
from tracker.settings.schema import Settings

__all__ = ["CREDENTIAL", "PASSWORD_VARIABLE", "mail_password"]

PASSWORD_VARIABLE: Final = "TRACKER_MAIL__PASSWORD"  # noqa: S105 - the name of a variable, not a password
CREDENTIAL: Final = "smtp-password"
"""Name of the systemd credential (`LoadCredential=smtp-password:...`)."""
_COMMAND_SECONDS: Final = 30


def mail_password(settings: Settings, environ: Mapping[str, str] | None = None) -> str | None:
    """Read it from the first source that is set, else None. Raises `ConfigError` when that source fails."""
    mail, environ = settings.mail, os.environ if environ is None else environ
    if environ.get(PASSWORD_VARIABLE):
        return environ[PASSWORD_VARIABLE]
    if mail.password_file is not None:
        return _from_file(mail.password_file, "mail.password_file")
    if mail.password_command:
        return _from_command(mail.password_command)
    folder = environ.get("CREDENTIALS_DIRECTORY")
    credential = Path(folder) / CREDENTIAL if folder else None
    return _from_file(credential, "the systemd credential") if credential and credential.exists() else None


def _from_file(path: Path, what: str) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(
            f"The mail password cannot be read: {path}: {reason}.", hint=f"Check {what}."
        ) from error
    return text.rstrip("\r\n")


def _from_command(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the person's own command, without a shell
            shlex.split(command), capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=True
        )
    except subprocess.CalledProcessError as error:
        why = f"it ended with status {error.returncode}"
    except subprocess.TimeoutExpired:
        why = f"it gave no answer within {_COMMAND_SECONDS} s"
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
    else:
        return done.stdout.rstrip("\r\n")
    raise ConfigError(
        f"mail.password_command gave no password: {why}.", hint="Try the command in a terminal."
    )
