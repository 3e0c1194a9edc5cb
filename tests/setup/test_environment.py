"""The sentences of the set-up, with real sockets and folders of fake programs."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from honkweb.setup import environment, port, verbs
from honkweb.setup.environment import Refusal


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the whole PATH, and nothing to be installed with."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_a_free_port_is_taken_silently() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    port.need_free_port("127.0.0.1", str(number))


def test_a_taken_port_is_told_with_one_that_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        with pytest.raises(Refusal) as told:
            port.need_free_port("127.0.0.1", str(taken))
    sentence = str(told.value)
    assert f"Port {taken} of 127.0.0.1 is taken" in sentence
    suggested = int(sentence.rsplit("PORT=", 1)[1].split(maxsplit=1)[0])
    assert suggested > taken


@pytest.mark.parametrize("wrong", ["", "eighty", "0", "65536", "-1", "80.0"])
def test_a_port_that_is_none_is_told(wrong: str) -> None:
    with pytest.raises(Refusal, match="PORT must be a number from 1 to 65535"):
        port.need_free_port("127.0.0.1", wrong)


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(Refusal, match="no address of this machine"):
        port.need_free_port("192.0.2.1", "8000")


def test_a_missing_git_is_told_with_the_mend(bare_path: Path) -> None:
    with pytest.raises(Refusal, match=r"git is missing: install it .*apt install git"):
        environment.need_git()


def test_a_git_that_exists_and_fails_counts_as_missing(bare_path: Path) -> None:
    put(bare_path, "git", "exit 1")
    with pytest.raises(Refusal, match="git is missing"):
        environment.need_git()


def test_a_missing_bubblewrap_is_told_and_the_rest_goes_on(
    bare_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.need_bubblewrap()
    told = capsys.readouterr().out
    assert "bubblewrap is missing" in told
    assert "sudo apt install bubblewrap" in told


def test_apt_is_asked_once_more_after_an_update(
    bare_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "may_install", lambda: True)
    # Knows the package only after `update`, as a machine with an empty list does.
    lists = bare_path / "lists"
    put(
        bare_path,
        "apt-get",
        f'[ "$1" = update ] && : > {lists} && exit 0\n[ -e {lists} ] || exit 100',
    )
    assert environment.apt_install("bubblewrap")


def test_an_apt_that_fails_is_told_by_its_last_line(
    bare_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "may_install", lambda: True)
    put(bare_path, "apt-get", "echo 'E: Unable to locate package' >&2; exit 100")
    assert not environment.apt_install("bubblewrap")
    assert "E: Unable to locate package" in capsys.readouterr().out


def fake_python(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "fakepython", script)
    monkeypatch.setattr("sys.executable", str(folder / "fakepython"))
    monkeypatch.setattr(environment, "VENV", folder / "venv")


def test_a_python_without_venv_is_told_with_the_package(
    bare_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_python(bare_path, "echo 'No module named venv' >&2; exit 1", monkeypatch)
    with pytest.raises(Refusal, match=r"venv module is missing: .*apt install python3\.\d+-venv"):
        environment.make_environment("requirements.txt")


def test_a_python_without_ensurepip_is_told_the_same(
    bare_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_python(bare_path, "echo 'ensurepip is not available'; exit 1", monkeypatch)
    with pytest.raises(Refusal, match="venv module is missing"):
        environment.make_environment("requirements.txt")


def made_environment(folder: Path, monkeypatch: pytest.MonkeyPatch, pip: str) -> Path:
    """A .venv whose Python is a script that notes what it is asked for."""
    venv = folder / "venv"
    (venv / "bin").mkdir(parents=True)
    put(venv / "bin", "python", f'[ "$1" = -c ] && exit 0\necho "$@" >> {folder}/asked\n{pip}')
    monkeypatch.setattr(environment, "VENV", venv)
    return folder / "asked"


def test_requirements_are_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = made_environment(tmp_path, monkeypatch, "exit 0")
    environment.make_environment("requirements.txt")
    environment.make_environment("requirements.txt")
    assert asked.read_text().count("-r requirements.txt") == 1


def test_the_tools_requirements_hold_the_runtime_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = made_environment(tmp_path, monkeypatch, "exit 0")
    environment.make_environment("requirements-dev.txt")
    environment.make_environment("requirements.txt")
    assert len(asked.read_text().splitlines()) == 1


def test_a_failing_pip_is_told_and_tried_again_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = made_environment(tmp_path, monkeypatch, "echo 'ERROR: no network' >&2; exit 1")
    for _ in range(2):
        with pytest.raises(Refusal, match="pip could not install requirements"):
            environment.make_environment("requirements.txt")
    assert "ERROR: no network" in capsys.readouterr().out
    assert len(asked.read_text().splitlines()) == 2


def test_an_unknown_verb_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.run_verb(["fly"]) == 2
    assert "run, test, check, bench, soak" in capsys.readouterr().out


def test_every_pin_is_exact_and_every_tool_file_holds_the_runtime_one() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (environment.ROOT / name).read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith(("#", "-r"))]
        assert all("==" in pin for pin in pins)
        assert not any("://" in line for line in lines)


def test_what_runs_brings_no_tools_along() -> None:
    both = (environment.ROOT / "requirements-dev.txt").read_text().splitlines()
    tools = {line for line in both if "==" in line}
    runtime = (environment.ROOT / "requirements.txt").read_text().splitlines()
    assert tools & set(runtime) == set()


def test_what_is_pinned_is_what_is_installed() -> None:
    done = subprocess.run(
        [environment.sys.executable, "-m", "pip", "freeze"],
        capture_output=True,
        text=True,
        check=True,
    )
    installed = {line.lower().replace("_", "-") for line in done.stdout.splitlines()}
    lines = (environment.ROOT / "requirements.txt").read_text().lower().replace("_", "-")
    pins = [
        line.split("[")[0] + "==" + line.split("==")[1] if "[" in line else line
        for line in lines.splitlines()
        if "==" in line
    ]
    assert [pin for pin in pins if pin not in installed] == []
