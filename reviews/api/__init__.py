"""The JSON API: the same services as the pages, under /api/v1/, with a bearer token."""

from __future__ import annotations

from ninja import NinjaAPI

from reviews.api import changes, discussing, judging, rounds, runs, steering, verbs
from reviews.api.auth import Bearer, asks_for_token
from reviews.api.errors import add_handlers
from reviews.api.parsing import BoundedParser

__all__ = ["api"]

api = NinjaAPI(
    title="Honkweb",
    version="1",
    description="Changes, rounds, runs, verdicts. Errors are {code, message, fault, retry}.",
    urls_namespace="api",
    docs_url=None,  # a page of somebody else's scripts, which our policy would not run anyway
    docs_decorator=asks_for_token,
    auth=Bearer(),
    parser=BoundedParser(),
)
add_handlers(api)
for part in (changes, rounds, discussing, verbs, judging, steering, runs):
    api.add_router("", part.router)
