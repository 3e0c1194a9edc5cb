"""What an exception says about how a run ended."""

from __future__ import annotations

import errno
import logging

from agents.errors import AgentsError
from agents.job import Outcome

logger = logging.getLogger(__name__)


def outcome_of(error: BaseException | None) -> Outcome:
    """The outcome of a run whose runner raised `error`, or ended without saying how (None).

    Only sentences written by us are passed on; a stranger's exception may hold paths or secrets,
    so it goes to the log and its type alone is told.
    """
    if error is None:
        return _broken("The runner ended without saying how")
    if isinstance(error, AgentsError):
        return Outcome("error", str(error), fault=error.fault, retry=error.retry)
    logger.error("a runner failed", exc_info=error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _broken("The disk is full")
    return _broken(f"The runner broke ({type(error).__name__})")


def _broken(what: str) -> Outcome:
    reason = f"{what}. Nothing that you wrote is wrong; try again."
    return Outcome("error", reason, fault="platform", retry=True)
