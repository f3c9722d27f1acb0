"""How any one of the servers is started once, known again and stopped."""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar

from infra.embedded import processes
from infra.embedded.credentials import Credentials
from infra.embedded.errors import EmbeddedError
from infra.embedded.paths import Account, Layout, make_folder, read_json, write_json

LOG_LIMIT_BYTES = 20_000_000


@dataclass(frozen=True)
class Record:
    """What is remembered of a server between two of our processes; ``port`` outlives a stop."""

    port: int | None = None
    pid: int | None = None
    token: str | None = None
    settled: bool = False  # the work that follows the first answer (databases, roles) was done

    def is_alive(self) -> bool:
        return processes.is_same_process(self.pid, self.token)


@dataclass(frozen=True)
class Launch:
    """One way to start a server."""

    command: Sequence[str]
    env: dict[str, str]
    cwd: Path
    account: Account | None = None


@dataclass(frozen=True)
class ServiceStatus:
    """``state`` is running, silent (alive without an answer), stopped or external (given by environment)."""

    name: str
    state: str
    port: int | None = None
    pid: int | None = None
    log: Path | None = None


class Service(ABC):
    """A server of this folder. All methods that change something need the folder's lock to be held."""

    name: ClassVar[str]
    stop_signals: ClassVar[tuple[signal.Signals, ...]] = (signal.SIGTERM,)
    grace_seconds: ClassVar[float] = 20.0
    answer_seconds: ClassVar[float] = 30.0

    def __init__(self, layout: Layout, credentials: Credentials) -> None:
        self.layout = layout
        self.credentials = credentials

    @abstractmethod
    def prepare(self) -> None:
        """Make what must exist on disk before a start. Repeatable."""

    @abstractmethod
    def plan(self, port: int) -> Launch:
        """The command that serves this port in the foreground."""

    @abstractmethod
    def answers(self, port: int) -> bool:
        """Whether *our* server answers there, shown by a credential that only it knows."""

    def settle(self, port: int) -> None:  # noqa: B027 - most have none
        """The work after the first answer of each start. Repeatable."""

    def find_unrecorded(self) -> Record | None:
        """A living server of this folder whose record was lost, if the server itself tells."""
        return None

    def is_passing(self, log: str) -> bool:
        """Whether the server ended for a reason that goes away by itself in seconds."""
        return False

    def read_record(self) -> Record:
        stored = read_json(self.layout.record(self.name)) or {}
        return Record(**{key: stored[key] for key in asdict(Record()) if key in stored})

    def _write_record(self, record: Record) -> None:
        write_json(self.layout.record(self.name), asdict(record))

    def status(self) -> ServiceStatus:
        record = self.read_record()
        state = "stopped"
        if record.is_alive():
            state = "running" if record.port and self.answers(record.port) else "silent"
        pid = record.pid if state != "stopped" else None
        return ServiceStatus(self.name, state, record.port, pid, self.layout.log(self.name))

    def start(self) -> int:
        """Have the server running and answering; returns its port. Nothing happens when it already is."""
        make_folder(self.layout.folder(self.name), 0o755)
        record = self.read_record()
        if not record.is_alive():
            record = self.find_unrecorded() or Record(port=record.port)
        if record.is_alive() and not self._wait_for_answer(record, self.answer_seconds):
            self._end(record)  # alive but deaf: a new start is the cure
            record = Record(port=record.port)
        if not record.is_alive():
            self.prepare()
            record = self._launch(record.port)
        if not record.settled:
            assert record.port is not None
            self.settle(record.port)
            self._write_record(replace(record, settled=True))
        return int(record.port or 0)

    def stop(self) -> bool:
        """Stop the server if it runs; True when it had to be stopped. Raises EmbeddedError if it stays."""
        record = self.read_record()
        if not record.is_alive():
            record = self.find_unrecorded() or record
        if not record.is_alive():
            return False
        self._end(record)
        self._write_record(Record(port=record.port))
        return True

    def _end(self, record: Record) -> None:
        pid, token = int(record.pid or 0), record.token or ""
        if not processes.stop_process(
            pid, token, signals=self.stop_signals, grace_seconds=self.grace_seconds
        ):
            raise EmbeddedError(f"{self.name} (process {pid}) does not end: see {self.layout.log(self.name)}")

    def _launch(self, remembered_port: int | None) -> Record:
        end = time.monotonic() + self.answer_seconds
        log = self.layout.log(self.name)
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        port = processes.choose_port(remembered_port)
        while True:
            offset = log.stat().st_size if log.exists() else 0
            plan = self.plan(port)
            try:
                pid = processes.spawn_detached(
                    plan.command, log=log, env=plan.env, cwd=plan.cwd, account=plan.account
                )
            except OSError as error:
                raise EmbeddedError(f"{self.name} cannot be executed ({plan.command[0]}): {error}") from None
            # A process that ended already has no token; an empty one matches nothing: seen as ended below.
            record = Record(port=port, pid=pid, token=processes.read_start_token(pid) or "")
            self._write_record(record)
            if self._wait_for_answer(record, end - time.monotonic()):
                return record
            said = _read_from(log, offset)
            if record.is_alive():
                self._end(record)
                raise EmbeddedError(f"{self.name} gave no answer in {self.answer_seconds:.0f} s: see {log}")
            if time.monotonic() < end and "address already in use" in said.lower():
                port = processes.choose_port()
            elif time.monotonic() < end and self.is_passing(said):
                time.sleep(0.1)
            else:
                raise EmbeddedError(self._explain(said))

    def _wait_for_answer(self, record: Record, seconds: float) -> bool:
        """True once our server answers; False when it ended or the time is over."""
        end = time.monotonic() + seconds
        while record.is_alive():
            if record.port and self.answers(record.port):
                return record.is_alive()
            if time.monotonic() > end:
                return False
            time.sleep(processes.POLL_SECONDS)
        return False

    def _explain(self, said: str) -> str:
        if "no space left on device" in said.lower():
            return f"{self.name}: the disk of {self.layout.root} is full: free some space and start again"
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line.lower()]
        last = (telling or lines or ["it said nothing"])[-1]
        return f"{self.name} ended at its start: {last} (all of it in {self.layout.log(self.name)})"


def _read_from(path: Path, offset: int) -> str:
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(200_000).decode("utf-8", errors="replace")
