"""How OpenAI's Responses and Chat Completions answer, as far as agents' programs look."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.doubles.model_turn import Turn

_SSE = "text/event-stream"


def responses(turn: Turn, asked: Mapping[str, Any], number: int) -> tuple[str, bytes]:
    """An answer of /responses, streamed where that was asked for."""
    output = [*_message(turn, number), *_function_calls(turn, number)]
    answer = {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": asked.get("model", ""),
        "output": output,
        "usage": {
            "input_tokens": turn.input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": turn.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": turn.input_tokens + turn.output_tokens,
        },
    }
    if not asked.get("stream"):
        return "application/json", json.dumps(answer).encode()
    begun = {**answer, "status": "in_progress", "output": [], "usage": None}
    events = [{"type": "response.created", "response": begun}]
    for index, item in enumerate(output):
        events += _item_events(index, item)
    events.append({"type": "response.completed", "response": answer})
    numbered = ({**event, "sequence_number": at} for at, event in enumerate(events))
    return _SSE, b"".join(_sse(event) for event in numbered)


def _message(turn: Turn, number: int) -> list[dict[str, Any]]:
    if not turn.text:
        return []
    content = [{"type": "output_text", "text": turn.text, "annotations": []}]
    return [
        {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": content,
        }
    ]


def _function_calls(turn: Turn, number: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"fc_{number}_{at}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{number}_{at}",
            "name": name,
            "arguments": json.dumps(given),
        }
        for at, (name, given) in enumerate(turn.calls)
    ]


def _item_events(index: int, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    empty = {"content": []} if item["type"] == "message" else {"arguments": ""}
    place = {"output_index": index, "item_id": item["id"]}
    begun = {**item, **empty, "status": "in_progress"}
    events: list[dict[str, Any]] = [
        {"type": "response.output_item.added", "output_index": index, "item": begun}
    ]
    if item["type"] == "message":
        text = item["content"][0]["text"]
        part = {"type": "output_text", "text": "", "annotations": []}
        events += [
            {"type": "response.content_part.added", **place, "content_index": 0, "part": part},
            {"type": "response.output_text.delta", **place, "content_index": 0, "delta": text},
            {"type": "response.output_text.done", **place, "content_index": 0, "text": text},
        ]
    else:
        words = {"arguments": item["arguments"]}
        events += [
            {
                "type": "response.function_call_arguments.delta",
                **place,
                "delta": item["arguments"],
            },
            {"type": "response.function_call_arguments.done", **place, **words},
        ]
    return [*events, {"type": "response.output_item.done", "output_index": index, "item": item}]


def chat(turn: Turn, asked: Mapping[str, Any], number: int) -> tuple[str, bytes]:
    """An answer of /chat/completions, streamed where that was asked for."""
    calls = [
        {
            "index": at,
            "id": f"call_{number}_{at}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(given)},
        }
        for at, (name, given) in enumerate(turn.calls)
    ]
    said: dict[str, Any] = {"role": "assistant", "content": turn.text}
    said |= {"tool_calls": calls} if calls else {}
    end = "tool_calls" if calls else "stop"
    base = {"id": f"chatcmpl-{number}", "created": 1, "model": asked.get("model", "")}
    usage = {
        "prompt_tokens": turn.input_tokens,
        "completion_tokens": turn.output_tokens,
        "total_tokens": turn.input_tokens + turn.output_tokens,
    }
    if not asked.get("stream"):
        choice = {"index": 0, "message": said, "finish_reason": end}
        answer = {**base, "object": "chat.completion", "choices": [choice], "usage": usage}
        return "application/json", json.dumps(answer).encode()
    base["object"] = "chat.completion.chunk"
    chunks = [
        {**base, "choices": [{"index": 0, "delta": said, "finish_reason": None}]},
        {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": end}]},
        {**base, "choices": [], "usage": usage},
    ]
    return _SSE, b"".join(_sse(chunk) for chunk in chunks) + b"data: [DONE]\n\n"


def _sse(data: Mapping[str, Any]) -> bytes:
    kind = f"event: {data['type']}\n" if "type" in data else ""
    return f"{kind}data: {json.dumps(data)}\n\n".encode()
