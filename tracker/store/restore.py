"""Put a backup back: one transaction of the database that is replaced, which holds the old state or the new one.

What is replaced is set aside first, as a backup of its own. Where it can still be read and is what the backup became
later, its ledger of what was sent is taken over: no digest and no alert leaves twice because of a restore.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Column, Connection, Select, Table, delete, func, insert, or_, select, text

from tracker.errors import StoreBusy, StoreError, UsageError
from tracker.model import Presence
from tracker.store import schema
from tracker.store.backup import Backup, back_up, bring_up, copy_rows, is_sqlite, verified
from tracker.store.check import integrity_problems
from tracker.store.engine import Database, connect, translated
from tracker.store.migrate import bring_up_to_date, is_known, stored_revision
from tracker.store.outbox import is_owed, our_turn
from tracker.store.presence import daemon_lock

__all__ = ["Restored", "restore"]

_Meant = Mapping[int, set[int]]
"""For numbers of the present state, the numbers that mean the same in the restored one."""
_Same = Callable[[Connection, Connection, Select[Any]], _Meant]

_NO_BACKUP: Final = "Name a file that tracker backup wrote."


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did.

    `aside`: the state before, as a backup or, damaged, as it was; None: there was none. `carried` messages sent or
    made since the backup were taken over into it; `owed` mails are not yet accepted by their recipients' servers.
    """

    backup: Backup
    aside: Path | None = None
    was_damaged: bool = False
    carried: int = 0
    owed: int = 0


def restore(url: str, source: Path, presence: Presence, folder: Path) -> Restored:
    """Replace what is at `url` by a backup; what is set aside lies in `folder`.

    A backup of an earlier version is brought up to date. Raises `StoreError`, `UsageError` for what is no backup, and
    `LockHeld` when a daemon runs.
    """
    _refuse_itself(url, source)
    live, stamp = connect(url), f"{presence.since_at:%Y%m%dT%H%M%SZ}"
    with closing(live), _workshop(folder) as workshop, _alone(live, presence):
        part = workshop / "restored.db"
        _copy_file(source, part)
        found = verified(part)
        with closing(bring_up(part)) as fresh:
            done = _set_aside(live, fresh, found, folder / stamp)
            with fresh.read() as connection:
                owed = _owed(connection)
        _replace(live, part, done.aside if done.was_damaged else None)
    return replace(done, backup=replace(found, path=source), owed=owed)


def _refuse_itself(url: str, source: Path) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    if source.exists() and path.exists() and source.samefile(path):
        raise UsageError(f"{source} is the database in use; there is nothing to restore.", hint=_NO_BACKUP)


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder of our own, empty, gone afterwards; what a killed restore left is removed."""
    workshop = folder / ".restoring"
    try:
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be written: {error.strerror}.") from error
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


@contextmanager
def _alone(live: Database, presence: Presence) -> Iterator[None]:
    """No daemon runs and nothing is being sent meanwhile."""
    with ExitStack() as held:
        held.enter_context(daemon_lock(live, presence))
        held.enter_context(our_turn(live, "mail"))
        held.enter_context(our_turn(live, "alerts"))
        yield


def _copy_file(source: Path, part: Path) -> None:
    """Copy a backup, or a database file with its write-ahead log; the original is only read."""
    try:
        if not is_sqlite(source):
            raise UsageError(f"{source} is no backup.", hint=_NO_BACKUP)
        log = source.with_name(f"{source.name}-wal")
        mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}.", hint=_NO_BACKUP) from error
    address = f"file:{quote(str(source.resolve()))}?{mode}"
    with (
        translated(),
        closing(sqlite3.connect(address, uri=True)) as old,
        closing(sqlite3.connect(part)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")


# ------------------------------------------------------------ what was there before


def _set_aside(live: Database, fresh: Database, found: Backup, place: Path) -> Restored:
    """Back up what is there and take its ledger over; a damaged file is only given a name to move to.

    `place` is the folder, and the instant that the names are to tell.
    """
    nothing = Restored(backup=found)
    if live.path is not None and not live.path.exists():
        return nothing
    if not _is_whole(live):
        return replace(nothing, aside=place.with_name(f"damaged-{place.name}.db"), was_damaged=True)
    with live.read() as present:
        revision = stored_revision(present)
    if revision is None:
        return nothing
    is_ours = is_known(revision)  # or else of a newer version, whose form nobody knows here
    if is_ours:
        bring_up_to_date(live)
    aside = place.with_name(f"before-restore-{place.name}.db")
    back_up(live, aside)
    carried = 0
    if is_ours:
        with live.snapshot() as present, fresh.write() as restored:
            carried = _carry(present, restored)
    return replace(nothing, aside=aside, carried=carried)


def _is_whole(live: Database) -> bool:
    try:
        with live.read() as connection:
            return not integrity_problems(connection)
    except StoreBusy:
        raise
    except StoreError:
        if live.path is None:  # a server that does not answer
            raise
        return False


def _carry(present: Connection, restored: Connection) -> int:
    """Take over what was sent since. Both are one installation, so that a digest has the same id in both.

    An article has not: the ids of those that a restore took away were given to others since.
    """
    if _first_entry(present) != _first_entry(restored):
        return 0
    older_digests, older_alerts = _ids(restored, schema.digest), _ids(restored, schema.alert)
    fresh_digests = [row for row in _rows(present, schema.digest) if row["id"] not in older_digests]
    alerts, told_before = _rows(present, schema.alert), _rows(restored, schema.alert_item)
    for ledger in (schema.alert_item, schema.alert, schema.delivery):
        restored.execute(delete(ledger))
    _insert(restored, schema.digest, fresh_digests)
    _insert(restored, schema.delivery, _rows(present, schema.delivery))
    _insert(restored, schema.alert, alerts)
    known = {row["id"] for row in alerts}
    _insert(restored, schema.alert_item, [row for row in told_before if row["alert_id"] in known])
    _carry_told(present, restored, schema.digest_item.c.article_id, _same_articles)
    _carry_told(present, restored, schema.alert_item.c.family_id, _same_families)
    return len(fresh_digests) + sum(row["id"] not in older_alerts for row in alerts)


def _first_entry(connection: Connection) -> tuple[str, int] | None:
    t = schema.entry.c
    row = connection.execute(select(t.key, t.first_seen_at).order_by(t.id).limit(1)).first()
    return None if row is None else (row.key, row.first_seen_at)


def _carry_told(present: Connection, restored: Connection, told: Column[Any], same: _Same) -> None:
    """Take over what was told, numbers in a column of a table, under the numbers that mean the `same` there."""
    keys = [column.name for column in told.table.primary_key]
    held = {tuple(row[key] for key in keys) for row in _rows(restored, told.table)}
    meant, fresh = same(present, restored, select(told)), list[dict[str, Any]]()
    for old in _rows(present, told.table):
        for number in sorted(meant.get(old[told.name], ())):
            row = {**old, told.name: number}
            key = tuple(row[name] for name in keys)
            if key not in held:
                held.add(key)
                fresh.append(row)
    _insert(restored, told.table, fresh)


def _same_articles(present: Connection, restored: Connection, told: Select[Any]) -> _Meant:
    return {number: {there} for number, (there, _) in _counterparts(present, restored, told).items()}


def _same_families(present: Connection, restored: Connection, told: Select[Any]) -> _Meant:
    """The restored families of all members, which may have been joined otherwise then.

    And that of its first alone: as often as it is taken out of another family, it is known.
    """
    t = schema.article.c
    members = select(t.id, t.family_id).where(or_(t.family_id.in_(told), t.id.in_(told)))
    found = _counterparts(present, restored, members.with_only_columns(t.id))
    meant = {number: {there, family} for number, (there, family) in found.items()}
    for member in present.execute(members):
        if member.id in found:
            meant.setdefault(member.family_id, set()).add(found[member.id][1])
    return meant


def _counterparts(present: Connection, restored: Connection, ids: Select[Any]) -> dict[int, tuple[int, int]]:
    """The restored article, id and family, for each of these: the same text at the same address."""
    t = schema.article.c
    wanted = select(t.id, t.canonical_url, t.exact_key, t.revision).where(t.id.in_(ids))
    found: dict[int, tuple[int, int]] = {}
    for old in present.execute(wanted):
        same = (t.canonical_url == old.canonical_url, t.exact_key == old.exact_key)
        query = select(t.id, t.family_id).where(*same).order_by(t.revision != old.revision, t.revision.desc())
        there = restored.execute(query.limit(1)).first()
        if there is not None:
            found[old.id] = (there.id, there.family_id)
    return found


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def _ids(connection: Connection, table: Table) -> set[int]:
    return set(connection.scalars(select(table.c.id)))


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _owed(connection: Connection) -> int:
    owed = select(func.count()).select_from(schema.delivery).where(is_owed(schema.delivery))
    return int(connection.execute(owed).scalar_one())


# ------------------------------------------------------------ putting it back


def _replace(live: Database, part: Path, damaged: Path | None) -> None:
    if live.path is None:
        _replace_rows(live, part)
    elif damaged is None and live.path.exists():
        live.replace_with(part)
    else:
        live.close()
        _move_away(live.path, damaged)
        part.replace(live.path)


def _move_away(path: Path, damaged: Path | None) -> None:
    """Take a damaged file away, and the log of one that is gone: SQLite would read it into its successor."""
    for suffix in ("", "-wal", "-shm"):
        old = Path(f"{path}{suffix}")
        if damaged is None:
            old.unlink(missing_ok=True)
        elif old.exists():
            old.rename(f"{damaged}{suffix}")


def _replace_rows(live: Database, part: Path) -> None:
    """Empty every table of a server's database and fill it from the file, in one transaction."""
    bring_up_to_date(live)
    with closing(bring_up(part)) as fresh, fresh.read() as source, live.write(exclusive=True) as target:
        names = ", ".join(table.name for table in schema.metadata.sorted_tables)
        target.execute(text(f"TRUNCATE {names}"))
        copy_rows(source, target)
        for table in schema.metadata.sorted_tables:
            if "id" in table.c:
                last = select(func.max(table.c.id)).scalar_subquery()
                target.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))
