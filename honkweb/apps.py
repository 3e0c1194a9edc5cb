"""Start-up of the wiring: the Celery app exists before anybody rings."""

from __future__ import annotations

from django.apps import AppConfig


class HonkwebConfig(AppConfig):
    """Has no records."""

    name = "honkweb"

    def ready(self) -> None:
        from honkweb import celery  # noqa: F401 - making it the default app is the point
