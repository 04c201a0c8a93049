"""The schema's history: Alembic scripts, forward only, one history for both databases.

Alembic is imported only when the stored revision is not `HEAD` (it costs half a second). A SQLite file is copied aside
before it is changed. A database newer than the code is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from tracker.errors import SchemaError
from tracker.store.engine import Database

__all__ = ["HEAD", "bring_up_to_date", "is_known", "stored_revision"]

HEAD = "0009"
_FOLDER = Path(__file__).parent / "migrations"


def bring_up_to_date(database: Database) -> None:
    """Create or upgrade the schema. Raises `SchemaError` for a database newer than this program."""
    with database.read() as connection:
        before = stored_revision(connection)
        foreign = before is None and bool(inspect(connection).get_table_names())
    if foreign:
        raise SchemaError(
            "The database belongs to another program: it has tables, but none of ours.",
            hint="Name another one in [store] url, or move the file aside.",
        )
    if before == HEAD:
        return
    if before is not None:
        _refuse_newer(before)
    with database.write(exclusive=True) as connection:
        now = stored_revision(connection)  # another process may have been quicker
        if now != HEAD:
            if now is not None and database.path is not None:
                database.copy_to(Path(f"{database.path}.before-{now}"))
            _upgrade(connection)


def stored_revision(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def is_known(revision: str) -> bool:
    """Whether this program knows the revision, so that it can bring the database up to date."""
    return revision in {path.name.split("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py")}


def _refuse_newer(revision: str) -> None:
    if not is_known(revision):
        raise SchemaError(
            f"The database was written by a newer tracker (schema {revision}; this one knows up to {HEAD}).",
            hint="Install the newest version of tracker, or restore a backup made by this one.",
        )


def _upgrade(connection: Connection) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    scripts = ScriptDirectory.from_config(config)

    def steps(revision: Any, _: object) -> Any:
        return scripts._upgrade_revs(HEAD, revision)  # noqa: SLF001 - what alembic's own upgrade command calls

    with EnvironmentContext(config, scripts, fn=steps) as context:
        context.configure(connection=connection, transactional_ddl=False)
        with context.begin_transaction():
            context.run_migrations()
