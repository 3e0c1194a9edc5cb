"""Wiring only: settings, URLs, ASGI, Celery and the supervisor command."""
