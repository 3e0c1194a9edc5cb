"""Verifiers and the setup through the engine."""

from __future__ import annotations

from pathlib import Path

from agents import engine
from agents.job import Limits, Outcome
from agents.policy import SetupSpec, VerifierSpec
from tests.agents.factories import (
    events,
    mailbox,
    outcome,
    texts,
    workspace,
)
from tests.doubles.plain_sandbox import PlainSandbox


def verified(root: Path, *argv: str, timeout: float = 20, **more: object) -> list[engine.Value]:
    spec = VerifierSpec("check", argv, timeout)
    return list(
        engine.verify(
            spec, workspace(root), PlainSandbox(), Limits(), mailbox(), grace_s=0.3, **more
        )  # type: ignore[arg-type]
    )


def test_a_verifier_streams_and_is_judged_by_its_output(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import unittest\nclass A(unittest.TestCase):\n"
        "    def test_a(self): self.assertEqual(1, 2)\n    def test_b(self): pass\n"
    )
    values = verified(tmp_path, "python3", "-m", "unittest")
    result = outcome(values)
    assert (result.status, result.fault) == ("failed", "agent")
    assert result.counts == {"passed": 1, "failed": 1, "skipped": 0}
    assert "1 != 2" in result.excerpt
    assert {event.source for event in events(values)} == {"system", "verifier"}
    assert events(values)[0].data["argv"] == ["python3", "-m", "unittest"]


def test_a_verifier_that_is_not_there_cannot_run(tmp_path: Path) -> None:
    result = outcome(verified(tmp_path, "no-such-program"))
    assert (result.status, result.fault) == ("error", "user")
    assert result.reason.startswith("Cannot run: no-such-program")


def test_a_verifier_that_hangs_times_out(tmp_path: Path) -> None:
    result = outcome(verified(tmp_path, "sleep", "60", timeout=0.3))
    assert (result.status, result.retry) == ("timed_out", True)


def set_up(root: Path, spec: SetupSpec, *, allowed: bool) -> tuple[Outcome, PlainSandbox, str]:
    sandbox = PlainSandbox()
    values = list(
        engine.setup(spec, workspace(root), sandbox, Limits(), mailbox(), network_allowed=allowed)
    )
    return outcome(values), sandbox, texts(values, "note")


def test_setup_writes_its_environment_and_has_network_only_if_allowed(tmp_path: Path) -> None:
    spec = SetupSpec(("sh", "-c", "echo made > it; exit 0"), network=True)
    for allowed in (True, False):
        result, sandbox, note = set_up(tmp_path, spec, allowed=allowed)
        assert result.status == "passed"
        assert sandbox.asked[0]["network"] is allowed
        assert sandbox.asked[0]["environment_writable"] is True
        assert ("has not allowed" in note) is not allowed


def test_a_setup_that_fails_is_the_repositorys_fault(tmp_path: Path) -> None:
    result, _, _ = set_up(tmp_path, SetupSpec(("sh", "-c", "echo no; exit 4")), allowed=False)
    assert (result.status, result.fault, result.exit_code) == ("failed", "user", 4)
    assert "exit 4" in result.reason
    assert "no" in result.excerpt
