"""`.honk.toml`: everything it can say, and everything that is wrong with it told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import policy
from agents.job import Limits
from agents.policy import DeploySpec, PreviewSpec, ReviewSpec, RunnerSpec, SetupSpec, VerifierSpec

FULL = b"""
[[verifiers]]
name = "unit"
argv = ["make", "test"]
timeout = 60

[[verifiers]]
name = "lint"
argv = ["ruff", "check"]
required = false

[runners.codemod]
argv = ["sh", "mod.sh", "{instruction}"]

[runners.anthropic_api]
model = "claude-opus-5-5"
effort = "high"

[setup]
argv = ["sh", "setup.sh"]
locks = ["requirements.txt"]
network = true

[merge]
strategy = "merge"

[deploy]
argv = ["deploy", "{commit}"]
rollback = ["deploy", "--back", "{commit}"]
health_url = "http://127.0.0.1:9/healthz"
health_for_s = 5
timeout_s = 60
when = "after_merge"
secrets = ["TOKEN"]

[preview]
argv = ["make", "site"]
artifacts = ["site/**"]
page = "site/index.html"

[sandbox]
hosts = ["packages.example"]

[limits]
wall_s = 600
idle_s = 30.5
steps = 10
money_usd = 2

[review]
approvals = 2
two_person = false
repairs = 1
"""


def test_all_of_it_is_read() -> None:
    found = policy.parse(FULL)
    assert found.problems == (
        "[deploy] has no effect in this version.",
        "[preview] has no effect in this version.",
    )
    assert found.verifiers == (
        VerifierSpec("unit", ("make", "test"), 60),
        VerifierSpec("lint", ("ruff", "check"), 900, required=False),
    )
    assert found.runner("codemod") == RunnerSpec("codemod", ("sh", "mod.sh", "{instruction}"))
    assert found.runner("anthropic_api") == RunnerSpec(
        "anthropic_api", (), "claude-opus-5-5", "high"
    )
    assert found.setup == SetupSpec(("sh", "setup.sh"), ("requirements.txt",), network=True)
    assert found.strategy == "merge"
    assert found.deploy == DeploySpec(
        ("deploy", "{commit}"),
        ("deploy", "--back", "{commit}"),
        "http://127.0.0.1:9/healthz",
        5,
        60,
        "after_merge",
        ("TOKEN",),
    )
    assert found.preview == PreviewSpec(("make", "site"), ("site/**",), "site/index.html")
    assert found.sandbox.hosts == ("packages.example",)
    assert found.limits == Limits(wall_s=600, idle_s=30.5, steps=10, money_usd=2)
    assert found.review == ReviewSpec(approvals=2, two_person=False, repairs=1)


def test_it_goes_to_json_and_back() -> None:
    found = policy.parse(FULL + b"\nextra = 1\n")
    stored = json.loads(json.dumps(policy.to_json(found)))
    assert policy.from_json(stored) == found
    assert policy.from_json({}) == policy.Policy()
    assert policy.from_json(policy.to_json(policy.Policy())) == policy.Policy()


@pytest.mark.parametrize("written", [b"0", b"0.002", b"0.0099"])
def test_a_cap_below_a_cent_holds_as_a_cent_and_never_as_none(written: bytes) -> None:
    found = policy.parse(b"[limits]\nmoney_usd = " + written)
    assert found.limits.money_usd == 0.01
    told = "'money_usd' in [limits] is less than a cent; $0.01 holds. Leave it out for no cap."
    assert found.problems == (told,)
    kept = policy.parse(b"[limits]\nmoney_usd = 0.01")
    assert (kept.limits.money_usd, kept.problems) == (0.01, ())


def test_no_file_is_a_policy_of_defaults() -> None:
    assert policy.parse(None) == policy.Policy()
    assert policy.parse(b"") == policy.Policy()
    assert policy.Policy().strategy == "squash"
    assert policy.Policy().review.two_person is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"verifers = 1", "Unknown key 'verifers'"),
        (b"[merge]\nstategy = 'squash'", "Unknown key 'stategy' in [merge]"),
        (b"[merge]\nstrategy = 'octopus'", "one of squash, merge"),
        (b"[[verifiers]]\nname = 'x'", "'argv' in [[verifiers]] number 1 must be a list"),
        (b"[[verifiers]]\nargv = 'make test'", 'such as ["make", "test"]'),
        (b"[[verifiers]]\nargv = []", "'argv'"),
        (b"[[verifiers]]\nargv = ['a']\ntimeout = '5 min'", "'timeout'"),
        (b"[[verifiers]]\nargv = ['a']\nrequired = 'no'", "true or false"),
        (b"[verifiers]\nargv = ['a']", "written as [[verifiers]]"),
        (b"[runners.mod]\nargv = 'x'", "'argv' in [runners.mod]"),
        (b"runners = 3", "[runners] must be a table"),
        (b"[limits]\nsteps = 1.5", "a whole number"),
        (b"[limits]\nsteps = true", "'steps'"),
        (b"[limits]\nwall_s = -1", "a number from 1 to"),
        (b"[limits]\nwall_s = nan", "a number from 1 to"),
        (b"[deploy]\nargv = ['a']\nhealth_url = 'ftp://x'", "must begin with http://"),
        (b"[deploy]\nargv = ['a']\nwhen = 'friday'", "one of manual, after_merge"),
        (b"[review]\napprovals = 0", "'approvals'"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(text: bytes, told: str) -> None:
    problems = policy.parse(text).problems
    assert any(told in problem for problem in problems)
    assert all(problem.endswith(".") for problem in problems)


def test_a_wrong_part_leaves_the_rest_standing() -> None:
    found = policy.parse(b"[[verifiers]]\nname='x'\n[[verifiers]]\nname='ok'\nargv=['true']\n")
    assert [spec.name for spec in found.verifiers] == ["ok"]
    assert len(found.problems) == 1


def test_two_verifiers_of_one_name_are_told() -> None:
    text = b"[[verifiers]]\nname='x'\nargv=['a']\n[[verifiers]]\nname='x'\nargv=['b']\n"
    found = policy.parse(text)
    assert found.verifiers == (VerifierSpec("x", ("a",)),)
    assert "Two verifiers are named 'x'" in found.problems[0]


@pytest.mark.parametrize(
    "text", [b"a = ", b"\xff\xfe", b"[[[", b"a=1\na=2", b"x" * 300_000, b"a=" + b"[" * 5000]
)
def test_a_file_that_does_not_parse_counts_for_nothing_and_is_told(text: bytes) -> None:
    found = policy.parse(text)
    assert found == policy.Policy(problems=found.problems)
    assert len(found.problems) == 1


def test_hostile_names_are_bounded_and_storable() -> None:
    found = policy.parse(b'"\\u0000' + b"x" * 1000 + b'" = 1')
    assert "\0" not in found.problems[0]
    assert len(found.problems[0]) <= 300


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_makes_it_raise(text: bytes) -> None:
    found = policy.parse(text)
    assert policy.from_json(json.loads(json.dumps(policy.to_json(found)))) == found
