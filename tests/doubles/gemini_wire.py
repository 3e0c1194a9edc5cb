"""How Gemini's generateContent answers, as far as agents' programs look."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.doubles.model_turn import Turn


def _answer(turn: Turn, number: int) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"text": turn.text}] if turn.text else []
    parts += [
        {"functionCall": {"id": f"call_{number}_{at}", "name": name, "args": dict(given)}}
        for at, (name, given) in enumerate(turn.calls)
    ]
    usage = {
        "promptTokenCount": turn.input_tokens,
        "candidatesTokenCount": turn.output_tokens,
        "totalTokenCount": turn.input_tokens + turn.output_tokens,
    }
    content = {"role": "model", "parts": parts}
    candidate = {"content": content, "finishReason": "STOP", "index": 0}
    return {"candidates": [candidate], "usageMetadata": usage, "responseId": f"answer-{number}"}


def stream(turn: Turn, _asked: Mapping[str, Any], number: int) -> tuple[str, bytes]:
    """An answer of :streamGenerateContent?alt=sse."""
    return "text/event-stream", f"data: {json.dumps(_answer(turn, number))}\n\n".encode()


def single(turn: Turn, _asked: Mapping[str, Any], number: int) -> tuple[str, bytes]:
    """An answer of :generateContent."""
    return "application/json", json.dumps(_answer(turn, number)).encode()
