"""A throw-away PostgreSQL server for the tests, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text


def programs() -> Path | None:
    """The folder with initdb and pg_ctl: on the path, or where Debian keeps them."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextmanager
def running_server() -> Iterator[str | None]:
    """The address of a server of our own, gone afterwards; None where PostgreSQL is not installed."""
    folder = programs()
    if folder is None or (os.geteuid() == 0 and not _has_user("postgres")):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="tracker-pg-") as place:
        if os.geteuid() == 0:
            shutil.chown(place, "postgres")
        cluster, port = Path(place) / "cluster", _free_port()
        _run(folder / "initdb", "-D", cluster, "-A", "trust", "-U", "tester", "--no-sync")
        options = f"-p {port} -k {place} -c fsync=off -c listen_addresses=127.0.0.1"
        _run(folder / "pg_ctl", "-D", cluster, "-w", "-l", Path(place) / "log", "-o", options, "start")
        try:
            yield f"postgresql://tester@127.0.0.1:{port}/postgres"
        finally:
            _run(folder / "pg_ctl", "-D", cluster, "-m", "immediate", "stop")


@contextmanager
def fresh_database(server: str, template: str | None = None) -> Iterator[str]:
    """The address of an empty database on a server, or of a copy of another one there; gone afterwards."""
    name = f"tracker_{uuid.uuid4().hex[:10]}"
    admin = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        copied = f" TEMPLATE {template}" if template else ""
        connection.execute(text(f"CREATE DATABASE {name}{copied}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _run(*command: object) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:  # the server refuses to run as root
        words = ["runuser", "-u", "postgres", "--", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")


def _has_user(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
