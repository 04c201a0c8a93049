"""The language of a text."""

from __future__ import annotations

import pytest

from tracker.relevance.language import language_of
from tracker.text.tokens import words

TEXTS = {
    "en": "Bolivia looks at lithium refineries, and makers asked for contracts that would be fair to the state",
    "es": "El gobierno de Chile firmó un acuerdo con Japón para el litio, según la ministra del ramo",
    "de": "Die Regierung in Berlin hat mit Chile über Lithium verhandelt, wie das Ministerium mitteilte und der Bund",
    "fr": "Le ministre a signé un accord avec le Japon pour la vente du lithium dans les prochaines années",
    "pt": "O governo não confirmou o acordo com o Japão para a venda do lítio, mas a ministra foi otimista",
    "zh": "智利和日本签署锂供应协议",
    "ja": "チリと日本はリチウムの供給で合意した",
    "ko": "칠레와 일본이 리튬 공급에 합의했다",
    "ru": "Чили и Япония договорились о поставках лития",
    "ar": "وقعت تشيلي واليابان اتفاقا بشأن الليثيوم",
    "hi": "चिली और जापान ने लिथियम पर समझौता किया",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_script_and_function_words_tell_the_language(language: str, text: str) -> None:
    assert language_of(words(text), None) == language


@pytest.mark.parametrize(
    ("declared", "expected"), [("en", "en"), ("en-US", "en"), ("pt_BR", "pt"), ("DE", "de"), (" fr ", "fr")]
)
def test_a_declared_language_is_taken_where_the_script_allows(declared: str, expected: str) -> None:
    assert language_of(words("Lithium accord"), declared) == expected


def test_a_declaration_that_the_script_contradicts_is_overruled() -> None:
    assert language_of(words(TEXTS["zh"]), "en-US") == "zh"


@pytest.mark.parametrize(("declared", "text"), [("uk", "ru"), ("fa", "ar"), ("mr", "hi")])
def test_a_declaration_within_a_shared_script_stands(declared: str, text: str) -> None:
    assert language_of(words(TEXTS[text]), declared) == declared


@pytest.mark.parametrize("text", ["", "Lithium accord signed", "42", "Tokyo, Santiago"])
def test_too_little_text_tells_nothing(text: str) -> None:
    assert language_of(words(text), None) == ""


def test_a_few_foreign_characters_do_not_make_an_english_text_foreign() -> None:
    text = (
        "The company, known as 华为 in Chinese, said that it would build in Chile and that the price is fair"
    )
    assert language_of(words(text), None) == "en"
