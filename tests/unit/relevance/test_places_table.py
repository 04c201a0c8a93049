"""The shipped table of place names: well formed, one country per surface, with the names news uses."""

from collections import defaultdict
from importlib.resources import files

import pytest

LINES = files("tracker.relevance").joinpath("places.tsv").read_text(encoding="utf-8").splitlines()
ROWS = [tuple(line.split("\t")) for line in LINES[1:]]
CODE_LIST = """
AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN
CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET EU FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HK HN
HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC
MD ME MG MH MK ML MM MN MO MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PS PT PW PY
QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA
UG US UY UZ VA VC VE VN VU WS XK YE ZA ZM ZW
"""
CODES = frozenset(CODE_LIST.split())
KINDS = {"name", "demonym", "capital", "city", "province", "metonym", "short"}
LANGS = {"en", "es", "zh", "de", "fr", "ru", "ar", "ja", "und"}
MUST_HAVE = """
US: US U.S. USA united_states america american americans white_house pentagon state_department capitol_hill DEA FBI
US: washington estados_unidos EE.UU. casa_blanca états-unis maison_blanche vereinigte_staaten amerikanische 美国 美國
US: 白宫 アメリカ 米国 США белый_дом الولايات_المتحدة
CN: china chinese beijing xinhua PRC zhongnanhai pekín wuhan hubei anhui hebei shenzhen chino chinesischen 中国 中國 北京
CN: китайской الصين chinas
EU: EU brussels european_commission
GB: UK britain british downing_street
RU: russia kremlin moscow кремль
KP: north_korea pyongyang
KR: south_korea seoul 韓国
MX: mexico sinaloa mexicano mexico_city
TR: turkey türkiye turkiye
JO: jordan
TD: chad
CZ: czech_republic czechia
CI: ivory_coast
MM: burma myanmar
TW: taiwan 台灣
HK: hong_kong
MO: macau
PS: gaza west_bank
XK: kosovo
CD: dr_congo
"""
PAIRS = [
    (surface.replace("_", " "), code)
    for code, _, surfaces in (line.partition(": ") for line in MUST_HAVE.split("\n"))
    for surface in surfaces.split()
]
MUST_NOT_HAVE = """
us eu of are as can georgia géorgie jersey guernsey male nice reading victoria santiago split march mobile bath
cork derby hull essen tours lens surrey van meta miranda antique mayo kerry marche maurice dominique island rom roma hollande того タイ 海地
"""


def surfaces() -> dict[str, set[str]]:
    """The country codes of each surface."""
    found: dict[str, set[str]] = defaultdict(set)
    for code, _, _, surface, _ in ROWS:
        found[surface].add(code)
    return found


def test_the_header_names_the_five_columns() -> None:
    assert LINES[0] == "code\tkind\tlang\tsurface\tcase"


def test_every_row_is_well_formed() -> None:
    odd = [
        row
        for row in ROWS
        if len(row) != 5
        or row[1] not in KINDS
        or row[2] not in LANGS
        or row[4] not in {"any", "capital", "upper"}
        or row[3] != " ".join(row[3].split())
        or not row[3]
    ]
    assert odd == []


def test_the_codes_are_exactly_the_known_countries_and_the_union() -> None:
    assert {row[0] for row in ROWS} == CODES


def test_no_surface_and_language_come_twice() -> None:
    assert len({(row[3], row[2]) for row in ROWS}) == len(ROWS)


def test_no_surface_stands_for_two_countries_in_any_languages() -> None:
    assert {surface: codes for surface, codes in surfaces().items() if len(codes) > 1} == {}


def test_surfaces_are_lower_case_unless_they_count_only_in_capitals() -> None:
    assert [row for row in ROWS if row[3] != (row[3].upper() if row[4] == "upper" else row[3].lower())] == []


def test_english_and_shared_surfaces_never_count_in_lower_case() -> None:
    assert [row for row in ROWS if row[2] in {"en", "und"} and row[4] == "any"] == []


def test_every_country_has_a_name_in_every_language_with_few_exceptions() -> None:
    named = {(row[0], row[2]) for row in ROWS if row[1] in {"name", "short"}}
    missing = {(code, lang) for code in CODES for lang in LANGS - {"und"}} - named
    assert missing == {
        ("DM", "fr"), ("DM", "zh"), ("GD", "es"), ("GD", "fr"), ("GE", "es"), ("GE", "fr"), ("GE", "ja"),
        ("GE", "ar"), ("BJ", "ar"),
    }  # fmt: skip


@pytest.mark.parametrize(("surface", "code"), PAIRS)
def test_a_surface_of_the_news_stands_for_its_country(surface: str, code: str) -> None:
    assert surfaces()[surface] == {code}


@pytest.mark.parametrize("surface", MUST_NOT_HAVE.split())
def test_a_common_word_or_ambiguous_name_is_no_place(surface: str) -> None:
    assert surface not in surfaces()


@pytest.mark.parametrize("surface", ["jordan", "chad", "turkey", "china", "polish", "mali", "lima"])
def test_a_place_that_is_also_a_word_needs_a_capital_in_english(surface: str) -> None:
    assert {row[4] for row in ROWS if row[3] == surface and row[2] in {"en", "und"}} == {"capital"}


@pytest.mark.parametrize("surface", ["US", "EU", "UK", "PRC", "DEA", "FBI", "UAE", "EC"])
def test_a_short_form_counts_only_in_capitals(surface: str) -> None:
    assert {row[4] for row in ROWS if row[3] == surface} == {"upper"}
