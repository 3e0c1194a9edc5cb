"""A Jupyter notebook's bytes as cells: what they say, apart from how the file is written.

What another program might read in another way (a name twice in one object, a wrong type where text
belongs) is not read at all: the file's lines are then what there is to see.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from typing import Any, NamedTuple

from reviews.diffs.images import HEAD, RASTER, media_type

MOST_BYTES = 4 * 1024 * 1024
MOST_CELLS = 10_000
_MOST_OBJECTS = 400_000  # lists and objects; each takes some 100 bytes of memory
_SURROGATE = re.compile("[\ud800-\udfff]")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,30}m")  # of tracebacks; all other codes stay to be seen
_CELL = {"id", "cell_type", "source", "outputs", "execution_count", "metadata"}
_OUTPUT = {"output_type", "data", "text", "name", "ename", "evalue", "traceback", "execution_count"}


class Part(NamedTuple):
    """One thing that a cell put out. label: "text", "image/png", ... picture: its bytes, if any."""

    label: str
    text: str
    picture: bytes = b""


class Cell(NamedTuple):
    """number: 1-based place. kind: code, markdown, raw, or what the file says. id: "" without one.

    runs: JSON of its execution counts. others: name -> JSON of all besides: metadata, attachments.
    """

    number: int
    kind: str
    id: str
    source: str
    parts: tuple[Part, ...]
    runs: str
    others: dict[str, str]


class Notebook(NamedTuple):
    """Cells in order. others: name -> JSON of what is beside them, such as the kernel."""

    cells: list[Cell]
    others: dict[str, str]


class _UnreadableError(ValueError):
    """Not a notebook as we know them."""


def read_notebook(data: bytes) -> Notebook | None:
    """A notebook of format 4; None for all that is none or cannot be read in one way only."""
    if len(data) > MOST_BYTES or data.count(b"[") + data.count(b"{") > _MOST_OBJECTS:
        return None
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object)
        return _notebook(found)
    except (ValueError, RecursionError):
        return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _UnreadableError
    return found


def _notebook(found: Any) -> Notebook:
    if not isinstance(found, dict) or found.get("nbformat") != 4:
        raise _UnreadableError
    cells = found.get("cells")
    if not isinstance(cells, list) or len(cells) > MOST_CELLS:
        raise _UnreadableError
    others = _others(found, {"cells", "metadata"})
    return Notebook([_cell(number, cell) for number, cell in enumerate(cells, 1)], others)


def _cell(number: int, cell: Any) -> Cell:
    if not isinstance(cell, dict) or not isinstance(outputs := cell.get("outputs", []), list):
        raise _UnreadableError
    kind, name = cell.get("cell_type"), cell.get("id", "")
    if not isinstance(kind, str) or not isinstance(name, str):
        raise _UnreadableError
    source = _text(cell.get("source", ""))
    if source is None:
        raise _UnreadableError
    others = _others(cell, _CELL)
    rest = [_others(output, _OUTPUT) for output in outputs if isinstance(output, dict)]
    if any(rest):
        others["what goes with its output"] = json.dumps(rest)
    parts = tuple(part for output in outputs for part in _parts(output))
    runs = json.dumps([cell.get("execution_count"), *_counts(outputs)])
    return Cell(number, _clean(kind), name, source, parts, runs, others)


def _others(found: dict[str, Any], known: set[str]) -> dict[str, str]:
    """What is besides the names that are known; metadata name by name."""
    metadata = found.get("metadata", {})
    inner = metadata if isinstance(metadata, dict) else {"": metadata}
    return {
        **{_clean(n): _json(value) for n, value in found.items() if n not in {*known, "metadata"}},
        **{_clean(f"metadata.{n}"): _json(value) for n, value in inner.items()},
    }


def _counts(outputs: list[Any]) -> list[Any]:
    return [
        output["execution_count"]
        for output in outputs
        if isinstance(output, dict) and "execution_count" in output
    ]


def _parts(output: Any) -> Iterator[Part]:
    if not isinstance(output, dict):
        yield Part("unknown", _json(output))
        return
    kind = output.get("output_type")
    if kind == "stream":
        name = output.get("name")
        label = "text" if name == "stdout" else f"text on {_clean(str(name))}"
        yield Part(label, _said(output.get("text", "")))
    elif kind == "error":
        lines = output.get("traceback", [])
        shown = "\n".join(map(_said, lines)) if isinstance(lines, list) else _said(lines)
        head = f"{_said(output.get('ename', ''))}: {_said(output.get('evalue', ''))}"
        yield Part("error", f"{head}\n{shown}")
    elif isinstance(data := output.get("data"), dict):
        for mime, value in data.items():
            yield _shown(_clean(mime), value)
    else:
        yield Part("unknown", _json(output))


def _shown(mime: str, value: Any) -> Part:
    """Text as it is, a picture as its bytes where these are what the file says that they are."""
    text = _said(value)
    if mime in RASTER:
        try:
            picture = b64decode("".join(text.split()), validate=True)
        except NotBase64:
            return Part(mime, text)
        if media_type(picture[:HEAD]) == mime:
            return Part(mime, "", picture)
    return Part(mime, text)


def _said(value: Any) -> str:
    """Text without its colours; other values as JSON."""
    text = _text(value)
    return _json(value) if text is None else _COLOUR.sub("", text)


def _text(value: Any) -> str | None:
    """A string, or lines of one; None for all else."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return _clean("".join(value))
    return None


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, indent=1)


def _clean(text: str) -> str:
    """JSON can name half of a character; nothing that goes on from here can."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
