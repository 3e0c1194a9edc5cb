"""The commands: who they act as, what they print, how they refuse."""

from __future__ import annotations

import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from agents import sample
from reviews.management.commands import prepare
from reviews.models import Change, Person, Repository
from reviews.services import people
from reviews.states import ChangeStatus, Role, Source
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: LazySettings) -> Path:
    """A data folder of the test's own."""
    settings.HONK_DATA = tmp_path / "data"
    settings.HONK_DATA.mkdir()
    return tmp_path


@pytest.fixture
def boss() -> Person:
    return f.administrator("boss")


def run(*words: str) -> str:
    """What the command prints; CommandError as from the command line."""
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def refusal(*words: str) -> str:
    with pytest.raises(CommandError) as refused:
        run(*words)
    return str(refused.value)


def origin(folder: Path) -> str:
    sample.create(folder)
    return str(folder)


# --- whom they act as


def test_the_only_administrator_acts_unless_somebody_is_named(boss: Person) -> None:
    f.person("ada")
    assert run("create_token", "ada").startswith("honk_")
    assert "Only an administrator" in refusal("create_token", "boss", "--as", "ada")
    assert people.person_of_token(run("create_token", "ada", "--as", "ada").strip())


def test_with_several_administrators_one_must_be_named(boss: Person) -> None:
    f.administrator("chief")
    assert refusal("sign_in_link", "boss") == "Say who does this with --as USERNAME: boss, chief."
    assert "/sign-in/" in run("sign_in_link", "boss", "--as", "chief")


def test_nobody_the_unknown_and_the_deactivated_cannot_act() -> None:
    assert "no administrator" in refusal("sign_in_link", "ada")
    f.administrator("boss", is_active=False)
    assert "deactivated" in refusal("sign_in_link", "ada", "--as", "boss")
    assert "no person named nobody" in refusal("sign_in_link", "ada", "--as", "nobody")


# --- links and tokens


def test_a_link_is_printed_alone_and_lets_in(boss: Person, settings: LazySettings) -> None:
    f.person("ada")
    link = run("sign_in_link", "ada")
    assert link.startswith(f"{settings.HONK_URL}/sign-in/")
    assert link.count("\n") == 1
    assert people.use_link(link.strip().split("/")[-2]).username == "ada"


def test_a_token_is_printed_alone_and_acts_as_the_person(boss: Person) -> None:
    token = run("create_token", "boss")
    assert people.person_of_token(token.removesuffix("\n")) == boss
    assert "no person named ghost" in refusal("create_token", "ghost")


# --- repositories and changes


def test_a_repository_of_this_machine_is_read_at_once(boss: Person, tmp_path: Path) -> None:
    at = origin(tmp_path / "mix")
    assert run("add_repository", "mix", at) == "Added mix, branch main.\n"
    added = Repository.objects.get()
    assert len(added.head) == 40
    assert added.policy["verifiers"]
    assert "already" in refusal("add_repository", "mix", at)
    assert "Remote helpers" in refusal("add_repository", "evil", "ext::sh -c id")


def test_an_instruction_opens_a_change_and_prints_its_number_and_place(
    boss: Person, settings: LazySettings
) -> None:
    f.repository("store")
    told = run("honk", "Stop the crash", "--repo", "store", "--runner", "mine")
    change = Change.objects.get()
    assert told == f"Change #{change.pk}: {settings.HONK_URL}/changes/{change.pk}/\n"
    assert (change.author, change.source, change.runner) == (boss, Source.CLI, "mine")


def test_the_rights_of_the_person_named_hold(boss: Person) -> None:
    store = f.repository("store")
    f.member(store, Role.READER, "rita")
    f.person("stranger")
    assert "author" in refusal("honk", "x", "--repo", "store", "--as", "rita")
    assert "no repository named" in refusal("honk", "x", "--repo", "store", "--as", "stranger")
    assert "no repository named" in refusal("honk", "x", "--repo", "nowhere")
    assert "empty" in refusal("honk", "  ", "--repo", "store")
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    ("ends", "code"), [(ChangeStatus.AWAITING_REVIEW, 0), (ChangeStatus.FAILED, 1)]
)
def test_waiting_tells_each_status_and_ends_with_its_code(
    boss: Person, monkeypatch: pytest.MonkeyPatch, ends: ChangeStatus, code: int
) -> None:
    f.repository("store")
    steps = iter([ChangeStatus.RUNNING, ends])

    def sleep(_seconds: float) -> None:
        Change.objects.update(status=next(steps), reason="said \x1b[31mthe agent")

    monkeypatch.setattr("reviews.management.commands.honk.time.sleep", sleep)
    out = StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("honk", "x", "--repo", "store", "--wait", stdout=out)
    assert exit_.value.code == code
    assert [line.split(":")[0] for line in out.getvalue().splitlines()[1:]] == [
        "queued", "running", str(ends).replace("_", " "),
    ]  # fmt: skip
    assert "\x1b" not in out.getvalue()


def test_a_patch_or_a_ref_is_brought_in(boss: Person, tmp_path: Path) -> None:
    f.repository("store")
    patch = tmp_path / "fix.patch"
    patch.write_bytes(f.PATCH)
    where = ("import_change", "--repo", "store", "--title", "A fix")
    assert "/changes/" in run(*where, "--patch", str(patch))
    assert "/changes/" in run(*where, "--head", "feature")
    assert [c.source for c in Change.objects.all()] == [Source.IMPORT, Source.IMPORT]
    patch.write_bytes(b"")
    assert "empty" in refusal(*where, "--patch", str(patch))
    assert "cannot be read" in refusal(*where, "--patch", str(tmp_path / "none"))
    assert "one of the arguments" in refusal(*where)


# --- set-up


@pytest.mark.embedded_only  # machines of a fleet share no folder for a sample
def test_preparing_makes_the_administrator_the_sample_and_its_changes_once(
    settings: LazySettings,
) -> None:
    settings.HONK_ADMIN = "root"
    for _ in range(2):
        run("prepare")
    store = Repository.objects.get()
    assert (store.is_sample, store.problem, len(store.head)) == (True, "", 40)
    changes = list(Change.objects.order_by("pk"))
    assert [c.instruction for c in changes] == list(sample.INSTRUCTIONS.values())
    assert {(c.status, c.runner, c.author.username) for c in changes} == {
        ("queued", "scripted", "root")
    }
    assert not Person.objects.get().has_usable_password()


def test_preparing_leaves_an_owners_repository_of_that_name_alone() -> None:
    mine = f.repository(sample.NAME)
    run("prepare")
    assert list(Repository.objects.all()) == [mine]
    assert not Change.objects.exists()


def prepared(**fields: Any) -> Change:
    """The change that is to be seen merged, as a worker has left it."""
    admin = people.ensure_administrator("admin")
    store = f.repository("mixtape", is_sample=True)
    return f.reviewable(
        admin, repository=store, instruction=sample.INSTRUCTIONS["merged"], **fields
    )


def test_finishing_approves_the_one_change_that_is_to_be_merged() -> None:
    change = prepared()
    other = f.reviewable(change.author, repository=change.repository)
    run("prepare", "--finish")
    change.refresh_from_db()
    other.refresh_from_db()
    assert (change.status, other.status) == ("approved", "awaiting_review")
    verdict = change.verdicts.get()
    assert "set-up" in verdict.message
    assert verdict.is_self_approved


def test_finishing_waits_for_the_change_to_come_to_review(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change = prepared(status=ChangeStatus.RUNNING)

    def sleep(_seconds: float) -> None:
        Change.objects.filter(pk=change.pk).update(status=ChangeStatus.AWAITING_REVIEW)

    monkeypatch.setattr(prepare.time, "sleep", sleep)
    run("prepare", "--finish")
    change.refresh_from_db()
    assert change.status == ChangeStatus.APPROVED


def test_finishing_decides_nothing_that_a_person_has_judged() -> None:
    change = prepared()
    change.verdicts.create(
        round=change.rounds.get(), head=f.HEAD, verdict="withdraw", person=change.author,
        channel="web", at=change.created_at,
    )  # fmt: skip
    run("prepare", "--finish")
    change.refresh_from_db()
    assert change.status == ChangeStatus.AWAITING_REVIEW


def test_finishing_without_a_sample_or_with_red_verifiers_is_quiet() -> None:
    run("prepare", "--finish")
    assert not Person.objects.exists(), "only `prepare` itself makes the administrator"
    change = prepared()
    f.run(change.rounds.get(), kind="verifier", name="tests", status="failed", commit=f.HEAD)
    run("prepare", "--finish")
    change.refresh_from_db()
    assert change.status == ChangeStatus.AWAITING_REVIEW


@pytest.mark.embedded_only  # lays an empty installation of its own
def test_the_sentence_alone_is_printed_without_a_traceback(tmp_path: Path) -> None:
    """From a real shell: the exit code, and nothing but the sentence."""
    import os
    import sys

    env = {**os.environ, "HONK_DATA": str(tmp_path / "fresh"), "DJANGO_SETTINGS_MODULE": ""}
    env.pop("DJANGO_SETTINGS_MODULE")
    base = Path(__file__).resolve().parents[2]

    def shell(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words], cwd=base, env=env, capture_output=True,
            text=True, check=False,
        )  # fmt: skip

    assert shell("migrate", "--verbosity", "0").returncode == 0
    done = shell("honk", "x", "--repo", "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().endswith(
        "There is no administrator yet. `manage.py prepare` makes one."
    )
