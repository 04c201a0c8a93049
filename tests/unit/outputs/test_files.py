"""CSV, RIS and BibTeX: read back by parsers of our own that follow the formats to the letter."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

from tests.unit.outputs.samples import TITLES, collected_titles, item
from tracker.model import Fate
from tracker.outputs import CSV_COLUMNS, render_bibtex, render_csv, render_ris

ALL = [
    item(number=n, title=title, outlet=title, text=title)
    for n, title in enumerate([*TITLES, *collected_titles()])
]
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
FORMULA = re.compile("[=+\\-@\t\r＝＋－＠]")


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_csv_has_a_line_for_each_item_with_its_columns() -> None:
    head, row = rows(render_csv([item()]))
    told = dict(zip(head, row, strict=True))
    assert tuple(head) == CSV_COLUMNS
    assert (told["id"], told["title"], told["score"]) == ("1", "Gate 1 lifted", "0.8000")
    assert (told["published"], told["topics"], told["also_in"]) == ("2026-11-20T09:00:00Z", "locks", "Post")
    assert told["fate"] == "kept"


def test_csv_is_utf_8_with_a_mark_where_asked() -> None:
    assert render_csv([], bom=True).encode()[:3] == b"\xef\xbb\xbf"
    assert render_csv([]).startswith("id,")


def test_csv_of_what_has_no_score_has_an_empty_cell() -> None:
    bare = replace(
        item(), score=None, published_at=None, language=None, topics=(), fate=Fate.PENDING, note="later"
    )
    told = dict(zip(*rows(render_csv([bare])), strict=True))
    assert (told["score"], told["published"], told["fate"], told["note"]) == ("", "", "pending", "later")


def test_no_cell_is_a_formula_a_control_or_another_line() -> None:
    text = render_csv([replace(one, note=one.title, id=one.title or "1") for one in ALL])
    head, *found = rows(text)
    assert len(found) == len(ALL)
    assert text.count("\r\n") == len(ALL) + 1
    assert "\n" not in text.replace("\r\n", "")
    assert not CONTROLS.search(text)
    for row in found:
        assert len(row) == len(head)
        assert not [cell for cell in row if FORMULA.match(cell.lstrip())]


def ris_records(text: str) -> list[dict[str, list[str]]]:
    """Lines of two letters or digits, two spaces, a hyphen and a space; from TY to ER."""
    records: list[dict[str, list[str]]] = []
    for line in text.split("\r\n"):
        if not line:
            continue
        found = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        assert found, line
        if found[1] == "TY":
            records.append({})
        records[-1].setdefault(found[1], []).append(found[2])
    return records


def test_ris_reads_back_as_what_was_written() -> None:
    (record,) = ris_records(render_ris([item()]))
    assert (record["TY"], record["TI"], record["T2"]) == (["NEWS"], ["Gate 1 lifted"], ["River Times"])
    assert (record["UR"], record["DA"], record["PY"]) == (
        ["https://example.org/1?a=1&b=2%20c"],
        ["2026/11/20/"],
        ["2026"],
    )
    assert (record["KW"], record["ER"]) == (["locks"], [""])


def test_no_title_ends_or_begins_a_ris_record() -> None:
    records = ris_records(render_ris(ALL))
    assert len(records) == len(ALL)
    assert all(record["TY"] == ["NEWS"] and record["ER"] == [""] for record in records)


def bibtex_entries(text: str) -> dict[str, dict[str, str]]:
    """Entries by key; a value runs to the brace that balances, escaped ones included, as in BibTeX itself."""
    found: dict[str, dict[str, str]] = {}
    at = 0
    while match := re.compile(r"\s*@misc\{([a-z0-9-]+),\n").match(text, at):
        fields: dict[str, str] = {}
        at = match.end()
        while field := re.compile(r"  ([a-z]+) = \{").match(text, at):
            depth, at = 1, field.end()
            while depth:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
            fields[field[1]] = text[field.end() : at - 1]
            assert text[at : at + 2] == ",\n"
            at += 2
        assert text[at : at + 2] == "}\n"
        at += 2
        assert match[1] not in found
        found[match[1]] = fields
    assert not text[at:].strip(), text[at : at + 80]
    return found


def test_bibtex_reads_back_as_what_was_written() -> None:
    ((key, fields),) = bibtex_entries(render_bibtex([item()])).items()
    assert re.fullmatch(r"rivertimes-2026-gate-[0-9a-f]{8}", key)
    assert (fields["title"], fields["howpublished"]) == ("{Gate 1 lifted}", "River Times")
    assert (fields["url"], fields["urldate"]) == ("https://example.org/1?a=1&b=2%20c", "2026-11-20")
    assert (fields["date"], fields["year"], fields["keywords"]) == ("2026-11-20", "2026", "locks")


def test_bibtex_keys_are_the_same_each_time_and_differ_from_each_other() -> None:
    first, again = render_bibtex(ALL), render_bibtex(ALL[::-1])
    assert bibtex_entries(first) == bibtex_entries(again)
    assert len(bibtex_entries(first)) == len(ALL)


def test_bibtex_writes_the_characters_that_tex_would_obey() -> None:
    ((_, fields),) = bibtex_entries(render_bibtex([item(title="100 % of $5 & #1_a ~^ {x} \\y")])).items()
    braces = r"{\textbraceleft}x{\textbraceright} {\textbackslash}y"
    assert fields["title"] == r"{100 \% of \$5 \& \#1\_a {\textasciitilde}{\textasciicircum} " + braces + "}"
