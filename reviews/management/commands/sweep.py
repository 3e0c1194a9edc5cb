"""`manage.py sweep`: one pass of what `worker work` does every second."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from reviews.services import recover


class Command(BaseCommand):
    """Safe to run at any time, beside any number of others."""

    help = "End lost runs, ring waiting ones again, and move on whatever waits for the machine."

    def handle(self, *_args: Any, **_options: Any) -> None:
        recover.sweep()
