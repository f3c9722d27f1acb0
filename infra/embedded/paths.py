"""Where the embedded services keep their things, and who may reach them."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.embedded.errors import EmbeddedError

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT_ROOT = REPOSITORY / "var" / "embedded"


@dataclass(frozen=True)
class Account:
    """A user of this machine that a server runs as."""

    uid: int
    gid: int

    def popen_options(self) -> dict[str, Any]:
        """The keyword arguments that make subprocess run a command as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Layout:
    """The folder that holds everything of one set of embedded services."""

    root: Path

    @classmethod
    def of(cls, root: str | os.PathLike[str] | None) -> Layout:
        return cls(Path(root).expanduser().absolute() if root else DEFAULT_ROOT)

    @property
    def lock(self) -> Path:
        return self.root / ".lock"

    @property
    def credentials(self) -> Path:
        return self.root / "credentials.json"

    def folder(self, service: str) -> Path:
        return self.root / service

    def record(self, service: str) -> Path:
        return self.root / service / "record.json"

    def log(self, service: str) -> Path:
        return self.root / "log" / f"{service}.log"

    @property
    def digest(self) -> str:
        """Twelve hex digits that stand for this root's path."""
        return _digest(self.root)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def shelf() -> Path:
    """The folder outside the checkout, one per checkout, for what an unprivileged PostgreSQL must reach.

    Used only as root, when the unprivileged user cannot pass through the folders above the binaries or the
    data (a checkout below /root, for example).
    """
    base = Path("/var/tmp")  # survives a reboot, which /tmp may not
    return (base if base.is_dir() else Path(tempfile.gettempdir())) / f"jieli-{_digest(REPOSITORY)}"


def open_shelf() -> Path:
    """Make the shelf if needed and return it.

    Raises EmbeddedError when someone else made a folder of that name: the place is writable by everyone.
    """
    path = shelf()
    path.mkdir(mode=0o755, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise EmbeddedError(f"{path} is someone else's or open to writing: remove it and start again")
    path.chmod(0o755)
    return path


def unprivileged_account() -> Account | None:
    """The account PostgreSQL runs as when we are root, which it refuses to be; None for an ordinary user.

    Raises EmbeddedError when PostgreSQL could run as nobody here.
    """
    if os.geteuid() != 0:
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            raise EmbeddedError(
                f"user id {os.geteuid()} has no name on this machine, which PostgreSQL wants: "
                "add it to /etc/passwd, run as another user, or set DATABASE_URL"
            ) from None
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "running as root and there is no user 'nobody' to run PostgreSQL as: "
            "run as an ordinary user, or set DATABASE_URL"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def can_enter(path: Path, account: Account) -> bool:
    """Whether the account may pass through every folder down to and including ``path`` (mode bits only)."""
    for folder in (path, *path.parents):
        found = folder.stat()
        if found.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True


def make_folder(path: Path, mode: int) -> Path:
    """Make a folder (and those above it) with exactly this mode, whatever the umask is.

    Two processes may do so at once: the root is made before its lock, which lies in it, can be taken.
    """
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
    return path


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file, or None when there is no such file or it was cut short."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except PermissionError:
        raise EmbeddedError(
            f"{path} belongs to another user: run as that user, or give another folder with --root"
        ) from None
    return value if isinstance(value, dict) else None


def write_private(path: Path, text: str) -> None:
    """Replace a file at once (a reader sees the old or the new one), readable by its owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    write_private(path, json.dumps(value, indent=2) + "\n")
