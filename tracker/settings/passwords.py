"""Secrets: from the environment, a file, a command or a systemd credential, never from the TOML.

The mail password is read when mail is about to leave, not when the program starts. No secret is ever printed: errors
name the source only.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tracker.errors import ConfigError
from tracker.logs import keep_secret
from tracker.settings.schema import Settings

__all__ = [
    "CREDENTIAL",
    "PASSWORD_VARIABLE",
    "SecretUnreadable",
    "keep_secrets_of",
    "mail_password",
    "secret_from_command",
    "secret_from_file",
    "secret_from_variable",
]

PASSWORD_VARIABLE: Final = "TRACKER_MAIL__PASSWORD"  # noqa: S105 - the name of a variable, not a password
CREDENTIAL: Final = "smtp-password"
"""Name of the systemd credential (`LoadCredential=smtp-password:...`)."""
_COMMAND_SECONDS: Final = 30


class SecretUnreadable(ValueError):
    """Why a source gave no secret, as the end of a sentence; never the secret itself. Stays in this room."""


def mail_password(settings: Settings, environ: Mapping[str, str] | None = None) -> str | None:
    """Read it from the first source that is set, else None. Raises `ConfigError` when that source fails."""
    mail, environ = settings.mail, os.environ if environ is None else environ
    if environ.get(PASSWORD_VARIABLE):
        return _kept(environ[PASSWORD_VARIABLE])
    if mail.password_file is not None:
        return _mail_file(mail.password_file, "mail.password_file")
    if mail.password_command:
        return _mail_command(mail.password_command)
    folder = environ.get("CREDENTIALS_DIRECTORY")
    credential = Path(folder) / CREDENTIAL if folder else None
    return _mail_file(credential, "the systemd credential") if credential and credential.exists() else None


def keep_secrets_of(settings: Settings) -> None:
    """Have no log line show what is secret in the values themselves: a database's password, the ping's address."""
    for secret in (urlsplit(settings.store.url).password, settings.daemon.ping_url):
        keep_secret(unquote(secret or ""))


def secret_from_file(path: Path) -> str:
    """The file's text without its line end. Raises `SecretUnreadable`."""
    try:
        return _kept(path.read_text(encoding="utf-8").rstrip("\r\n"))
    except OSError as error:
        raise SecretUnreadable(f"{path}: {error.strerror or 'it cannot be read'}") from error
    except UnicodeDecodeError as error:
        raise SecretUnreadable(f"{path}: it is not UTF-8 text") from error


def secret_from_command(command: str) -> str:
    """What the command prints, without its line end. Raises `SecretUnreadable`."""
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
        return _kept(done.stdout.rstrip("\r\n"))
    raise SecretUnreadable(why)


def secret_from_variable(name: str, environ: Mapping[str, str]) -> str:
    """The value of an environment variable. Raises `SecretUnreadable`."""
    if not environ.get(name):
        raise SecretUnreadable(f"the environment variable {name} is not set")
    return _kept(environ[name])


def _kept(secret: str) -> str:
    """The secret, which no log line shows from now on."""
    keep_secret(secret)
    return secret


def _mail_file(path: Path, what: str) -> str:
    try:
        return secret_from_file(path)
    except SecretUnreadable as error:
        raise ConfigError(f"The mail password cannot be read: {error}.", hint=f"Check {what}.") from error


def _mail_command(command: str) -> str:
    try:
        return secret_from_command(command)
    except SecretUnreadable as error:
        raise ConfigError(
            f"mail.password_command gave no password: {error}.", hint="Try the command in a terminal."
        ) from error
