"""What a maintainer's override leaves behind: the timeline and the commit name what it overrode."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from reviews.models import Person
from reviews.services import instruct, judge, recover
from reviews.services.judge import Seen
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories
from tests.agents.gits import git
from tests.api.client import Api, approval
from tests.reviews.pages import page_of
from tests.reviews.whole_runs import data, owner, repository, work_off

__all__ = ["data", "owner"]
RED = """
[review]
repairs = 0

[runners.agent]
argv = ["sh", "-c", "echo 2 > app.txt"]

[[verifiers]]
name = "tests"
argv = ["sh", "-c", "exit 1"]
"""
ENDINGS = [
    (RunStatus.FAILED, "tests (failed)"),
    (RunStatus.ERROR, "tests (cannot run)"),
    (RunStatus.TIMED_OUT, "tests (timed out)"),
    (RunStatus.NO_TESTS, "tests (ran no tests)"),
]


@pytest.mark.django_db(transaction=True)
def test_an_override_is_told_in_the_timeline_and_in_the_commit_that_lands(
    data: Path, owner: Person, settings: LazySettings, client: Client
) -> None:
    settings.HONK_UNDO_SECONDS = 0
    made = repository(data, {".honk.toml": RED, "app.txt": "1\n"})
    asked = "Two\n\nHonk-Approved-By: ceo\n  honk-round: 9\nReviewed-by: cfo\nNote: as it is"
    change = instruct.open_change(factories.actor(owner), made, asked, runner="agent")
    work_off(change)
    assert change.status == ChangeStatus.AWAITING_REVIEW
    head = change.rounds.get().head
    reason = "Known flake.\nHonk-Approved-By: nobody\r\n\x1b[2J" + "x" * 400
    answer = Api(owner).post(f"/changes/{change.pk}/verdict", approval(head=head, override=reason))
    assert answer[0] == 202, answer
    recover.sweep()
    work_off(change)
    assert change.status == ChangeStatus.MERGED, change.reason

    page = page_of(client, owner).get(f"/changes/{change.pk}/").content.decode()
    assert "approved round 1, self-approved, overriding tests (failed), with a written" in page
    assert "Known flake." in page
    message = git(Path(made.origin), "log", "-1", "--format=%B", "main")
    assert (
        "\n> Honk-Approved-By: ceo\n>   honk-round: 9\n> Reviewed-by: cfo\nNote: as it is\n"
        in message
    )
    (line,) = [line for line in message.splitlines() if line.startswith("Honk-Override:")]
    told = "Honk-Override: tests (failed): Known flake. Honk-Approved-By: nobody [2Jxxx"
    assert line.startswith(told)
    assert line.endswith("x ...")
    assert len(line) < 400
    trailers = git(Path(made.origin), "log", "-1", "--format=%(trailers:only)", "main")
    assert trailers.count("Honk-Approved-By:") == 2  # its own line, and words inside the reason
    assert sum(line.startswith("Honk-Approved-By:") for line in trailers.splitlines()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("ending", "told"), ENDINGS)
def test_each_way_of_not_being_green_is_named_beside_a_veto(ending: RunStatus, told: str) -> None:
    change = factories.reviewable()
    round_ = change.rounds.get()
    round_.policy = {"judge": {"mode": "blocking"}}
    round_.save()
    factories.run(round_, kind=RunKind.VERIFIER, name="tests", status=ending, commit=round_.head)
    factories.run(round_, kind=RunKind.JUDGE, status=RunStatus.FAILED, commit=round_.head)
    maintainer = factories.member(change.repository, Role.MAINTAINER)
    seen = Seen(1, factories.HEAD, override="It is known.")
    judge.approve(factories.actor(maintainer), change, seen)
    assert change.verdicts.get().overrode == [told, "judge (veto)"]


@pytest.mark.django_db
def test_a_verifier_that_changed_files_is_called_void_everywhere(client: Client) -> None:
    change = factories.reviewable()
    round_ = change.rounds.get()
    reason = "It changed the files it was to judge (app.py), so its result does not count."
    run = factories.run(
        round_, kind=RunKind.VERIFIER, name="tests", status=RunStatus.ERROR, commit=round_.head,
        reason=reason,
    )  # fmt: skip
    maintainer = factories.member(change.repository, Role.MAINTAINER)
    pages = page_of(client, maintainer)
    for address in (f"/changes/{change.pk}/", f"/runs/{run.pk}/"):
        page = pages.get(address).content.decode()
        assert "Void: it changed files" in page
        assert "Cannot run" not in page
    seen = Seen(1, factories.HEAD, override="It only formats.")
    judge.approve(factories.actor(maintainer), change, seen)
    assert change.verdicts.get().overrode == ["tests (void: it changed files)"]


@pytest.mark.django_db
def test_the_two_person_rule_is_told_apart_from_evidence(client: Client) -> None:
    made = factories.repository(policy={"review": {"two_person": True}})
    maintainer = factories.member(made, Role.MAINTAINER)
    change = factories.reviewable(maintainer, repository=made)
    seen = Seen(1, factories.HEAD, override="Nobody else is left.")
    judge.approve(factories.actor(maintainer), change, seen)
    page = page_of(client, maintainer).get(f"/changes/{change.pk}/").content.decode()
    assert "approved round 1, alone under the two-person rule, with a written reason" in page
    assert "overriding" not in page


@pytest.mark.django_db
def test_a_reason_that_overrides_nothing_is_kept_and_called_nothing_more(client: Client) -> None:
    change = factories.reviewable()
    maintainer = factories.member(change.repository, Role.MAINTAINER)
    seen = Seen(1, factories.HEAD, override="Just in case.")
    judge.approve(factories.actor(maintainer), change, seen)
    page = page_of(client, maintainer).get(f"/changes/{change.pk}/").content.decode()
    assert "approved round 1, overriding" not in page
    assert "with a written reason" not in page
    assert "Just in case." in page
