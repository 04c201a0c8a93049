"""The database stands where its path says, whatever the names of the folders on the way."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.builders import NOW
from tracker.errors import StoreError
from tracker.store import open_store


@pytest.mark.parametrize("name", ["what? now", "a%41", "#1", 'it\'s "it"', "é 中", "a&mode=memory"])
def test_a_path_is_taken_as_it_stands(name: str, tmp_path: Path) -> None:
    path = tmp_path / name / "tracker.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.add_feed("https://example.org/feed", title="F", site_url=None, tags=(), now=NOW)
        store.back_up(tmp_path / name / "copy?.db")
    path.chmod(0o400)
    with closing(open_store(f"sqlite:///{path}")) as store:
        assert len(store.feeds()) == 1
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", "mysql://here/x", "nonsense"])
def test_what_is_no_address_of_a_database_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        open_store(url)
