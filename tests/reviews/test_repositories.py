"""Adding repositories: who may, what is taken, which branch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from django.conf import LazySettings

from reviews.errors import NotAllowed, NotThere, Refused
from reviews.models import AuditEntry, Person, Repository
from reviews.services import repositories
from reviews.services.permissions import Actor
from reviews.states import Role
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Actor:
    return f.actor(f.administrator("boss"))


@pytest.fixture
def shelf(tmp_path: Path, settings: LazySettings) -> Path:
    """A folder under HONK_REPOSITORIES."""
    settings.HONK_DATA = tmp_path / "data"
    settings.HONK_REPOSITORIES = [tmp_path / "shelf"]
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


def git_repository(folder: Path, branch: str = "trunk") -> Path:
    """A repository whose HEAD names `branch`, with one commit."""
    say = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C", str(folder)]
    subprocess.run(["git", "init", "-q", "-b", branch, str(folder)], check=True)
    subprocess.run([*say, "commit", "-q", "--allow-empty", "-m", "First"], check=True)
    return folder


def test_the_branch_is_the_one_that_head_names_unless_given(boss: Actor, shelf: Path) -> None:
    folder = git_repository(shelf / "store")
    added = repositories.add_repository(boss, "store", str(folder))
    assert (added.origin, added.default_branch, added.added_by) == (
        str(folder), "trunk", boss.person,
    )  # fmt: skip
    given = repositories.add_repository(boss, "other", str(folder), branch="release")
    assert given.default_branch == "release"
    assert AuditEntry.objects.filter(verb="add_repository").count() == 2


def test_a_path_elsewhere_is_taken_from_the_command_line_only(
    boss: Actor, shelf: Path, tmp_path: Path
) -> None:
    folder = git_repository(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="HONK_REPOSITORIES"):
        repositories.add_repository(boss, "store", str(folder))
    with pytest.raises(Refused):
        repositories.add_repository(boss, "store", str(shelf / ".." / "elsewhere"))
    (shelf / "link").symlink_to(folder)
    with pytest.raises(Refused):
        repositories.add_repository(boss, "store", str(shelf / "link"))
    assert repositories.add_repository(boss, "store", str(folder), from_command_line=True)


@pytest.mark.parametrize(
    "origin",
    [
        "", "-u./payload", "--upload-pack=id", "ext::sh -c id", "fd::17", "git://host/x",
        "http://host/x", "ftp://host/x", "https://user:secret@host/x", "https://-oProxy/x",
        "ssh://-oProxyCommand=id/x", "https://host/x\nid", "/etc/passwd", "/nowhere",
        "https://host/" + "x" * 1000,
    ],
)  # fmt: skip
def test_an_origin_that_could_run_something_or_is_nothing_is_refused(
    boss: Actor, shelf: Path, origin: str
) -> None:
    with pytest.raises(Refused):
        repositories.add_repository(boss, "store", origin, from_command_line=True)
    assert not Repository.objects.exists()


@pytest.mark.parametrize(
    "name", ["", "..", ".hidden", "-x", "a/b", "%2e", "a b", "x" * 64, "store\n", "a\x00", "стор"]
)
def test_a_name_that_is_no_name_is_refused(boss: Actor, shelf: Path, name: str) -> None:
    folder = git_repository(shelf / "store")
    if name == "store\n":
        assert repositories.add_repository(boss, name, str(folder)).name == "store"
        return
    with pytest.raises(Refused):
        repositories.add_repository(boss, name, str(folder))


def test_a_name_is_given_once_whatever_its_case(boss: Actor, shelf: Path) -> None:
    folder = git_repository(shelf / "store")
    repositories.add_repository(boss, "store", str(folder))
    with pytest.raises(Refused, match="already"):
        repositories.add_repository(boss, "STORE", str(folder))


def test_a_folder_without_a_repository_is_refused(boss: Actor, shelf: Path) -> None:
    (shelf / "empty").mkdir()
    with pytest.raises(Refused, match="no git repository"):
        repositories.add_repository(boss, "store", str(shelf / "empty"))


@pytest.mark.parametrize("branch", ["-x", "a..b", "a b", "$(id)", "f" * 40, "refs/heads/x", "HEAD"])
def test_a_branch_that_is_none_is_refused(boss: Actor, shelf: Path, branch: str) -> None:
    folder = git_repository(shelf / "store")
    with pytest.raises(Refused):
        repositories.add_repository(boss, "store", str(folder), branch=branch)


def test_a_remote_that_does_not_answer_is_kept_with_its_problem(boss: Actor, shelf: Path) -> None:
    added = repositories.add_repository(boss, "store", "https://127.0.0.1:9/store.git")
    assert (added.default_branch, bool(added.problem)) == ("main", True)


def test_only_administrators_add_and_switch(shelf: Path) -> None:
    folder, store = git_repository(shelf / "store"), f.repository("other")
    maintainer = f.actor(f.member(store, Role.MAINTAINER))
    with pytest.raises(NotAllowed):
        repositories.add_repository(maintainer, "store", str(folder))
    with pytest.raises(NotAllowed):
        repositories.deactivate_repository(maintainer, store)


def test_switches_are_kept_and_recorded(boss: Actor) -> None:
    store = f.repository("store")
    assert repositories.set_switch(boss, store, "may_setup_use_network", True).may_setup_use_network
    assert not repositories.deactivate_repository(boss, store).is_active
    assert AuditEntry.objects.filter(verb="set_switch").count() == 2


def test_a_repository_is_found_by_those_who_may_see_it() -> None:
    store, stranger = f.repository("store"), f.person()
    reader: Person = f.member(store, Role.READER)
    assert repositories.find(reader, "store") == store
    for name in ("store", "nowhere", "a\x00"):
        with pytest.raises(NotThere):
            repositories.find(stranger, name)
