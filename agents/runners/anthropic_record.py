"""The conversation on disk while its run goes on, so that a killed worker does not take it along.

It stands beside the worktree, where no program of the run can see it, and goes with the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.beside import folder_beside, keep, place_beside
from agents.runners.anthropic_conversation import Conversation

_BESIDE, _FILE = "talk", "session"


@dataclass(frozen=True, slots=True)
class Record:
    """A file that always holds one whole conversation."""

    path: Path

    def keep(self, conversation: Conversation) -> None:
        """Write it as it stands now."""
        keep(self.path, conversation.session())


@contextmanager
def written_down(root: Path) -> Iterator[Record]:
    """The record of the run whose worktree is `root`, gone at its end."""
    with folder_beside(root, _BESIDE) as folder:
        yield Record(folder / _FILE)


def left(root: Path) -> str:
    """What a run that was killed had written down; empty when it had said nothing yet."""
    try:
        return (place_beside(root, _BESIDE) / _FILE).read_text(encoding="utf-8")
    except OSError:
        return ""
