"""Celery's filesystem transport, with messages that appear and vanish whole.

The one that kombu brings lets a reader see a message before it is written, and moves it through
the shared temporary folder; a half-read message would end the worker. Nothing is ever decided
by a message, so one that cannot be read is dropped: the sweep rings again.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads


class WholeMessages(filesystem.Channel):
    """Messages are files `TIME_ID.QUEUE.msg`, written aside and renamed into place."""

    def _put(  # type: ignore[override] # the class between names it as here
        self, queue: str, payload: dict[str, Any], **_kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        name = f"{time_ns():020d}_{uuid.uuid4().hex}.{queue}.msg"
        aside = folder / f".{name}"
        aside.write_text(dumps(payload))
        aside.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:  # noqa: ARG002
        folder = Path(self.data_folder_in)
        for name in sorted(path.name for path in folder.iterdir()):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f".{name}.{os.getpid()}"
            try:
                (folder / name).rename(taken)  # whoever renames it has it
                told = taken.read_bytes()
                taken.unlink()
                message: dict[str, Any] = loads(told.decode())
                self.Message(message, channel=self)  # whoever takes it ends when it cannot be made
            except (OSError, ValueError, TypeError, LookupError, AttributeError):
                continue
            return message
        raise Empty


class Transport(filesystem.Transport):
    """`honkfiles://`"""

    Channel = WholeMessages


def prepare(folder: Path) -> dict[str, Any]:
    """Make the folders of a broker, readable by the owner alone; returns its transport options."""
    control = folder / "control"
    for path in (folder, control):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    TRANSPORT_ALIASES["honkfiles"] = f"{__name__}:Transport"
    return {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(control),
        "polling_interval": 0.1,
    }
