"""How request bodies are read: JSON, and text that every database can keep."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, NoReturn

from django.http import HttpRequest
from ninja import Schema
from ninja.parser import Parser
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

MAX_ID = 2**63 - 1
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class BoundedParser(Parser):
    """JSON as the standard has it; size is bounded before this, depth by Python's own limit."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value; ValueError or RecursionError become 400."""
        return json.loads(request.body, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _storable(text: str) -> str:
    """`text`, unless it holds what a database cannot keep: NUL, half of a surrogate pair."""
    if UNSTORABLE.search(text):
        raise ValueError("it holds a NUL character or half a character, which is not text")
    return text


def _no_bool(given: object) -> object:
    """A number as it was sent; true would be read as 1."""
    if isinstance(given, bool):
        raise ValueError("it must be a number, not true or false")  # noqa: TRY004 - pydantic takes it
    return given


NoBool = BeforeValidator(_no_bool)
Text = Annotated[str, AfterValidator(_storable)]
Id = Annotated[int, Field(ge=0, le=MAX_ID), NoBool]
Positive = Annotated[int, Field(ge=1, le=MAX_ID), NoBool]
Number = Annotated[float, NoBool]


class Body(Schema):
    """A request body; unknown fields are refused, so that nobody believes they did something."""

    model_config = ConfigDict(extra="forbid")
