"""What the body of a model call may ask for: nothing that makes the service reach other hosts.

The sandbox has no network, but a model service has: tools that it runs itself, addresses that it
fetches, files that others put there. A body is read as the service reads it, or refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_DEEPEST = 100
_MOST_PARTS = 400_000  # values in one body, which take much more memory read than written
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.\-]*://")
_SEARCHES = re.compile(r"\bsearch-(?:preview|api)|deep-research|:online$")
# What names another host, or what others may have laid down at the service, as `_plain` spells it.
_REACHES = {
    "mcpservers", "serverurl", "connectorid", "fileid", "fileids", "vectorstoreids", "container",
    "cachedcontent", "websearchoptions", "plugins",
}  # fmt: skip
_DATA = {"filedata", "data", "image", "video", "audio", "file"}  # contents, or an address
_UNREADABLE = "The body of this request cannot be read as JSON, so it is not passed on."


@dataclass(frozen=True, slots=True)
class _Service:
    """How one kind of service writes a request.

    tools: types of tools that the program carries out itself, or that stay within the service.
    opaque: (key that an object stands under, or = and its type; its key) of what the service hands
    on as it is: arguments, results and schemas may hold any words.
    """

    tools: re.Pattern[str]
    opaque: frozenset[tuple[str, str]]


def _pairs(words: str) -> frozenset[tuple[str, str]]:
    return frozenset((each.partition(".")[0], each.partition(".")[2]) for each in words.split())


_CLAUDE = _Service(
    re.compile(
        r"|custom|(?:bash|text_editor|computer|computer_toolset|memory|advisor)_\d{8}"
        r"|tool_search_tool_(?:bm25|regex)(?:_\d{8})?"
    ),
    _pairs(
        "=tool_use.input tools.inputschema tools.inputexamples definition.inputschema"
        " definition.inputexamples =json_schema.schema .metadata"
    ),
)
_OPENAI = _Service(
    re.compile(
        r"function|custom|namespace|local_shell|apply_patch|computer(?:_use(?:_preview)?)?"
        r"|tool_search|image_generation"
    ),
    _pairs(
        "tools.parameters function.parameters functions.parameters =json_schema.schema"
        " jsonschema.schema =tool_search_call.arguments =local_shell_call.action .metadata"
        " .clientmetadata =url_citation.url"
    ),
)
_GEMINI = _Service(
    re.compile(r"functiondeclarations|computeruse"),
    _pairs(
        "functioncall.args functionresponse.response functiondeclarations.parameters"
        " functiondeclarations.parametersjsonschema functiondeclarations.response"
        " functiondeclarations.responsejsonschema generationconfig.responseschema"
        " generationconfig.responsejsonschema"
    ),
)


class _Refused(ValueError):
    """What is not passed on, as a sentence."""


def is_gemini(path: bytes) -> bool:
    """Whether a path is one of Gemini's, whose names of actions stand behind a colon."""
    return b":" in path


def refusal(body: bytes, path: bytes) -> str:
    """Why a body is not passed on, as a sentence; empty when it may be."""
    if not body:
        return ""
    service = _GEMINI if is_gemini(path) else _OPENAI
    service = _CLAUDE if path.endswith((b"/messages", b"/count_tokens")) else service
    try:
        for value, key, depth in _parts(_read(body), service):
            if depth > _DEEPEST:
                return f"This request is nested deeper than {_DEEPEST}, so it is not passed on."
            _look(value, key, service)
    except _Refused as why:
        return str(why)
    except (ValueError, RecursionError):
        return _UNREADABLE
    return ""


def _read(body: bytes) -> dict[str, Any]:
    """The one meaning that a body has, whoever reads it; ValueError when it has more, or none."""
    shell = _TEXT.sub(b"", body)
    if sum(shell.count(sign) for sign in (b",", b"[", b"{")) > _MOST_PARTS:
        raise _Refused(f"This request has more than {_MOST_PARTS} parts, so it is not passed on.")
    told = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_none)
    if not isinstance(told, dict):
        raise _Refused(_UNREADABLE)
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Refused("This request names a field twice, so it is not passed on.")
    return found


def _none(_word: str) -> None:
    raise ValueError("no number of JSON")


def _parts(told: dict[str, Any], service: _Service) -> Iterator[tuple[Any, str, int]]:
    """(value, key that it or its list stands under, depth) of all that the service itself reads."""
    left: list[tuple[Any, str, int]] = [(told, "", 0)]
    while left:
        value, key, depth = left.pop()
        yield value, key, depth
        if isinstance(value, list):
            left += [(each, key, depth + 1) for each in value]
        elif isinstance(value, dict):
            kind = f"={value.get('type')}"
            named = ((_plain(name), each) for name, each in value.items())
            left += [
                (each, name, depth + 1)
                for name, each in named
                if not {(key, name), (kind, name)} & service.opaque
            ]


def _look(value: Any, key: str, service: _Service) -> None:
    """Raise for what reaches out."""
    if isinstance(value, str):
        _look_at_text(value, key, service)
    elif value and (key in _REACHES or (key == "prompt" and isinstance(value, dict))):
        raise _refused(key, "would have the service use what lies elsewhere")
    elif isinstance(value, dict) and key in ("tools", "definition"):
        _look_at_tool(value, service)


def _look_at_text(value: str, key: str, service: _Service) -> None:
    if value and key in _REACHES:
        raise _refused(key, "would have the service use what lies elsewhere")
    is_address = key.endswith(("url", "uri", "urls", "uris"))
    is_data = value.lstrip()[:5].lower() == "data:"
    if (is_address and value and not is_data) or (key in _DATA and _SCHEME.match(value)):
        raise _refused(key, "is an address that the service would fetch")
    if key == "model" and service is _OPENAI and _SEARCHES.search(value.lower()):
        raise _refused(value, "is a model that searches other hosts")


def _look_at_tool(tool: dict[str, Any], service: _Service) -> None:
    if service is _GEMINI:
        said = [_plain(name) for name, each in tool.items() if each is not None]
    else:
        said = [str(tool.get("type") or "")]
    for each in said:
        if not service.tools.fullmatch(each):
            raise _refused(each or "A tool without a type", "is a tool that the service runs")


def _refused(name: str, what: str) -> _Refused:
    shown = re.sub(r"[^\w .:-]", "?", name[:60])
    return _Refused(f"{shown} {what}. What agents ask for may not reach other hosts.")


def _plain(key: str) -> str:
    """A key without the differences between snake_case and camelCase."""
    return key.replace("_", "").replace("-", "").lower()
