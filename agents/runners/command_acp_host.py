"""Answers what a program of the Agent Client Protocol asks for: files of the worktree, permission.

Files are reached through `agents.confined` only. Permission is policy, not judgement: inside the
sandbox the program may do what the sandbox lets it; without one it may do nothing that it asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents import confined
from agents.errors import AgentFault
from agents.events import JSON
from agents.job import Workspace
from agents.runners.command_acp_wire import INVALID_PARAMS, METHOD_NOT_FOUND, REFUSED, Asked, Wire
from agents.runners.command_lines import rows, text

_ALLOWED = ("allow_once", "allow_always")
_REJECTED = ("reject_once", "reject_always")


class Host:
    """One session's host. is_confined: the program runs in a sandbox."""

    def __init__(self, wire: Wire, workspace: Workspace, *, is_confined: bool) -> None:
        self.session = ""
        self._wire = wire
        self._workspace = workspace
        self._is_confined = is_confined

    def serve(self, asked: Asked, *, is_ending: bool = False) -> None:
        """Answer one request; a notification that is not known needs no answer."""
        if asked.params.get("sessionId") != self.session:
            self._wire.refuse(asked, INVALID_PARAMS, "There is no such session.")
            return
        try:
            result = self._result(asked, is_ending)
        except AgentFault as fault:
            self._wire.refuse(asked, REFUSED, str(fault))
            return
        except OSError as error:
            self._wire.refuse(asked, REFUSED, f"The server could not do it: {error.strerror}.")
            return
        if result is None:
            self._wire.refuse(asked, METHOD_NOT_FOUND, "This method is not known here.")
        else:
            self._wire.answer(asked, result)

    def _result(self, asked: Asked, is_ending: bool) -> Mapping[str, JSON] | None:
        if asked.method == "session/request_permission":
            return {"outcome": self._permission(asked.params, is_ending)}
        if asked.method == "fs/read_text_file":
            return {"content": self._read(asked.params)}
        if asked.method == "fs/write_text_file":
            content = asked.params.get("content")
            if not isinstance(content, str):
                raise AgentFault("The content must be text.")
            data = content.encode("utf-8", "replace")
            confined.write(self._workspace.root, text(asked.params.get("path"), 4097), data)
            return {}
        return None

    def _permission(self, params: Mapping[str, Any], is_ending: bool) -> dict[str, JSON]:
        """The first option that says what the policy says; else the request is cancelled."""
        options = rows(params.get("options"))
        for kind in () if is_ending else (_ALLOWED if self._is_confined else _REJECTED):
            for option in options:
                chosen = option.get("optionId")
                if option.get("kind") == kind and isinstance(chosen, str):
                    return {"outcome": "selected", "optionId": chosen}
        return {"outcome": "cancelled"}

    def _read(self, params: Mapping[str, Any]) -> str:
        path = text(params.get("path"), 4097)
        content = confined.read(self._workspace.root, path)
        try:
            found = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise AgentFault(f"{path!r} is not UTF-8 text.") from error
        first, most = _line(params.get("line")), _line(params.get("limit"))
        if first is None and most is None:
            return found
        lines = found.splitlines(keepends=True)
        begin = max(0, (first or 1) - 1)
        return "".join(lines[begin : begin + most] if most is not None else lines[begin:])


def _line(value: object) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and isinstance(value, int) and 0 <= value < 2**31 else None
