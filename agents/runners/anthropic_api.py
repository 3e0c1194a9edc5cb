"""Claude through the API: the SDK's streaming tool runner outside, its tools in the sandbox.

The key stays in this process. The conversation is kept here, so that a cut stream is asked again
from where it stood, a message of a person goes in before the next model call, and whatever ends the
run leaves the conversation for the next one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from agents.events import Event, Tick
from agents.job import NOTHING_USED, Job, Outcome
from agents.ports import Control, Sandbox
from agents.runners import prices
from agents.runners.anthropic_ends import refused_options
from agents.runners.anthropic_line import TRIES
from agents.runners.anthropic_record import left, written_down
from agents.runners.anthropic_talk import Manner, Talk

__all__ = ["TRIES", "AnthropicRunner"]

ASK_S = 120.0
COMPACT_AT = 150_000  # tokens


class AnthropicRunner:
    """key and base_url: the environment's ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL when empty.

    model, effort: where the job's options name none. compact_at: tokens of one model call from
    which the conversation is summarised. ask_s: how long a question waits before the run is parked.
    """

    name = "anthropic_api"

    def __init__(
        self,
        *,
        model: str = "",
        effort: str = "",
        key: str = "",
        base_url: str = "",
        backoff_s: float = 1.0,
        ask_s: float = ASK_S,
        compact_at: int = COMPACT_AT,
    ) -> None:
        self.model = model or prices.DEFAULT_MODEL
        self.effort = effort
        self._manner = Manner(backoff_s, ask_s, compact_at)
        self._key, self._base_url = key, base_url

    def run(self, job: Job, sandbox: Sandbox, control: Control) -> Iterator[Event | Tick | Outcome]:
        """Talk with the model until it is done; raises nothing."""
        key = self._key or os.environ.get("ANTHROPIC_API_KEY", "")
        base_url = self._base_url or os.environ.get("ANTHROPIC_BASE_URL", "")
        if not key:
            reason = "The worker has no ANTHROPIC_API_KEY. Add it, or choose another runner."
            yield Outcome("error", reason, fault="platform", usage=NOTHING_USED)
            return
        model = str(job.options.get("model") or self.model)
        effort = str(job.options.get("effort") or self.effort)
        refusal = refused_options(model, effort, job.limits.money_usd)
        if refusal is not None:
            yield refusal
            return
        from agents.runners import anthropic_sdk

        client = anthropic_sdk.client(key, base_url)
        with written_down(job.workspace.root) as record:
            talk = Talk(job, sandbox, control, self._manner, record)
            yield from talk.values(client, model, effort)

    def left(self, root: Path) -> str:
        """As the port says; it was written down at each step."""
        return left(root)
