"""Where each key of a TOML document stands, for error messages and the origin of values.

`tomllib` gives values without positions; tree-sitter gives positions. It is imported only when one is asked
for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["KeyPath", "key_lines", "line_of"]

KeyPath: TypeAlias = tuple[str | int, ...]
"""A key as a path from the top: table names, and the index (from 0) inside an array of tables."""


def key_lines(source: bytes) -> dict[KeyPath, int]:
    """Line (from 1) of every key and table of a document that is valid TOML."""
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    tree = Parser(Language(tree_sitter_toml.language())).parse(source)
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    for node in tree.root_node.named_children:
        if node.type in {"table", "table_array_element"}:
            lines.update(_table(node, counts))
        elif node.type == "pair":
            lines.update(_pair(node, ()))
    return lines


def line_of(path: KeyPath, lines: dict[KeyPath, int]) -> int | None:
    """Find the line of a key, else of the nearest table around it."""
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)


def _table(node: Node, counts: dict[KeyPath, int]) -> Iterator[tuple[KeyPath, int]]:
    header, *pairs = node.named_children
    path = _located(_key(header), counts)
    if node.type == "table_array_element":
        counts[path] = counts.get(path, -1) + 1
        yield path, node.start_point[0] + 1  # the last one stands for them all
        path = (*path, counts[path])
    yield path, node.start_point[0] + 1
    for pair in pairs:
        if pair.type == "pair":
            yield from _pair(pair, path)


def _located(keys: tuple[str, ...], counts: dict[KeyPath, int]) -> KeyPath:
    """[watch.digest] after two [[watch]] means the second one: put the index in."""
    path: KeyPath = ()
    for position, key in enumerate(keys):
        path = (*path, key)
        if path in counts and position < len(keys) - 1:
            path = (*path, counts[path])
    return path


def _pair(node: Node, above: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    key, value = node.named_children[:2]
    path = (*above, *_key(key))
    yield path, node.start_point[0] + 1
    yield from _inside(value, path)


def _inside(value: Node, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    if value.type == "inline_table":
        for pair in value.named_children:
            if pair.type == "pair":
                yield from _pair(pair, path)
    elif value.type == "array":
        members = [child for child in value.named_children if child.type != "comment"]
        for index, member in enumerate(members):
            yield (*path, index), member.start_point[0] + 1
            yield from _inside(member, (*path, index))


def _key(node: Node) -> tuple[str, ...]:
    if node.type == "dotted_key":
        return tuple(part for child in node.named_children for part in _key(child))
    text = (node.text or b"").decode()
    return (text[1:-1] if node.type == "quoted_key" else text,)
