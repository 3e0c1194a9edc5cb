"""What people hand in while a run goes on: stop, messages, answers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from agents.job import Message

HAND_OVER_S = 5.0


class Mailbox:
    """Control for one run; its caller fills it, the runner's thread reads it. Thread-safe.

    Messages stay with the caller, where they can still be edited or taken back, until the runner
    asks for them: the caller says that some wait, looks at `wants_messages`, and hands them over.
    """

    def __init__(self, hand_over_s: float = HAND_OVER_S) -> None:
        self._changed = threading.Condition()
        self._hand_over_s = hand_over_s
        self._stop = self._pause = ""
        self._are_waiting = self._wants = False
        self._messages: deque[Message] = deque()
        self._answers: dict[str, Message] = {}
        self._read: set[str] = set()
        self._delivered: set[int] = set()

    def stop(self, reason: str) -> None:
        """Ask the run to end; the first reason stays."""
        with self._changed:
            self._stop = self._stop or reason or "stopped"
            self._changed.notify_all()

    def pause(self, reason: str) -> None:
        """Ask the run to park itself at its next step; the first reason stays."""
        with self._changed:
            self._pause = self._pause or reason or "paused"
            self._changed.notify_all()

    def deliver(self, message: Message) -> None:
        """Hand a message in; the same id again is ignored."""
        with self._changed:
            self._put(message)
            self._changed.notify_all()

    def say_waiting(self, are_waiting: bool) -> None:
        """Whether the caller keeps messages that the runner may ask for."""
        with self._changed:
            self._are_waiting = are_waiting

    def wants_messages(self) -> bool:
        """Whether the runner waits at this moment for what the caller keeps."""
        with self._changed:
            return self._wants

    def hand_over(self, messages: Iterable[Message]) -> None:
        """Give the runner what it asked for, perhaps nothing."""
        with self._changed:
            for message in messages:
                self._put(message)
            self._wants = self._are_waiting = False
            self._changed.notify_all()

    def _put(self, message: Message) -> None:
        if message.id not in self._delivered:
            self._delivered.add(message.id)
            self._messages.append(message)

    def unread(self) -> list[int]:
        """Ids of messages and answers that were handed in and that the runner never took."""
        with self._changed:
            left = [message.id for message in self._messages]
            return left + [m.id for ask, m in self._answers.items() if ask not in self._read]

    def answer(self, ask: str, message: Message) -> None:
        """Answer question `ask` (the part of its event); the first answer stays."""
        with self._changed:
            self._answers.setdefault(ask, message)
            self._changed.notify_all()

    def stop_reason(self) -> str:
        """Why the run must stop now, or an empty string."""
        with self._changed:
            return self._stop

    def pause_reason(self) -> str:
        """Why the run is to pause, or an empty string."""
        with self._changed:
            return self._pause

    def take_messages(self) -> list[Message]:
        """Messages not taken before, oldest first."""
        with self._changed:
            if self._are_waiting and not self._stop:
                self._wants = True
                self._changed.wait_for(lambda: not self._wants or self._stop, self._hand_over_s)
                self._wants = False
            taken = list(self._messages)
            self._messages.clear()
            return taken

    def wait_for_answer(self, ask: str, timeout: float) -> Message | None:
        """The answer to `ask`; None when none came in `timeout` s or the run must stop."""
        with self._changed:
            self._changed.wait_for(lambda: ask in self._answers or self._stop, timeout)
            if ask in self._answers:
                self._read.add(ask)
            return self._answers.get(ask)
