"""The JSON API as a program outside uses it: a token, paths of section 8, nothing else."""

from __future__ import annotations

import time
from typing import Any

import httpx

GOES_ON = {"queued", "running", "verifying", "approved", "merging", "deploying"}
JSON = dict[str, Any]


class Api:
    """One person's view of a house."""

    def __init__(self, base: str, token: str) -> None:
        self.token = token
        self.client = httpx.Client(
            base_url=f"{base}/api/v1", timeout=60, trust_env=False,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    def get(self, path: str, expect: int = 200, /, **query: Any) -> JSON:
        return self._checked(self.client.get(path, params=query), expect)

    def post(self, path: str, expect: int = 200, /, **body: Any) -> JSON:
        return self._checked(self.client.post(path, json=body), expect)

    def _checked(self, answer: httpx.Response, expect: int) -> JSON:
        told = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        assert answer.status_code == expect, told[:3000]
        body: JSON = answer.json()
        if expect >= 400:
            assert {"code", "message", "fault", "retry"} <= body.keys(), told
            assert body["fault"] in ("user", "agent", "platform")
        return body

    def open(self, repository: str, instruction: str, runner: str = "agent", **more: Any) -> int:
        """A new change; its number."""
        body = {"repository": repository, "instruction": instruction, "runner": runner, **more}
        return int(self.post("/changes", 201, **body)["number"])

    def change(self, number: int) -> JSON:
        return self.get(f"/changes/{number}")

    def round(self, number: int, which: int = 0) -> JSON:
        """A round of a change; 0: the newest."""
        return self.get(f"/changes/{number}/rounds/{which or len(self.change(number)['rounds'])}")

    def patch(self, number: int, which: int = 1) -> bytes:
        answer = self.client.get(f"/changes/{number}/rounds/{which}/patch")
        assert answer.status_code == 200
        return answer.content

    def until(self, number: int, *wanted: str, seconds: float = 60) -> JSON:
        """The change once its status is one of `wanted`; told at once when it ends elsewhere."""
        deadline = time.monotonic() + seconds
        while (change := self.change(number))["status"] not in wanted:
            told = f"#{number} is {change['status']}, not {wanted}: {self.told(change)}"
            assert change["status"] in GOES_ON, told
            assert time.monotonic() < deadline, told
            time.sleep(0.1)
        return change

    def told(self, change: JSON) -> str:
        """Each run's end in words, for a failing test."""
        runs = [self.get(f"/runs/{run['id']}") for run in change["runs"]]
        return "; ".join(f"{r['kind']} {r['name']} {r['status']} {r['reason']}" for r in runs)

    def reviewed(self, repository: str, *lines: str, **more: Any) -> JSON:
        """A change that the agent made of `lines`, waiting for review."""
        from tests.e2e.repos import do

        return self.until(self.open(repository, do(*lines), **more), "awaiting_review")

    def verdict(self, change: JSON, kind: str, expect: int = 200, **more: Any) -> JSON:
        """A verdict on the newest round that `change` shows."""
        newest = change["rounds"][-1]
        body = {"verdict": kind, "round": newest["number"], "head": newest["head"], **more}
        return self.post(f"/changes/{change['number']}/verdict", expect, **body)

    def merged(self, change: JSON) -> JSON:
        """Approve and wait until it has landed."""
        self.verdict(change, "approve", 202)
        return self.until(change["number"], "merged")

    def reprompted(self, change: JSON, *lines: str, reason: str = "incomplete") -> JSON:
        """Send it back and wait for the next round's review."""
        from tests.e2e.repos import do

        self.verdict(change, "reprompt", message=do(*lines), reasons=[reason])
        return self.until(change["number"], "awaiting_review")

    def run(self, change: JSON, kind: str = "agent") -> JSON:
        """The newest run of a kind, whole."""
        ids = [run["id"] for run in change["runs"] if run["kind"] == kind]
        return self.get(f"/runs/{ids[-1]}")

    def log(self, run_id: int) -> list[JSON]:
        """The whole log, page by page."""
        events: list[JSON] = []
        while page := self.get(
            f"/runs/{run_id}/events", after_seq=len(events), limit=500
        )["events"]:  # fmt: skip
            events += page
        return events

    def wait_for_log(self, number: int, words: str, seconds: float = 30) -> int:
        """The newest agent run's id, once its output holds `words`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            runs = [r["id"] for r in self.change(number)["runs"] if r["kind"] == "agent"]
            if runs and words in text_of(self.log(runs[-1])):
                return int(runs[-1])
            time.sleep(0.1)
        raise AssertionError(f"{words!r} never came: {self.told(self.change(number))}")


def text_of(events: list[JSON]) -> str:
    """What a log's output says, joined."""
    return "".join(str(e["data"].get("text", "")) for e in events if e["kind"] == "output")
