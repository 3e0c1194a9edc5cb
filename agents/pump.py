"""Runs somebody else's iterator in a thread, with every process it starts on a list.

Not responsible for limits or for what the values mean: `engine` decides those.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from agents.errors import PlatformFault, StepRefused
from agents.events import Event
from agents.job import Attached, Limits, Message, Outcome, Workspace
from agents.ports import Control, Process, Sandbox

Items = Callable[[Sandbox, Control], Iterator[object]]
QUEUE_LENGTH = 64
HELD = ("step", "usage")  # the iterator waits after these until the limits were looked at
_SLICE_S = 0.1


class Finished:
    """The iterator's end; error is what it raised."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Ending:
    """Whether the run is being ended (why) or is to park itself, and whether it is given up."""

    def __init__(self) -> None:
        self.reason = ""
        self.pause = ""
        self.given_up = threading.Event()
        self.gate = threading.Semaphore(0)


class WatchedSandbox:
    """A sandbox that remembers what it started, so that all of it can be ended."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._processes: list[Process] = []
        self._closed = False
        self.label = sandbox.label

    def start(
        self,
        argv: Sequence[str],
        workspace: Workspace,
        limits: Limits,
        *,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        network: bool = False,
        writable: bool = True,
        environment_writable: bool = False,
        attached: Attached | None = None,
    ) -> Process:
        """Start argv through the inner sandbox; refuses once the run has ended."""
        if self._closed:
            raise PlatformFault("The run has ended; nothing more is started.")
        process = self._sandbox.start(
            argv,
            workspace,
            limits,
            stdin=stdin,
            environment=environment,
            network=network,
            writable=writable,
            environment_writable=environment_writable,
            attached=attached,
        )
        self._remember(process)
        return process

    def _remember(self, process: Process) -> None:
        with self._lock:
            ended = [each for each in self._processes if each.wait(0) is not None]
            self._processes = [each for each in self._processes if each not in ended]
            self._processes.append(process)
            too_late = self._closed
        for each in ended:
            each.kill()
        if too_late:
            process.kill()
            raise PlatformFault("The run has ended; nothing more is started.")

    def interrupt(self) -> None:
        """Ask every process to end by itself."""
        with self._lock:
            running = list(self._processes)
        for process in running:
            with contextlib.suppress(Exception):
                process.interrupt()

    def close(self) -> None:
        """Kill every process tree and start no more; returns when none is left."""
        with self._lock:
            self._closed = True
            left, self._processes = self._processes, []
        for process in left:
            process.kill()


class WatchedControl:
    """Control as the runner's thread sees it: the engine's own stop looks like a person's."""

    def __init__(self, control: Control, ending: Ending) -> None:
        self._control = control
        self._ending = ending
        self.waiting = False

    def stop_reason(self) -> str:
        """Why the run must stop now, by a person or a limit."""
        return self._ending.reason or self._control.stop_reason()

    def pause_reason(self) -> str:
        """Why the run is to park itself at its next step, by a person or a limit."""
        return self._ending.pause or self._control.pause_reason()

    def take_messages(self) -> list[Message]:
        """Messages for the agent; none once the run is being ended."""
        return [] if self._ending.reason else self._control.take_messages()

    def wait_for_answer(self, ask: str, timeout: float) -> Message | None:
        """As Control; gives up at once when the run is being ended or is to park itself."""
        deadline = time.monotonic() + timeout
        self.waiting = True
        try:
            while not (self.stop_reason() or self.pause_reason()):
                left = deadline - time.monotonic()
                answer = self._control.wait_for_answer(ask, max(0.0, min(left, _SLICE_S)))
                if answer is not None or left <= 0:
                    return answer
            return None
        finally:
            self.waiting = False


class Pump:
    """Carries an iterator's values out of its thread through a bounded queue.

    After a `step` or `usage` event the thread waits until `open_gate` is called, so that limits are
    checked before the step begins, and before a runner looks whether it is to park itself.
    """

    def __init__(self, items: Items, sandbox: Sandbox, control: Control) -> None:
        self.ending = Ending()
        self.sandbox = WatchedSandbox(sandbox)
        self.control = WatchedControl(control, self.ending)
        self._items = items
        self._queue: queue.Queue[object] = queue.Queue(QUEUE_LENGTH)
        self._thread = threading.Thread(target=self._run, name="runner", daemon=True)

    def start(self) -> None:
        """Begin; values come from `get`."""
        self._thread.start()

    def get(self, timeout: float) -> object | None:
        """Next value, Finished at the end, None after `timeout` s."""
        try:
            return self._queue.get(timeout=timeout)
        except queue.Empty:
            return None

    def open_gate(self) -> None:
        """Let the iterator go on after an event that was held."""
        self.ending.gate.release()

    def ask_to_park(self, reason: str) -> None:
        """Let the iterator see, at its next step, that it is to park itself."""
        self.ending.pause = reason

    def interrupt(self, reason: str) -> None:
        """Ask the iterator and its processes to end by themselves."""
        self.ending.reason = reason
        self.sandbox.interrupt()
        self.ending.gate.release()

    def kill(self) -> None:
        """End every process; a thread that still runs is given up and can start nothing."""
        self.ending.reason = self.ending.reason or "the run has ended"
        self.sandbox.close()

    def give_up(self, wait_s: float = 2.0) -> bool:
        """Kill, then let the thread end; False when it is still busy after `wait_s`."""
        self.kill()
        self.ending.given_up.set()
        self.ending.gate.release()
        self._thread.join(wait_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        items: Iterator[object] | None = None
        error: BaseException | None = None
        try:
            items = self._items(self.sandbox, self.control)
            self._carry(items)
        except BaseException as caught:  # noqa: BLE001 - the engine judges every fault
            error = caught
        finally:
            error = _close(items) or error
            self._put(Finished(error))

    def _carry(self, items: Iterator[object]) -> None:
        for item in items:
            if not self._put(item):
                return
            if isinstance(item, Event) and item.kind in HELD:
                self.ending.gate.acquire()
                if item.kind == "step" and self.ending.reason:
                    self._last_word(items)
                    return

    def _last_word(self, items: Iterator[object]) -> None:
        """Refuse the step; a runner that takes that may still give its Outcome."""
        throw = getattr(items, "throw", None)
        if throw is None:
            return
        with contextlib.suppress(StepRefused, StopIteration):
            said = throw(StepRefused())
            if isinstance(said, Outcome):
                self._put(said)

    def _put(self, item: object) -> bool:
        while not self.ending.given_up.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=_SLICE_S)
                return True
        return False


def _close(items: Iterator[object] | None) -> BaseException | None:
    try:
        close = getattr(items, "close", None)
        if close is not None:
            close()
    except BaseException as caught:  # noqa: BLE001 - a runner's clean-up must not hide its end
        return caught
    return None
