"""What newsrooms do to a text before they print it: eighteen edits, each a function of (chance, article, more news)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from benchmarks.news_stream import News

__all__ = ["EDITS"]

Article = tuple[str, str]
Edit = Callable[[random.Random, Article, News], Article]

_CITIES = ["LONDON", "GENEVA", "SEOUL", "LIMA", "CAIRO", "OSLO", "NEW DELHI"]
_WIRES = ["Coast Wire", "Harbour News Agency", "Press Union"]
_NAMES = ["Ann Reed", "Tomas Okri", "Lin Wei", "Carla Bruun", "Sam Doyle"]
_CHARS = {"a": "o", "e": "c", "l": "1", "o": "0", "m": "rn", "h": "b", "u": "n", "s": "5"}
_SPELLINGS = {
    "colour": "color", "favour": "favor", "labour": "labor", "programme": "program", "centre": "center",
    "defence": "defense", "towards": "toward", "while": "whilst", "among": "amongst", "organise": "organize",
    "percent": "per cent", "travelled": "traveled", "theatre": "theater", "learned": "learnt",
}  # fmt: skip
_WORDINGS = {
    "said": "stated", "but": "however", "would": "will", "many": "numerous", "before": "ahead of", "also": "too",
    "about": "around", "large": "big", "after": "following", "official": "authority", "show": "indicate",
}  # fmt: skip


def _same_words(chance: random.Random, article: Article, _: News) -> Article:
    title, text = article
    return title.upper(), re.sub(r" ", lambda m: "\n" if chance.random() < 0.02 else m.group(), text)


def _title(chance: random.Random, article: Article, _: News) -> Article:
    words = article[0].split()
    chance.shuffle(words)
    return " ".join(words).capitalize(), article[1]


def _byline(chance: random.Random, article: Article, _: News) -> Article:
    one, other = chance.sample(_NAMES, 2)
    head = f"By {one} | March {chance.randint(1, 28)}, 2024\n{chance.choice(_CITIES)} ({chance.choice(_WIRES)}) -"
    return article[0], f"{head} {article[1]} (Reporting by {other}; Editing by {one})"


def _agency(chance: random.Random, article: Article, _: News) -> Article:
    wire = chance.choice(_WIRES)
    head = f"Source: {wire} | Editor: {chance.choice(_NAMES)}\n{chance.choice(_CITIES)}, Jan. {chance.randint(1, 28)}"
    return f"{wire}: {article[0]}", f"{head} ({wire}) -- {article[1]} © 2024 {wire}. All rights reserved."


def _furniture(chance: random.Random, article: Article, news: News) -> Article:
    words = article[1].split()
    middle = len(words) // 2
    more = "Read more: " + news.paragraph(9)
    return article[0], " ".join([*words[:middle], more, *words[middle:], chance.choice(news.paragraphs)])


def _cut(share: float) -> Edit:
    def edit(chance: random.Random, article: Article, _: News) -> Article:
        words = article[1].split()
        return article[0], " ".join(words[: int(len(words) * share)]) + chance.choice(
            ["...", " [+900 chars]"]
        )

    return edit


def _lead(chance: random.Random, article: Article, _: News) -> Article:
    return article[0], " ".join(article[1].split()[: chance.randint(45, 70)]) + "..."


def _update(chance: random.Random, article: Article, news: News) -> Article:
    words = article[1].split()
    figures = [at for at, word in enumerate(words) if word.isdigit()]
    if figures:
        words[chance.choice(figures)] = str(chance.randint(10, 99))
    return f"UPDATE 1-{article[0]}", " ".join([news.paragraph(30), *words, news.paragraph(40)])


def _replaced(by: dict[str, str], share: float) -> Edit:
    def edit(chance: random.Random, article: Article, _: News) -> Article:
        words = [by.get(word, word) if chance.random() < share else word for word in article[1].split()]
        return article[0], " ".join(words)

    return edit


def _quotes(_: random.Random, article: Article, __: News) -> Article:
    text = article[1].replace("'", "\u2019").replace("fi", "\ufb01").replace(". ", ".\u200b ")
    return article[0], text.replace('"', "\u201c")


def _misread(share: float) -> Edit:
    def letter(chance: random.Random, char: str) -> str:
        if not char.isalpha() or chance.random() > share:
            return char
        return chance.choice(["", _CHARS.get(char, "r"), char * 2])

    def edit(chance: random.Random, article: Article, _: News) -> Article:
        return article[0], "".join([letter(chance, char) for char in article[1]])

    return edit


def _live(chance: random.Random, article: Article, news: News) -> Article:
    posts = [f"1{n}:{chance.randint(10, 59)} GMT - {news.paragraph(30)}" for n in range(2)]
    return f"LIVE: {article[0]}", "\n".join([*posts, article[1]])


def _combo(chance: random.Random, article: Article, news: News) -> Article:
    for edit in (_title, _copyedit, _cut(0.8), _byline, _furniture):
        article = edit(chance, article, news)
    return article


_copyedit = _replaced(_WORDINGS, 0.8)

EDITS: dict[str, Edit] = {
    "exact_format": _same_words,
    "title_rewrite": _title,
    "byline_dateline": _byline,
    "agency_prefix": _agency,
    "boilerplate_add": _furniture,
    "trunc_90": _cut(0.9),
    "trunc_70": _cut(0.7),
    "trunc_50": _cut(0.5),
    "trunc_30": _cut(0.3),
    "lead_excerpt": _lead,
    "update": _update,
    "spelling": _replaced(_SPELLINGS, 1.0),
    "quotes_encoding": _quotes,
    "ocr_1": _misread(0.01),
    "ocr_3": _misread(0.03),
    "copyedit": _copyedit,
    "liveblog": _live,
    "combo": _combo,
}
