"""Seed files of every kind."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tracker.errors import SeedError
from tracker.settings import read_seeds, seed_of, watch_of
from tracker.settings.schema import WatchSettings

BODY = (
    "The two ministries agreed on Friday to build wind farms off the coast, officials said after long talks. "
    * 3
)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problem(folder: Path) -> SeedError:
    """The only thing that is wrong with a folder."""
    (found,) = read_seeds(folder).problems
    return found


def test_seeds_come_sorted_by_name(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "c.TXT"):
        written(tmp_path, name, BODY)
    assert [seed.name for seed in read_seeds(tmp_path).seeds] == ["a.md", "b.txt", "c.TXT"]


def test_hidden_files_readmes_and_other_kinds_are_left_alone(tmp_path: Path) -> None:
    for name in ("a.txt", ".hidden.txt", "README.md", "readme.txt", "photo.jpg", ".gitkeep"):
        written(tmp_path, name, BODY)
    (tmp_path / "more").mkdir()
    assert [seed.name for seed in read_seeds(tmp_path).seeds] == ["a.txt"]
    assert read_seeds(tmp_path).ignored == ("more/", "photo.jpg")


def test_a_folder_with_only_what_is_not_read_says_what_that_is(tmp_path: Path) -> None:
    written(tmp_path, "article.pdf", BODY)
    assert str(problem(tmp_path)).endswith("only what is not read: article.pdf.")


def test_front_matter_says_what_the_text_does_not(tmp_path: Path) -> None:
    front = (
        "---\ntitle: 'Wind: a plan'\noutlet: Example Times\npublished: 2024-08-02T20:15:00+08:00\n"
        'url: https://example.org/wind\ntopics: [wind power, "grids"]\nlanguage: en\n---\n'
    )
    seed = seed_of(written(tmp_path, "a.txt", front + BODY))
    assert (seed.title, seed.outlet, seed.url) == (
        "Wind: a plan",
        "Example Times",
        "https://example.org/wind",
    )
    assert seed.published_at == datetime(2024, 8, 2, 12, 15, tzinfo=UTC)
    assert (seed.topics, seed.language) == (("wind power", "grids"), "en")
    assert seed.text.startswith("The two ministries")


def test_a_quotation_mark_at_the_end_of_a_title_stays(tmp_path: Path) -> None:
    seed = seed_of(written(tmp_path, "a.txt", f"---\ntitle: Minister speaks of 'a plan'\n---\n{BODY}"))
    assert seed.title == "Minister speaks of 'a plan'"


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("a.md", f"# Wind farms *agreed*\n\n{BODY}", "Wind farms *agreed*"),
        ("a.md", f"Some intro line.\n\n## Second heading\n{BODY}", "Second heading"),
        ("a.txt", f"Wind farms are agreed\n\n{BODY}", "Wind farms are agreed"),
        ("a.txt", f"EUROPE / ENERGY\nWind farms are agreed\n{BODY}", "Wind farms are agreed"),
        ("a.txt", BODY, ""),
    ],
)
def test_the_heading_is_the_title(tmp_path: Path, name: str, content: str, title: str) -> None:
    seed = seed_of(written(tmp_path, name, content))
    assert seed.title == title
    assert not title or title not in seed.text


def test_markdown_marks_are_taken_off(tmp_path: Path) -> None:
    text = seed_of(
        written(tmp_path, "a.md", f"# T\n\n- a **bold** [link](https://x.example/)\n> quoted\n\n{BODY}")
    ).text
    assert text.startswith("a bold link\nquoted")


@pytest.mark.parametrize(
    "content",
    [
        ("Müller — " + BODY).encode("utf-8"),
        b"\xef\xbb\xbf" + ("Müller — " + BODY).encode("utf-8"),
        ("Müller — " + BODY).encode("utf-16"),
        ("Müller — " + BODY).encode("cp1252"),
        ("Müller — " + BODY).replace(" ", "\r\n", 1).encode("utf-8"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, content: bytes) -> None:
    assert seed_of(written(tmp_path, "a.txt", content)).text.startswith("Müller")


def test_chinese_text_is_long_enough_though_it_has_no_spaces(tmp_path: Path) -> None:
    assert seed_of(
        written(tmp_path, "a.txt", "两国部长周五同意在沿海地区建设风力发电场，官员在长时间会谈之后表示。")
    ).text


def test_a_short_seed_is_refused_with_its_count(tmp_path: Path) -> None:
    assert "has only 3 words" in str(problem(written(tmp_path, "a.txt", "Only three words").parent))


def test_an_empty_folder_says_which_and_what_to_put_there(tmp_path: Path) -> None:
    told = problem(tmp_path)
    assert str(tmp_path) in str(told)
    assert "example articles" in told.hint
    assert told.exit_code == 2


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert "does not exist" in str(problem(tmp_path / "none"))


def test_an_address_waits_until_its_text_is_there(tmp_path: Path) -> None:
    written(tmp_path, "a.url", "[InternetShortcut]\nURL=https://example.org/wind\n")
    written(tmp_path, "b.txt", BODY)
    assert "tracker seeds add https://example.org/wind" in problem(tmp_path).hint
    written(tmp_path, "c.txt", f"---\nurl: https://example.org/wind\n---\n{BODY}")
    found = read_seeds(tmp_path)
    assert (len(found.seeds), found.problems) == (2, ())


def test_a_saved_page_gives_its_article_and_leaves_the_menus(tmp_path: Path) -> None:
    page = (
        "<html lang='en'><head><title>Wind farms agreed | Example Times</title><meta charset='utf-8'>"
        "<meta property='og:site_name' content='Example Times'></head><body><nav><a href='/'>Home</a> <a href='/s'>Sport</a>"
        f"</nav><article><h1>Wind farms agreed</h1><p>{BODY}</p><p>{BODY}</p></article><footer>Imprint</footer></body></html>"
    )
    seed = seed_of(written(tmp_path, "a.html", page))
    assert "wind farms off the coast" in seed.text
    assert "Imprint" not in seed.text
    assert "Wind farms agreed" in seed.title


def test_a_page_without_an_article_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="No article text was found"):
        seed_of(written(tmp_path, "a.html", "<html><body></body></html>"))


def test_a_wrong_date_is_told(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match='published: "last week"'):
        seed_of(written(tmp_path, "a.txt", f"---\npublished: last week\n---\n{BODY}"))


def test_a_folder_in_place_of_a_seed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    assert "cannot be read" in str(problem(tmp_path))


def test_a_watch_has_its_topics_and_only_a_fixed_threshold() -> None:
    settings = WatchSettings.model_validate(
        {"name": "w", "threshold": {"per_day": 3}, "places": ["us"], "topic": [{"name": "t"}]}
    )
    watch = watch_of(settings, ())
    assert (watch.title, watch.threshold, watch.places) == ("w", None, ("US",))
    assert watch.topics[0].phrases == ("t",)
    assert watch_of(WatchSettings.model_validate({"name": "w", "threshold": 0.4}), ()).threshold == 0.4


def test_the_shipped_seeds_are_five_with_titles() -> None:
    seeds = read_seeds(ROOT / "seeds" / "us-china-counternarcotics").seeds
    assert len(seeds) == 5
    assert all(seed.title for seed in seeds)


def test_a_watch_may_leave_robots_txt_aside() -> None:
    assert watch_of(WatchSettings.model_validate({"name": "w"}), ()).respect_robots
    settings = WatchSettings.model_validate({"name": "w", "respect_robots": False})
    assert not watch_of(settings, ()).respect_robots
