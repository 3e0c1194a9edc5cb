"""What a program sees inside the sandbox: an allow-list of mounts, never the host's root.

Run by root, the program inside is still root to the kernel's file checks, only without any
capability. So files that root may write and no mount hides (/proc/sys, sysctls) are bound read-only
one by one, and of /etc only what programs need to start is there.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agents.errors import AgentFault, CannotRun
from agents.job import ENVIRONMENT, WORKSPACE, Attached, Limits, Mount, Workspace

HOME = "/home/agent"
TMP = "/tmp"  # noqa: S108 - the sandbox's own
UID = "1000"
PASSWD = (
    "root:x:0:0:root:/root:/bin/sh\n"
    f"agent:x:{UID}:{UID}:agent:{HOME}:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
)
GROUP = f"root:x:0:\nagent:x:{UID}:\nnogroup:x:65534:\n"
HOSTS = "127.0.0.1 localhost sandbox\n::1 localhost\n"
NSSWITCH = "passwd: files\ngroup: files\nhosts: files dns\n"
SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_TOP = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC = (
    "alternatives", "ca-certificates", "crypto-policies", "debian_version", "fonts", "java*",
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "magic", "magic.mime",
    "mime.types", "os-release", "perl", "pki/ca-trust", "pki/tls/certs", "protocols", "python3*",
    "rpc", "services", "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone",
)  # fmt: skip
_ETC_NETWORK = ("resolv.conf", "hosts", "gai.conf")
_PROC = (
    "acpi", "bus", "driver", "fs", "irq", "mtrr", "pressure", "scsi", "sys", "sysrq-trigger", "tty",
)  # fmt: skip
_PREFIX_PARTS = ("bin", "include", "lib", "lib64", "libexec", "share")
_TMP_BYTES, _HOME_BYTES, _SHM_BYTES = 1024**3, 512 * 1024**2, 256 * 1024**2
# git inside sees the worktree under another user id; without these it would rehash every file.
_GIT_CONFIG = (("safe.directory", "*"), ("core.checkStat", "minimal"), ("core.trustctime", "false"))


@dataclass(frozen=True, slots=True)
class View:
    """One program's surroundings. extra: folders the administrator adds, read-only."""

    workspace: Workspace
    limits: Limits
    extra: tuple[Path, ...] = ()
    network: bool = False
    writable: bool = True
    environment_writable: bool = False
    attached: Attached = field(default_factory=Attached)

    def mounts(self) -> list[str]:
        """Arguments of bwrap, in order: what comes later lies on top."""
        return [
            *("--proc", "/proc", *_covered_proc(), "--dev", "/dev"),
            *_tmpfs("/dev/shm", _SHM_BYTES),  # noqa: S108 - the sandbox's own
            *_tmpfs(TMP, min(_TMP_BYTES, self.limits.disk_bytes)),
            *_tmpfs(HOME, min(_HOME_BYTES, self.limits.disk_bytes)),
            *_system(),
            *(word for name in self._etc() for word in ("--ro-bind", name, name)),
            *(word for path in self._prefixes() for word in ("--ro-bind", str(path), str(path))),
            *self._git(),
            *self._workspace(),
            *self._environment(),
            *(word for mount in self.attached.mounts for word in _bound(mount)),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORKSPACE),
        ]

    def _etc(self) -> list[str]:
        names = [*_ETC, *(_ETC_NETWORK if self.network else ())]
        found = (path for name in names for path in sorted(Path("/etc").glob(name)))
        return [str(path) for path in found if path.exists()]

    def _prefixes(self) -> list[Path]:
        """Folders outside the system's: our interpreter's, and the administrator's."""
        own = [Path(sys.base_prefix) / part for part in _PREFIX_PARTS]
        return [path for path in (*own, *self.extra) if _can_enter(path) and not _is_system(path)]

    def _git(self) -> Iterator[str]:
        """The mirror read-only at its own place; of its worktrees only this one is there."""
        git_dir, admin = str(self.workspace.git_dir), self.workspace.admin_dir
        if not self.workspace.git_dir.is_dir():
            return
        yield from ("--ro-bind", git_dir, git_dir)
        if admin.is_dir():
            yield from ("--tmpfs", str(admin.parent), "--ro-bind", str(admin), str(admin))
            yield from ("--remount-ro", str(admin.parent))

    def _workspace(self) -> Iterator[str]:
        root = self.workspace.root
        yield from ("--bind" if self.writable else "--ro-bind", str(root), WORKSPACE)
        for source, name in self.workspace.overlays:
            make_place(root, name, is_folder=source.is_dir())
            yield from ("--ro-bind", str(source), f"{WORKSPACE}/{name}")
        if (root / ".git").is_file():
            yield from ("--ro-bind", str(root / ".git"), f"{WORKSPACE}/.git")

    def _environment(self) -> Iterator[str]:
        folder = self.workspace.environment
        if folder is not None:
            yield from ("--bind" if self.environment_writable else "--ro-bind", str(folder))
            yield ENVIRONMENT

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of the program: an allow-list, then what the caller gives."""
        env = {
            "PATH": ":".join(self.path()),
            "HOME": HOME,
            "USER": "agent",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "TMPDIR": TMP,
            # An edit of the same length within the same second looks unchanged to Python: with
            # bytecode in the tree, a fault just mended would stay red in the next check.
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_CONFIG_COUNT": str(len(_GIT_CONFIG)),
        }
        for number, (key, value) in enumerate(_GIT_CONFIG):
            env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return env | checked(given)

    def path(self) -> list[str]:
        """PATH: the prepared environment, the administrator's folders, the system, our Python."""
        made = [f"{ENVIRONMENT}/bin"] if self.workspace.environment is not None else []
        extra = [str(p / "bin") if (p / "bin").is_dir() else str(p) for p in self.extra]
        own = Path(sys.base_prefix) / "bin"
        return [*made, *extra, *SYSTEM_PATH, *([] if _is_system(own) else [str(own)])]

    def check_program(self, name: str, path: str) -> None:
        """Raise CannotRun, with the mend, when there is no such program inside."""
        if not name or "\0" in name:
            raise CannotRun("No program is named; give argv with at least one word.")
        places = [name] if "/" in name else [f"{p}/{name}" for p in path.split(":") if p]
        if not any(self._is_program(place) for place in places):
            raise CannotRun(missing(name))

    def _is_program(self, place: str) -> bool:
        inside = place if place.startswith("/") else f"{WORKSPACE}/{place}"
        for top, folder in self._moved():
            if inside == top or inside.startswith(top + "/"):
                # links in there may name places that exist inside only; the kernel will tell
                return os.path.lexists(f"{folder}{inside[len(top) :]}")
        real = Path(os.path.realpath(inside))
        visible = any(real.is_relative_to(p) for p in (*self._prefixes(), self.workspace.git_dir))
        return os.access(real, os.X_OK) and real.is_file() and (_is_system(real) or visible)

    def _moved(self) -> list[tuple[str, Path]]:
        overlays = [(f"{WORKSPACE}/{name}", source) for source, name in self.workspace.overlays]
        made = self.workspace.environment
        environment = [(ENVIRONMENT, made)] if made is not None else []
        mounts = [(mount.inside, mount.host) for mount in self.attached.mounts]
        return [*mounts, *overlays, (WORKSPACE, self.workspace.root), *environment]


def _bound(mount: Mount) -> tuple[str, str, str]:
    return ("--bind" if mount.is_writable else "--ro-bind", str(mount.host), mount.inside)


def missing(name: str) -> str:
    """The sentence for a program that is not there."""
    return (
        f"{name[:200]!r} is not there in the sandbox. Install it on the server, let [setup] of "
        ".honk.toml make it, or have its folder added to HONK_SANDBOX_PATHS."
    )


def checked(given: Mapping[str, str]) -> dict[str, str]:
    """given, when every name and value can stand in an environment."""
    for name, value in given.items():
        if not name or "=" in name or "\0" in name + value:
            raise CannotRun(f"{name[:80]!r} cannot be a variable of the environment.")
    return dict(given)


def make_place(root: Path, name: str, *, is_folder: bool) -> None:
    """Make the place where an overlay is mounted, following no link of the tree.

    AgentFault when something else is in the way: mounting through a link would leave the tree.
    """
    *steps, last = Path(name).parts
    if Path(name).is_absolute() or ".." in steps or last in ("..", ".git"):
        raise AgentFault(f"{name[:200]!r} cannot be laid over the tree.")
    held = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in steps:
            held = _step(held, step)
        if is_folder:
            held = _step(held, last)
        else:
            _touch(held, last)
    except OSError as error:
        raise AgentFault(
            f"{name[:200]!r} is made by [setup], but a file or link of the tree is in its way."
        ) from error
    finally:
        os.close(held)


def _step(held: int, name: str) -> int:
    """The folder `name` below `held`, made when missing; `held` is closed when it works."""
    try:
        os.mkdir(name, 0o755, dir_fd=held)
    except FileExistsError:
        pass
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=held)
    os.close(held)
    return inner


def _touch(held: int, name: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    file = os.open(name, flags, 0o644, dir_fd=held)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError("not a regular file")
    finally:
        os.close(file)


def _tmpfs(place: str, size: int) -> tuple[str, ...]:
    return ("--perms", "1777", "--size", str(max(size, 4096)), "--tmpfs", place)


def _covered_proc() -> Iterator[str]:
    for name in _PROC:
        if Path("/proc", name).exists():
            yield from ("--ro-bind", f"/proc/{name}", f"/proc/{name}")


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _TOP:
        place = Path("/", name)
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.is_dir():
            yield from ("--ro-bind", str(place), str(place))


def _is_system(path: Path) -> bool:
    return path.parts[1:2] in [("usr",), *((name,) for name in _TOP)]


def _can_enter(path: Path) -> bool:
    """Whether it is a folder that this server's user may read."""
    return os.path.isdir(path) and os.access(path, os.R_OK | os.X_OK)


def setenv(variables: Mapping[str, str]) -> Sequence[str]:
    """Arguments of bwrap that set exactly these."""
    words = [word for item in variables.items() for word in ("--setenv", *item)]
    return ("--clearenv", *words)
