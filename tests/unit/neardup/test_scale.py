"""The scaling measurement in small: two thousand articles in an invented language, ninety copies of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.news_stream import News, invented_texts
from benchmarks.scale import Probe, build, decisions, index_bytes, measured, probes, sources_in
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import prepare

ARTICLES = 2_000
COPIES = 90


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return invented_texts(3, texts=100)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> Path:
    folder = tmp_path_factory.mktemp("scale")
    build(texts, folder, [ARTICLES], COPIES)
    return folder / str(ARTICLES)


@pytest.fixture(scope="module")
def asked(archive: Path, texts: list[str]) -> list[Probe]:
    return list(probes(texts, sources_in(archive), COPIES))


def test_what_is_filled_in_bulk_is_what_an_article_prepared_alone_is(texts: list[str]) -> None:
    news = News(texts, 5)
    for _ in range(10):
        told = news.article()
        outline, prepared = news.outline(told), prepare(told.title, told.text)
        assert (outline.words, outline.sentences) == (prepared.words, prepared.sentences)


def test_copies_are_found_among_thousands_and_nothing_else_is_tied(archive: Path, asked: list[Probe]) -> None:
    row = measured(archive, asked, LikenessPolicy(), record=False)
    assert row["copies"] == COPIES
    assert row["recall"] >= 0.96
    assert row["new articles linked"] == 0


def test_the_figures_fall_where_the_index_is_not_asked(archive: Path, asked: list[Probe]) -> None:
    """With every sketch value taken for a stock phrase, only equal texts are left."""
    row = measured(archive, asked, LikenessPolicy(posting_cap=0), record=False)
    assert row["recall"] < 0.5


def test_the_index_is_small(archive: Path) -> None:
    size = index_bytes(archive)
    assert size["sketch"] + size["ix_article_exact_key"] < 600


def test_a_restart_in_the_middle_changes_no_decision(
    archive: Path, asked: list[Probe], tmp_path: Path
) -> None:
    verdicts = []
    for restart_after in (None, 60):
        folder = tmp_path / str(restart_after)
        shutil.copytree(archive, folder)
        verdicts.append(decisions(folder, asked, restart_after))
    assert verdicts[0] == verdicts[1]
    assert sum(verdict.is_duplicate for verdict in verdicts[0]) >= 0.96 * COPIES
