"""A sentence encoder read from a folder: a tiny model of our own, written byte by byte, and folders that are wrong."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.app.encoder import encoder_folder, load_encoder
from tracker.errors import ConfigError

WORDS = ("[UNK]", "lithium", "brine", "salt", "football", "goal")
TABLE = ((0.0, 0.0, 0.1), (1.0, 0.0, 0.0), (0.8, 0.6, 0.0), (0.6, 0.8, 0.0), (0.0, 0.0, 1.0), (0.0, 0.6, 0.8))
EXTRA = "onnxruntime and tokenizers are not installed: they come with the extra tracker[vectors]"


# ONNX files are protocol buffers; the few fields of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 used here
# are written by hand, so that no further package is needed.
def varint(value: int) -> bytes:
    found = b""
    while value > 127:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def part(field: int, value: bytes | str) -> bytes:
    body = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(body)) + body


def value_of(name: str, kind: int, dimensions: tuple[str, ...]) -> bytes:
    shape = b"".join(part(1, part(2, dimension)) for dimension in dimensions)
    return part(1, name) + part(2, part(1, number(1, kind) + part(2, shape)))


def model(inputs: tuple[str, ...] = ("input_ids", "attention_mask")) -> bytes:
    """An embedding table: each piece's vector, nothing else. Kinds 1 and 7 are float and int64."""
    rows = b"".join(struct.pack("<3f", *row) for row in TABLE)
    table = number(1, len(TABLE)) + number(1, 3) + number(2, 1) + part(8, "table") + part(9, rows)
    gather = part(1, "table") + part(1, "input_ids") + part(2, "vectors") + part(4, "Gather")
    graph = (
        part(1, gather)
        + part(2, "tiny")
        + part(5, table)
        + b"".join(part(11, value_of(name, 7, ("batch", "pieces"))) for name in inputs)
        + part(12, value_of("vectors", 1, ("batch", "pieces", "width")))
    )
    return number(1, 8) + part(7, graph) + part(8, number(2, 13))


def write(folder: Path, *, body: bytes | None = None, tokenizer: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    vocabulary = {word: at for at, word in enumerate(WORDS)}
    split = {
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
        "pre_tokenizer": {"type": "Whitespace"},
        "normalizer": {"type": "Lowercase"},
    }
    (folder / "model.onnx").write_bytes(model() if body is None else body)
    (folder / "tokenizer.json").write_text(json.dumps(split) if tokenizer is None else tokenizer)
    return folder


@pytest.fixture
def installed() -> None:
    pytest.importorskip("onnxruntime", reason=EXTRA)
    pytest.importorskip("tokenizers", reason=EXTRA)


def cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.usefixtures("installed")
def test_a_vector_is_the_mean_of_the_pieces_brought_to_length_one(tmp_path: Path) -> None:
    (found,) = load_encoder(write(tmp_path / "tiny")).encode(["Lithium salt"])
    mean = (0.8, 0.4, 0.0)
    assert found == pytest.approx([value / math.hypot(*mean) for value in mean], abs=1e-6)
    assert max(len(str(value)) for value in found) <= len("0.123456")


@pytest.mark.usefixtures("installed")
def test_texts_together_have_the_vectors_they_have_alone(tmp_path: Path) -> None:
    encoder = load_encoder(write(tmp_path / "tiny"))
    texts = ["lithium", "brine salt lithium goal", *["football"] * 20, ""]
    together = encoder.encode(texts)
    assert len(together) == len(texts)
    for text, found in zip(texts, together, strict=True):
        assert found == pytest.approx(encoder.encode([text])[0])
    assert cosine(together[0], together[1]) > cosine(together[0], together[2])
    assert encoder.encode([]) == []


@pytest.mark.usefixtures("installed")
def test_the_end_of_a_long_text_is_not_read(tmp_path: Path) -> None:
    encoder = load_encoder(write(tmp_path / "tiny"))
    long, longer = encoder.encode(["brine " * 300, "brine " * 300 + "football " * 300])
    assert long == pytest.approx(longer)


@pytest.mark.usefixtures("installed")
def test_another_model_in_the_folder_has_another_name(tmp_path: Path) -> None:
    first = load_encoder(write(tmp_path / "tiny")).name
    assert load_encoder(tmp_path / "tiny").name == first
    assert load_encoder(write(tmp_path / "tiny", body=model(("input_ids",)))).name != first
    assert first.startswith("tiny-")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("body", "tokenizer", "said"),
    [
        (b"no model", None, "model.onnx cannot be read"),
        (b"", None, "model.onnx cannot be read"),
        (model(("input_ids", "pixel_values")), None, "asks for more than a text: pixel_values"),
        (None, "{}", "tokenizer.json cannot be read"),
        (None, "", "tokenizer.json cannot be read"),
    ],
)
def test_a_folder_with_something_else_is_told_with_the_file(
    tmp_path: Path, body: bytes | None, tokenizer: str | None, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        load_encoder(write(tmp_path / "tiny", body=body, tokenizer=tokenizer))
    assert "model.onnx and tokenizer.json" in raised.value.hint


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    (write(tmp_path / "tiny") / name).unlink()
    with pytest.raises(ConfigError, match=f"has no {name}") as raised:
        load_encoder(tmp_path / "tiny")
    assert "or have neither [relevance] model nor a folder model" in raised.value.hint


def test_a_named_folder_is_taken_first_and_the_folder_model_only_where_it_holds_one(tmp_path: Path) -> None:
    assert encoder_folder(tmp_path, None) is None
    assert encoder_folder(tmp_path, Path("models/tiny")) == tmp_path / "models/tiny"
    (tmp_path / "model").mkdir()
    assert encoder_folder(tmp_path, None) is None
    write(tmp_path / "model")
    assert encoder_folder(tmp_path, None) == tmp_path / "model"
    assert encoder_folder(tmp_path, Path("models/tiny")) == tmp_path / "models/tiny"


@pytest.mark.usefixtures("installed")
def test_loading_and_encoding_open_no_connection_and_no_file_but_the_folder_s(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny")
    program = (
        "import sys; from pathlib import Path\n"
        "from tracker.app.encoder import load_encoder\n"
        "import numpy, onnxruntime, tokenizers\n"
        "seen = []\n"
        "def heard(event, given):\n"
        "    if event.startswith(('socket.', 'urllib.', 'subprocess.', 'os.exec', 'os.posix_spawn')):\n"
        "        raise SystemExit(f'{event} {given}')\n"
        "    if event == 'open' and given[0] is not None: seen.append(str(given[0]))\n"
        "sys.addaudithook(heard)\n"
        "found = load_encoder(Path(sys.argv[1])).encode(['lithium'])\n"
        "assert len(found) == 1\n"
        "print(*(name for name in seen if not name.endswith(('.py', '.pyc'))), sep='\\n')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert set(ran.stdout.split()) == {str(folder / "model.onnx"), str(folder / "tokenizer.json")}


def test_without_the_extra_the_command_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match="tiny needs onnxruntime") as raised:
        load_encoder(write(tmp_path / "tiny"))
    assert 'pip install "subject-tracker[vectors]"' in raised.value.hint
