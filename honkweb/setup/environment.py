"""The virtual environment and the programs beside it: found, else installed, else asked for."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"


class Refusal(Exception):
    """Set-up cannot go on; the message is one sentence with the mend."""


def say(sentence: str) -> None:
    """Tell the person at the terminal what happens."""
    print(sentence, flush=True)


def works(*argv: str) -> bool:
    """Whether a program exists and answers: a shim can exist and fail."""
    try:
        done = subprocess.run(argv, capture_output=True, timeout=60, check=False, cwd=ROOT)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def may_install() -> bool:
    """Whether packages of the system can be installed without asking anybody."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> bool:
    """Install Debian packages as root; True when apt said that they are there."""
    if not may_install():
        return False
    say(f"Installing {' '.join(packages)} with apt ...")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for argv in (install, ["apt-get", "update", "-qq"], install):
        done = subprocess.run(argv, env=quiet, capture_output=True, text=True, check=False)
        if argv is install and done.returncode == 0:
            return True
    say(f"apt could not install {' '.join(packages)}: {_last_line(done.stderr)}")
    return False


def need_git() -> None:
    """Refuse when git is missing and cannot be installed."""
    if works("git", "--version") or apt_install("git"):
        return
    raise Refusal("git is missing: install it (Debian: sudo apt install git) and run make again.")


def need_bubblewrap() -> None:
    """Install bubblewrap where that is allowed; else say how, and go on without agents."""
    if works("bwrap", "--version") or apt_install("bubblewrap"):
        return
    say(
        "bubblewrap is missing, so agents will refuse to start (only the sample runs): install it "
        "(Debian: sudo apt install bubblewrap; Fedora: sudo dnf install bubblewrap)."
    )


def python() -> str:
    """The Python of the virtual environment."""
    return str(VENV / "bin" / "python")


def make_environment(requirements: str) -> None:
    """Bring .venv to what the requirements file pins; does nothing when it is there already."""
    stamp = VENV / f"honk-{Path(requirements).stem}"
    wanted = _fingerprint(requirements)
    if not works(python(), "-c", "import sys; sys.exit(sys.version_info < (3, 12))"):
        _create()
    elif stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"Installing {requirements} into .venv ...")
    install = [python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    argv = [*install, "-r", requirements]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        say(done.stderr.rstrip()[-4000:])
        raise Refusal(
            f"pip could not install {requirements} (its reason is above): mend that, most often "
            "the way to the package index, and run make again."
        )
    stamp.write_text(wanted)
    if requirements == "requirements-dev.txt":  # holds the other one
        (VENV / "honk-requirements").write_text(_fingerprint("requirements.txt"))


def _create() -> None:
    say(f"Making .venv with Python {sys.version.split()[0]} ...")
    create = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(create, capture_output=True, text=True, check=False)
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    lacks_pip = done.returncode and "ensurepip" in done.stdout + done.stderr
    if lacks_pip and (apt_install(package) or apt_install("python3-venv")):
        done = subprocess.run(create, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if lacks_pip or "No module named venv" in done.stderr:
        raise Refusal(
            f"Python's venv module is missing: install it (Debian: sudo apt install {package}, or "
            "python3-venv) and run make again."
        )
    raise Refusal(f"The virtual environment .venv cannot be made: {_last_line(done.stderr)}")


def _fingerprint(requirements: str) -> str:
    """What the environment was made from; changes when a pin or the Python does."""
    digest = hashlib.sha256(sys.version.encode())
    digest.update((ROOT / "requirements.txt").read_bytes())
    digest.update((ROOT / requirements).read_bytes())
    return digest.hexdigest()


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]
