"""The conversation with a model: kept whole and valid, stored, and gone on with.

Valid means: people and model take turns, and each tool call is followed by its result. Thoughts of
the model are bound to the words before them, so they go as soon as any of these change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agents.text import clean

MAX_SESSION = 8 * 1024 * 1024  # characters
LEFT_OUT = "(left out to make room)"
NOT_RUN = "Not run: the run was interrupted. Call it again if it is still needed."
_IMAGE = {"type": "text", "text": "(an image)"}
_THOUGHTS = ("thinking", "redacted_thinking")
_FORMAT = "anthropic_api 1"
_KEPT = 6  # the last messages, whose results are never left out while a run goes on

Block = dict[str, Any]


class Conversation:
    """Messages as the API takes them: {role, content}."""

    def __init__(self, messages: Sequence[Mapping[str, Any]] = ()) -> None:
        self.messages: list[Block] = [dict(message) for message in messages]

    def tell(self, text: str) -> None:
        """Words of ours or of a person; they join a message of people that is still the last."""
        self.add("user", clean(text))

    def said(self, content: list[Block]) -> None:
        """An answer of the model."""
        if content:
            self.add("assistant", content)

    def give(self, results: list[Block]) -> None:
        """The results of all calls in the last answer."""
        self.add("user", results)

    @property
    def calls(self) -> list[Block]:
        """The tool calls of the last message that wait for their results."""
        last = self.messages[-1] if self.messages else {}
        return _of_kind(last, "tool_use") if last.get("role") == "assistant" else []

    def name_of(self, call: Mapping[str, Any]) -> str:
        """The id of a call of the last answer, with a number if it is not the first of that id."""
        same = (b["id"] == call["id"] for m in self.messages for b in _of_kind(m, "tool_use"))
        count = sum(same)
        return str(call["id"]) if count < 2 else f"{call['id']}-{count}"

    @property
    def is_answered(self) -> bool:
        """Whether the model spoke last."""
        return bool(self.messages) and self.messages[-1]["role"] == "assistant"

    @property
    def has_summary(self) -> bool:
        """Whether the service itself summarised a part of it."""
        return any(_of_kind(message, "compaction") for message in self.messages)

    def untold(self, prompt: str) -> str:
        """What of `prompt` the model was not told yet: a repair's begins with the words before."""
        prompt = clean(prompt).rstrip()
        people = (m for m in self.messages if m["role"] == "user")
        told = (str(b.get("text", "")).rstrip() for m in people for b in _of_kind(m, "text"))
        known = (text for text in told if text and f"{prompt}\n\n".startswith(f"{text}\n\n"))
        return prompt[len(max(known, key=len, default="")) :].strip()

    def begin_with(self, summary: list[Block], *words: str) -> None:
        """Put a summary of the service's in the place of all messages, and go on with `words`."""
        self.messages[:] = [{"role": "assistant", "content": summary}]
        for each in words:
            self.tell(each)

    def forget_thoughts(self) -> bool:
        """Take out what the model thought; what it said and did stays. Whether there was any."""
        return self._change(lambda block: None if block.get("type") in _THOUGHTS else block)

    def forget_images(self) -> bool:
        """Put a word in the place of every image; whether there was any."""
        return self._change(_without_images)

    def leave_out(self) -> int:
        """Empty tool results except for the last few; how many characters that freed."""
        before = len(json.dumps(self.messages))
        for message in self.messages[:-_KEPT]:
            for result in _of_kind(message, "tool_result"):
                _empty(result)
        freed = before - len(json.dumps(self.messages))
        if freed > 0:
            self.forget_thoughts()
        return max(freed, 0)

    def plain(self) -> list[Block]:
        """A copy to be stored: no thoughts, words for images, bounded; empty when it cannot be."""
        copy = Conversation(json.loads(json.dumps(self.messages)))
        copy.forget_thoughts()
        copy.forget_images()
        results = (r for m in copy.messages for r in _of_kind(m, "tool_result"))
        size = len(json.dumps(copy.messages))
        for result in results:  # the oldest first
            if size <= MAX_SESSION:
                break
            size -= _empty(result)
        return copy.messages if size <= MAX_SESSION else []

    def session(self) -> str:
        """All of it as text, for the next run; empty when it cannot be bounded."""
        messages = self.plain()
        return json.dumps({"format": _FORMAT, "messages": messages}) if messages else ""

    def add(self, role: str, content: str | list[Block]) -> None:
        """One message; it joins the last one when that is of the same role."""
        last = self.messages[-1] if self.messages else None
        if last is None or last["role"] != role:
            self.messages.append({"role": role, "content": content})
            return
        self.messages[-1] = {"role": role, "content": [*_blocks(last), *_as_blocks(content)]}

    def _change(self, change: Callable[[Block], Block | None]) -> bool:
        """Whether `change` made other blocks of any, or took any out (None)."""
        changed = []
        for message in self.messages:
            content = message["content"]
            if not isinstance(content, str):
                kept = [new for block in content if (new := change(block)) is not None]
                content = kept or [{"type": "text", "text": "(nothing)"}]
            changed.append({**message, "content": content})
        is_other = changed != self.messages
        self.messages[:] = changed
        return is_other

    def answer_open_calls(self) -> None:
        """Give each call that has no result an error result: a run ended before it came."""
        messages, self.messages = self.messages, []
        for number, message in enumerate(messages):
            self.messages.append(message)
            calls = _of_kind(message, "tool_use") if message["role"] == "assistant" else []
            follows = messages[number + 1] if number + 1 < len(messages) else {}
            is_people = follows.get("role") == "user"
            answered = {r.get("tool_use_id") for r in _of_kind(follows, "tool_result")}
            missing = [
                {"type": "tool_result", "tool_use_id": call["id"], "content": NOT_RUN,
                 "is_error": True}
                for call in calls
                if call["id"] not in answered
            ]  # fmt: skip
            if missing and is_people:
                messages[number + 1] = {**follows, "content": [*missing, *_blocks(follows)]}
            elif missing:
                self.messages.append({"role": "user", "content": missing})


def load(session: str) -> Conversation | None:
    """The conversation that `session` holds; None when it cannot be gone on with."""
    try:
        stored = json.loads(session)
        if stored["format"] != _FORMAT or not stored["messages"]:
            return None
        found = from_messages(stored["messages"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if found is not None:
        found.answer_open_calls()
    return found


def from_messages(messages: Any) -> Conversation | None:
    """A conversation over stored messages; None unless they have the right shape."""
    if not isinstance(messages, list) or not all(_is_message(message) for message in messages):
        return None
    first = messages[0] if messages else {}
    if first.get("role") != "user" and not _of_kind(first, "compaction"):
        return None
    conversation = Conversation()
    for message in messages:
        conversation.add(message["role"], message["content"])
    conversation.forget_thoughts()
    return conversation


def _is_message(message: Any) -> bool:
    if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
        return False
    content = message.get("content")
    if isinstance(content, str):
        return bool(content)
    return isinstance(content, list) and bool(content) and all(_is_block(b) for b in content)


def _is_block(block: Any) -> bool:
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return False
    return block["type"] != "tool_use" or isinstance(block.get("id"), str)


def _blocks(message: Mapping[str, Any]) -> list[Block]:
    return _as_blocks(message.get("content") or [])


def _as_blocks(content: str | list[Block]) -> list[Block]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _of_kind(message: Mapping[str, Any], kind: str) -> list[Block]:
    return [block for block in _blocks(message) if block.get("type") == kind]


def _without_images(block: Block) -> Block:
    if block.get("type") == "image":
        return dict(_IMAGE)
    inner = block.get("content")
    if block.get("type") == "tool_result" and isinstance(inner, list):
        return {**block, "content": [_without_images(each) for each in inner]}
    return block


def _empty(result: Block) -> int:
    """Leave a result's content out; the characters that this frees."""
    size = len(json.dumps(result.get("content")))
    if size <= 2 * len(LEFT_OUT):
        return 0
    result["content"] = LEFT_OUT
    return size - len(LEFT_OUT) - 2
