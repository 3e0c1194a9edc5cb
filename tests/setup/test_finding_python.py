"""`make` with folders of fake programs as its whole PATH."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ("sh", "make", "env", "rm", "cat")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with a checkout's Makefile and a bin/ holding what every system has."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name) or name)
    (tmp_path / "honkweb").mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    # Stands for the set-up itself: tells which Python it was handed to.
    (tmp_path / "honkweb" / "bootstrap.py").write_text("import sys; print('verb', sys.argv[1])\n")
    return tmp_path


def put(machine: Path, name: str, script: str) -> None:
    program = machine / "bin" / name
    program.write_text(f"#!{shutil.which('sh')}\n{script}\n")
    program.chmod(0o755)


def make(machine: Path, target: str = "run") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", target],
        cwd=machine,
        env={"PATH": str(machine / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_shim_that_exists_and_fails_is_passed_over(machine: Path) -> None:
    put(machine, "python3.14", "echo 'pyenv: python3.14: command not found' >&2; exit 127")
    put(machine, "python3.13", "exit 127")
    put(machine, "python3.12", f'echo "by 3.12"; exec {sys.executable} "$@"')
    answer = make(machine)
    assert answer.returncode == 0, answer.stderr
    assert "by 3.12" in answer.stdout
    assert "verb run" in answer.stdout
    assert "pyenv" not in answer.stdout + answer.stderr


def test_the_newest_that_works_is_taken(machine: Path) -> None:
    put(machine, "python3.14", f'echo "by 3.14"; exec {sys.executable} "$@"')
    put(machine, "python3.12", f'echo "by 3.12"; exec {sys.executable} "$@"')
    assert "by 3.14" in make(machine, "check").stdout


def test_python3_is_tried_last(machine: Path) -> None:
    put(machine, "python3", f'exec {sys.executable} "$@"')
    assert "verb test" in make(machine, "test").stdout


def test_an_old_python_is_told_with_its_version_and_the_mend(machine: Path) -> None:
    put(machine, "python3", '[ "$1" = -V ] && echo "Python 3.11.7" && exit 0; exit 1')
    answer = make(machine)
    assert answer.returncode != 0
    assert "needs Python 3.12 or newer and found Python 3.11.7" in answer.stderr
    assert "install python3.12" in answer.stderr


def test_no_python_at_all_is_told_with_the_mend(machine: Path) -> None:
    answer = make(machine)
    assert answer.returncode != 0
    assert "needs Python 3.12 or newer and found none" in answer.stderr


def old_pythons() -> list[str]:
    """Pythons below 3.12 that really are on this machine; the sentence is parsed by each."""
    found = [shutil.which(f"python3.{minor}") for minor in range(6, 12)]
    usual = [*found, "/usr/bin/python3", shutil.which("python2.7")]
    return [path for path in usual if path and Path(path).exists() and is_old(path)]


def is_old(python: str) -> bool:
    code = "import sys; sys.exit(sys.version_info >= (3, 12))"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def test_the_set_up_itself_tells_an_old_python_its_sentence() -> None:
    for path in old_pythons():
        argv = [path, "honkweb/bootstrap.py", "run"]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "needs Python 3.12 or newer" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_file_that_an_old_python_reads_uses_no_new_syntax() -> None:
    import ast

    source = (ROOT / "honkweb" / "bootstrap.py").read_text()
    ast.parse(source, feature_version=(3, 5))
    assert "from __future__" not in source
