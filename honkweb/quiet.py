"""What is not worth a line in the terminal although a library logs it."""

from __future__ import annotations

import logging

TALKATIVE = ("httpx2", "httpcore2")  # tell of every call
PROBE = "/readyz"


class NotProbes(logging.Filter):
    """Leaves out that a probe was told "not yet"; the answer says so, and what is missing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is shown."""
        path = getattr(getattr(record, "request", None), "path", "")
        return not (path == PROBE and getattr(record, "status_code", 0) == 503)


def loggers(level: str) -> dict[str, dict[str, object]]:
    """Logging's settings of what would say too much at the usual level."""
    quiet = "WARNING" if level.upper() == "INFO" else level
    talkative: dict[str, dict[str, object]] = {name: {"level": quiet} for name in TALKATIVE}
    return talkative | {"django.request": {"filters": ["not_probes"]}}
