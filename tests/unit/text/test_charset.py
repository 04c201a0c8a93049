"""Bytes into text: what wins, and what is only believed when nothing better is known."""

from __future__ import annotations

import pytest

from tracker.text.charset import charset_in_header, decode_bytes

CHINESE = "<p>芬太尼前体化学品管制办法已经公布,自明年一月起施行。</p>" * 8
RUSSIAN = "<p>Новый список прекурсоров вступит в силу с января следующего года.</p>" * 8


@pytest.mark.parametrize(
    ("body", "declared", "text"),
    [
        ("é中".encode(), [], "é中"),
        ("é中".encode(), ["iso-8859-1"], "é中"),
        ("é中".encode(), ["utf-16"], "é中"),
        ("é".encode("utf-8-sig"), [], "é"),
        ("<é中>".encode("utf-16"), [], "<é中>"),
        ("<é中>".encode("utf-16-be"), [], "<é中>"),
        ("<a>é".encode("utf-16-le"), ["utf-8"], "<a>é"),
        (b"\x00\x00\xfe\xff" + "<é>".encode("utf-32-be"), [], "<é>"),
        (b"caf\xe9 \x93x\x94", ["utf-8"], "café “x”"),
        (b"caf\xe9 \x93x\x94", ["iso-8859-1"], "café “x”"),
        ("芬太尼镕".encode("gb18030"), ["gb2312"], "芬太尼镕"),
        ("日本語".encode("cp932"), ["Shift_JIS"], "日本語"),
        ("日本語".encode("iso2022_jp"), ["iso-2022-jp"], "日本語"),
        (RUSSIAN.encode("koi8_r"), ["koi8-r"], RUSSIAN),
        (b"plain", ["zlib_codec", "x-nonesuch", "utf-7", "", "\x00"], "plain"),
        (b"+ADw-script+AD4-", ["utf-7"], "+ADw-script+AD4-"),
        (b"", [], ""),
    ],
)
def test_the_most_trustworthy_sign_of_the_encoding_wins(body, declared, text):
    assert decode_bytes(body, declared).text == text


def test_single_stray_bytes_in_utf8_are_read_as_windows_1252():
    decoded = decode_bytes("Café, crème, naïve, ".encode() + b"na\xefve", ["utf-8"])
    assert decoded.text == "Café, crème, naïve, naïve"
    assert decoded.is_lossy


def test_a_character_cut_off_at_the_end_is_dropped():
    decoded = decode_bytes("中国中国".encode()[:-1])
    assert decoded.text == "中国中"
    assert decoded.is_lossy


def test_a_mark_of_utf8_before_other_bytes_is_not_believed():
    assert decode_bytes(b"\xef\xbb\xbfcaf\xe9 cr\xe8me", ["windows-1252"]).text.endswith("café crème")


def test_a_declared_encoding_that_fails_everywhere_gives_way_to_a_guess():
    assert decode_bytes(RUSSIAN.encode("cp1251"), ["big5"]).text == RUSSIAN


@pytest.mark.parametrize(("text", "codec"), [(CHINESE, "gb18030"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r")])
def test_an_undeclared_encoding_of_another_script_is_guessed(text, codec):
    assert decode_bytes(text.encode(codec), ["utf-8"]).text == text


def test_a_declared_encoding_survives_a_few_impossible_bytes():
    decoded = decode_bytes("日本語の記事".encode("euc_jp") * 40 + b"\xff", ["euc-jp"])
    assert decoded.text.startswith("日本語の記事日本語")
    assert decoded.is_lossy


@pytest.mark.parametrize(
    ("header", "charset"),
    [
        ("text/html; charset=UTF-8", "UTF-8"),
        ('application/rss+xml;charset="iso-8859-1"', "iso-8859-1"),
        ("text/html; Charset = 'gbk'", "gbk"),
        ("text/html", ""),
        ("", ""),
    ],
)
def test_the_charset_of_a_header_is_found(header, charset):
    assert charset_in_header(header) == charset
