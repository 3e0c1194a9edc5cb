"""One scripted answer of a model, in no service's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Turn:
    """text, then calls of tools by (name, arguments); status: of HTTP, text is then the error.

    needs_tools: the conversation's requests offer tools, so that others are side questions.
    """

    text: str = ""
    calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    status: int = 200
    input_tokens: int = 100
    output_tokens: int = 20
    needs_tools: bool = True
