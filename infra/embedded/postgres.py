"""The embedded PostgreSQL: its data, its server, the database ``jieli`` and the two log-in roles."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.embedded import processes
from infra.embedded.binaries import INSTALL_HINT, PostgresBuild, choose_postgres
from infra.embedded.credentials import Credentials
from infra.embedded.errors import EmbeddedError
from infra.embedded.paths import (
    Account,
    Layout,
    can_enter,
    open_shelf,
    read_json,
    shelf,
    unprivileged_account,
    write_json,
)
from infra.embedded.service import Launch, Record, Service

OWNER = "jieli_owner"  # superuser: makes schemas, roles, migrations
APP = "jieli_app"  # what the application logs in as: no right of its own but to take a tenant's role
DATABASE = "jieli"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may have 107 characters, which a checkout's can exceed
    "max_connections": "200",
    "max_locks_per_transaction": "1024",  # pg_dump of a few hundred tenants takes one lock per table
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# For data that may be lost with the machine's power (not with the server): tests.
FORGETFUL_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# For millions of rows, as a server of its own would be set: its indexes in memory, few checkpoints.
ROOMY_SETTINGS = {"shared_buffers": "4GB", "max_wal_size": "16GB", "checkpoint_timeout": "30min"}
SMALL_SHARED_MEMORY_BYTES = 256_000_000
STOP_SIGNALS = (signal.SIGINT, signal.SIGQUIT)  # fast shutdown, then immediate (recovers at the next start)


class Postgres(Service):
    """``durable=False`` gives up safety against loss of power for speed, ``roomy`` takes some 5 GB of memory; both
    count at the next real start."""

    name = "postgres"
    stop_signals = STOP_SIGNALS
    grace_seconds = 30.0
    answer_seconds = 120.0  # recovery after a crash replays the log first

    def __init__(
        self, layout: Layout, credentials: Credentials, *, durable: bool = True, roomy: bool = False
    ) -> None:
        super().__init__(layout, credentials)
        self.durable = durable
        self.roomy = roomy
        self._build: PostgresBuild | None = None

    @property
    def _place(self) -> Path:
        return self.layout.folder(self.name) / "place.json"

    @property
    def data(self) -> Path:
        """The data folder: in the root, or on the shelf where the root is closed to PostgreSQL's account."""
        stored = read_json(self._place)
        return Path(stored["data"]) if stored else self.layout.folder(self.name) / "data"

    def prepare(self) -> None:
        account = self._account()
        if (self.data / "PG_VERSION").exists():
            major = int((self.data / "PG_VERSION").read_text(encoding="ascii").strip())
            self._build = choose_postgres(account, major)
            self._clear_stale_lock()
            return
        self._build = choose_postgres(account)
        data = self._choose_place(account)
        write_json(self._place, {"data": str(data)})
        self._create_data(self._build, data, account)

    def _account(self) -> Account | None:
        """As root: the owner of existing data (it may have been made by an ordinary user), else nobody."""
        account = unprivileged_account()
        if account is not None and self.data.exists() and self.data.stat().st_uid != 0:
            found = self.data.stat()
            account = Account(found.st_uid, found.st_gid)
            if not can_enter(self.data, account):
                raise EmbeddedError(
                    f"PostgreSQL's account (uid {account.uid}) can no longer pass through the folders above "
                    f"{self.data}: chmod o+x them, or remove the data with 'python -m infra.embedded destroy'"
                )
        return account

    def _choose_place(self, account: Account | None) -> Path:
        inside = self.layout.folder(self.name)
        if account is None:
            return inside / "data"
        if can_enter(inside, account):
            with contextlib.suppress(OSError), tempfile.TemporaryDirectory(dir=inside) as trial:
                os.chown(trial, account.uid, account.gid)  # some shared folders of virtual machines refuse
                return inside / "data"
        remove_shelved_data(self.layout)  # of a root of the same name, whose passwords are gone with it
        return open_shelf() / f"data-{self.layout.digest}-{self.credentials.instance}"

    def _create_data(self, build: PostgresBuild, data: Path, account: Account | None) -> None:
        # Under another name until complete: a killed initdb must not leave what looks like a database.
        draft = data.with_name(f"{data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if data.exists():
            shutil.rmtree(data)  # no PG_VERSION in it: nothing was ever there
        with tempfile.NamedTemporaryFile("w", dir=draft.parent, prefix=".password-") as password:
            password.write(self.credentials.owner_password + "\n")
            password.flush()
            if account is not None:
                os.chown(draft, account.uid, account.gid)
                os.chown(password.name, account.uid, account.gid)
            command = [str(build.bindir / "initdb"), "-D", str(draft), "-U", OWNER, "--pwfile", password.name]
            command += ["--auth=scram-sha-256", "-E", "UTF8", *_locale_options(build)]
            done = subprocess.run(
                command,
                env=_environment(),
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
                **(account.popen_options() if account else {}),
            )
        if done.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            with self.layout.log(self.name).open("a", encoding="utf-8") as log:
                log.write(done.stdout + done.stderr)
            raise EmbeddedError(self._explain(done.stderr))
        draft.rename(data)

    def _clear_stale_lock(self) -> None:
        """Remove postmaster.pid when its process id now belongs to something else.

        PostgreSQL does so itself when the process is gone; when the id was given to another process of the
        same user (after a reboot), it would refuse to start.
        """
        lock = self.data / "postmaster.pid"
        pid = _read_lock_pid(lock)
        if pid and processes.read_start_token(pid) and not self._is_our_postmaster(pid):
            lock.unlink(missing_ok=True)

    def _is_our_postmaster(self, pid: int) -> bool:
        command = processes.read_command(pid)
        return bool(command) and Path(command[0]).name == "postgres" and str(self.data) in command

    def find_unrecorded(self) -> Record | None:
        lock = self.data / "postmaster.pid"
        pid = _read_lock_pid(lock)
        if not pid or not self._is_our_postmaster(pid):
            return None
        lines = lock.read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) < 4 or not lines[3].strip().isdigit():
            return None
        return Record(port=int(lines[3]), pid=pid, token=processes.read_start_token(pid))

    def plan(self, port: int) -> Launch:
        build = self._build
        assert build is not None, "prepare() comes first"
        settings = {**SETTINGS, "port": str(port)}
        if build.has_library("pg_stat_statements"):
            settings["shared_preload_libraries"] = "pg_stat_statements"
        if _is_shared_memory_small():
            # Parallel queries fail in a container's usual 64 MB of /dev/shm.
            settings["dynamic_shared_memory_type"] = "mmap"
        if not self.durable:
            settings.update(FORGETFUL_SETTINGS)
        if self.roomy:
            settings.update(ROOMY_SETTINGS)
        command = [str(build.bindir / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return Launch(command, _environment(), Path("/"), self._account())

    def is_passing(self, log: str) -> bool:
        # After kill -9 of the server its children need a moment to notice and to leave the shared memory.
        return "pre-existing shared memory block" in log or 'lock file "postmaster.pid" already exists' in log

    def answers(self, port: int) -> bool:
        if not processes.is_port_open(port):
            return False
        psycopg = _load_psycopg()
        try:
            with psycopg.connect(self._connection_options(port)) as connection:
                connection.execute("select 1")
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"PostgreSQL's data in {self.data} was made with other passwords than those in "
                    f"{self.layout.credentials}: restore that file, or remove the data with "
                    "'python -m infra.embedded destroy'"
                ) from None
            return False
        return True

    def _connection_options(self, port: int) -> str:
        password = self.credentials.owner_password
        # sslmode and gssencmode: a PGSSLMODE of the user's environment is meant for another server.
        return (
            f"host=127.0.0.1 port={port} user={OWNER} password={password} dbname=postgres "
            "connect_timeout=2 sslmode=disable gssencmode=disable"
        )

    def settle(self, port: int) -> None:
        psycopg = _load_psycopg()
        with psycopg.connect(self._connection_options(port), autocommit=True) as connection:
            # As a verifier, so that the password itself appears in no log.
            verifier = connection.pgconn.encrypt_password(
                self.credentials.app_password.encode(), APP.encode(), b"scram-sha-256"
            ).decode()
            known = connection.execute("select 1 from pg_roles where rolname = %s", [APP]).fetchone()
            rights = "LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE"
            statement = f"{'ALTER' if known else 'CREATE'} ROLE {APP} {rights} PASSWORD {{}}"
            connection.execute(psycopg.sql.SQL(statement).format(verifier))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def remove_shelved_data(layout: Layout) -> None:
    """Stop and delete what this root keeps on the shelf. Safe to call when there is nothing."""
    for data in shelf().glob(f"data-{layout.digest}-*"):
        pid = _read_lock_pid(data / "postmaster.pid")
        if pid and str(data) in processes.read_command(pid):
            token = processes.read_start_token(pid)
            if token:
                processes.stop_process(pid, token, signals=STOP_SIGNALS, grace_seconds=10.0)
        shutil.rmtree(data, ignore_errors=True)


def _read_lock_pid(lock: Path) -> int | None:
    try:
        first = lock.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    return int(first) if first.isdigit() else None


def _environment() -> dict[str, str]:
    """Ours without the variables (PGPORT, PGDATA, PGOPTIONS …) that would redirect the server."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**env, "LC_ALL": "C" if sys.platform == "darwin" else "C.UTF-8"}


def _locale_options(build: PostgresBuild) -> list[str]:
    if sys.platform == "darwin" and build.major >= 17:  # its C library knows no C.UTF-8
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _is_shared_memory_small() -> bool:
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return sys.platform == "linux"
    return room.f_bavail * room.f_frsize < SMALL_SHARED_MEMORY_BYTES


def _load_psycopg() -> Any:
    """The module psycopg, loaded late: a bare Python without it can import this one."""
    try:
        import psycopg
        import psycopg.sql
    except ImportError:
        raise EmbeddedError(f"psycopg is missing in {sys.prefix}: {INSTALL_HINT}") from None
    return psycopg
