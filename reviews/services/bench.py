"""What an executor holds while it works on a run."""

from __future__ import annotations

from dataclasses import dataclass

from agents.control import Mailbox
from reviews.models import Change, Round, Run
from reviews.services.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Bench:
    """A claimed run, where its events go, and where people's wishes come from."""

    run: Run
    recorder: Recorder
    mailbox: Mailbox

    @property
    def change(self) -> Change:
        return self.run.change

    @property
    def round(self) -> Round:
        return self.run.round
