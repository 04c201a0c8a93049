"""Sentence vectors from a folder with a model: the extra `tracker[vectors]`. The home of onnxruntime and tokenizers.

The folder holds `model.onnx` and `tokenizer.json` of a sentence encoder, such as sentence-transformers publishes them.
Nothing is ever fetched. A text's vector is the mean of its pieces' vectors under the attention mask, brought to length
one (Reimers and Gurevych 2019); a model that gives one vector per text already is taken at its word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tracker.errors import ConfigError

__all__ = ["OnnxEncoder", "encoder_folder", "load_encoder"]

_USUAL: Final = Path("model")
"""Folder of a project that is used by itself where it holds a model."""
_MODEL: Final = "model.onnx"
_TOKENIZER: Final = "tokenizer.json"
_PIECES: Final = 256
"""Pieces of words that are read of a text; small encoders were trained on no more."""
_BATCH: Final = 16
_PLACES: Final = 6
"""Decimal places kept: float32 has no more, and vectors of seeds are stored as text."""
_INPUTS: Final = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_WITHOUT: Final = f"or have neither [relevance] model nor a folder {_USUAL}"
_HINT: Final = f"Put {_MODEL} and {_TOKENIZER} of a sentence encoder there, {_WITHOUT}"
_MISSING: Final = f'Install it with: pip install "subject-tracker[vectors]", {_WITHOUT}'

Vector = tuple[float, ...]


class OnnxEncoder:
    """A loaded model. `name` is the folder's with eight characters that change with the files."""

    def __init__(self, name: str, tokenizer: Any, session: Any, numpy: Any) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._session = session
        self._numpy = numpy
        self.inputs = frozenset(one.name for one in session.get_inputs())

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """Return the vector of each text, of length one; all zeros for a text without any piece."""
        found: list[Vector] = []
        for at in range(0, len(texts), _BATCH):
            found += self._encode(texts[at : at + _BATCH])
        return found

    def _encode(self, texts: Sequence[str]) -> list[Vector]:
        np = self._numpy
        pieces = self._tokenizer.encode_batch(list(texts))
        width = max(1, *(len(one.ids) for one in pieces))
        ids, mask = (np.zeros((len(pieces), width), dtype=np.int64) for _ in range(2))
        for row, one in enumerate(pieces):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (output, *_) = self._session.run(None, {name: given[name] for name in self.inputs})
        if output.ndim == 3:
            weights = mask[:, :, None].astype(output.dtype)
            output = (output * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        output = output.astype(np.float64)
        lengths = np.linalg.norm(output, axis=1, keepdims=True)
        return [tuple(row) for row in np.round(output / np.maximum(lengths, 1e-9), _PLACES).tolist()]


def encoder_folder(root: Path, named: Path | None) -> Path | None:
    """Return the folder whose model is used: the `named` one, else `model` where it holds one, else None."""
    if named:
        return root / named
    return root / _USUAL if (root / _USUAL / _MODEL).is_file() else None


def load_encoder(folder: Path) -> OnnxEncoder:
    """Load the model of a folder. Raises `ConfigError`, naming the file and what to do."""
    for name in (_MODEL, _TOKENIZER):
        if not (folder / name).is_file():
            raise ConfigError(f"The model folder {folder} has no {name}", hint=_HINT)
    try:
        onnxruntime, tokenizers, numpy = map(import_module, ("onnxruntime", "tokenizers", "numpy"))
    except ImportError as error:
        raise ConfigError(f"The model in {folder} needs {error.name}", hint=_MISSING) from error
    name = f"{folder.name}-{_fingerprint(folder)}"
    session = _session(onnxruntime, folder)
    odd = {one.name for one in session.get_inputs()} - _INPUTS
    if odd:
        raise ConfigError(
            f"{folder / _MODEL} asks for more than a text: {', '.join(sorted(odd))}", hint=_HINT
        )
    return OnnxEncoder(name, _tokenizer(tokenizers, folder), session, numpy)


def _fingerprint(folder: Path) -> str:
    found = hashlib.sha256()
    for name in (_MODEL, _TOKENIZER):
        with (folder / name).open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()[:8]


def _tokenizer(tokenizers: Any, folder: Path) -> Any:
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / _TOKENIZER))
    except Exception as error:  # tokenizers raises nothing more precise
        raise ConfigError(f"{folder / _TOKENIZER} cannot be read: {error}", hint=_HINT) from error
    tokenizer.enable_truncation(max_length=_PIECES)
    tokenizer.no_padding()
    return tokenizer


def _session(onnxruntime: Any, folder: Path) -> Any:
    state = onnxruntime.capi.onnxruntime_pybind11_state
    wrong = (state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NoSuchFile,
             state.NotImplemented, state.RuntimeException)  # fmt: skip
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # beside the polls; and sums in one order
    try:
        return onnxruntime.InferenceSession(
            str(folder / _MODEL), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except wrong as error:
        raise ConfigError(f"{folder / _MODEL} cannot be read: {error}", hint=_HINT) from error
