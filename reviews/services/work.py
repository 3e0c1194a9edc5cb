"""Carries one run out in a worker: claim, do, record, end. Celery's task is a shell around it."""

from __future__ import annotations

import logging
import shutil

from agents.control import Mailbox
from agents.errors import AgentsError
from agents.job import NOTHING_USED
from reviews.models import Run
from reviews.services import keeping, place, work_agent, work_judge, work_merge, work_verify
from reviews.services.bench import Bench
from reviews.services.claim import claim
from reviews.services.finish import finish
from reviews.services.recorder import Recorder, kept_alive
from reviews.services.runs import RunLost
from reviews.states import RunKind, RunStatus

logger = logging.getLogger(__name__)
_EXECUTORS = {
    RunKind.AGENT: work_agent.carry_out,
    RunKind.VERIFIER: work_verify.carry_out,
    RunKind.JUDGE: work_judge.carry_out,
    RunKind.MERGE: work_merge.carry_out,
}


def carry_out(run_id: int, worker: str) -> None:
    """Do everything a run needs, if it can be claimed; returns when it has ended."""
    run = claim(run_id, worker)
    if run is None:
        return
    mailbox = Mailbox()
    bench = Bench(run, Recorder(run, mailbox), mailbox)
    try:
        with kept_alive(run):
            _EXECUTORS[RunKind(run.kind)](bench)
    except RunLost:
        logger.info("run %s was taken from this worker; its work is dropped", run_id)
    except AgentsError as fault:
        _end(bench, str(fault), fault.fault, may_retry=fault.retry)
    except Exception as fault:
        logger.exception("run %s broke", run_id)
        reason = f"The server failed while it worked on this ({type(fault).__name__})."
        _end(bench, reason, "platform", may_retry=True)
    finally:
        _clear(run)


def _end(bench: Bench, reason: str, fault: str, *, may_retry: bool) -> None:
    run = bench.run
    used = bench.recorder.used(NOTHING_USED) if _never_began(bench) else {}
    finish(
        run.pk, RunStatus.ERROR, worker=run.worker, reason=reason, fault=fault,
        may_retry=may_retry, **used,
    )  # fmt: skip


def _never_began(bench: Bench) -> bool:
    """Whether an agent's run ended before anything of it was started: it has cost nothing."""
    return bench.run.kind == RunKind.AGENT and not bench.recorder.has_begun


def _clear(run: Run) -> None:
    """Leave no worktree behind; what was worth keeping is in the database."""
    folder = place.folder_of(run)
    try:
        keeping.clear(run)
    except Exception:
        logger.warning("worktree %s is left for the sweep", folder.name, exc_info=True)
        shutil.rmtree(folder, ignore_errors=True)
