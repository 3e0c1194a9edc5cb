"""A program that uses the API with a person's token."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from reviews.models import Person
from reviews.services import people
from tests import factories as f

ERROR = {"code", "message", "fault", "retry"}


class Api:
    """A client with a person's token; answers as (status, parsed body)."""

    def __init__(self, person: Person | None) -> None:
        self.client = Client()
        token = people.create_token(person) if person else ""
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        answer = self.client.get(f"/api/v1{path}", query, headers=self.headers)
        return answer.status_code, answer.json()

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body or {})
        answer = self.client.post(
            f"/api/v1{path}", data, content_type="application/json", headers=self.headers
        )
        return answer.status_code, answer.json()


def approval(**fields: Any) -> dict[str, Any]:
    return {"verdict": "approve", "round": 1, "head": f.HEAD, **fields}
