"""Server processes: start detached, know again, stop. A process is never found by its name.

A process id alone proves nothing, for the system reuses it: with the id goes a token of the process' start
(boot id and start tick on Linux, start time elsewhere), and nothing is signalled whose token differs.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.embedded.paths import Account

# Below the range that systems take for outgoing connections, so that a remembered port stays free.
PORT_RANGE = range(20_000, 32_000)
POLL_SECONDS = 0.01

# Our own children must be reaped, or a killed one would look alive (a zombie) for as long as we live.
_children: dict[int, subprocess.Popen[bytes]] = {}


def spawn_detached(
    command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path, account: Account | None = None
) -> int:
    """Start a server in a session of its own, output appended to ``log``; returns its process id.

    The own session keeps Ctrl-C of our terminal away from it. Raises OSError when it cannot be executed.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            **(account.popen_options() if account else {}),
        )
    _children[child.pid] = child
    return child.pid


def read_start_token(pid: int) -> str | None:
    """What tells this process from any other that ever had its id; None when it is gone (or a zombie)."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
        return None
    if sys.platform == "linux":
        try:
            line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except (FileNotFoundError, ProcessLookupError):
            return None
        fields = line.rpartition(")")[2].split()  # what stands before may hold spaces: the program's name
        state, start_tick = fields[0], fields[19]
        return None if state in {"Z", "X"} else f"{boot}:{start_tick}"
    shown = _read_ps(pid, "stat=,lstart=")
    return None if not shown or shown.startswith("Z") else shown.partition(" ")[2].strip()


def read_command(pid: int) -> list[str]:
    """The command line of a process, empty when it is gone."""
    if sys.platform == "linux":
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return []
        return [os.fsdecode(part) for part in raw.split(b"\0") if part]
    return _read_ps(pid, "command=").split()


def _read_ps(pid: int, columns: str) -> str:
    command = ["ps", "-o", columns, "-p", str(pid)]
    env = {**os.environ, "LC_ALL": "C"}  # the start time is compared as text
    shown = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    return shown.stdout.strip()


def is_same_process(pid: int | None, token: str | None) -> bool:
    """Whether the process with this id is alive and is the one whose token was noted."""
    return bool(pid and token) and read_start_token(int(pid or 0)) == token


def stop_process(pid: int, token: str, *, signals: Sequence[signal.Signals], grace_seconds: float) -> bool:
    """Send each signal in turn, waiting ``grace_seconds`` after each, and at last SIGKILL; True when gone."""
    for each in (*signals, signal.SIGKILL):
        if not is_same_process(pid, token):
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, each)
        if wait_until_gone(pid, token, grace_seconds):
            return True
    return False


def wait_until_gone(pid: int, token: str, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while is_same_process(pid, token):
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


def choose_port(preferred: int | None = None) -> int:
    """A free port of 127.0.0.1: the preferred one if it is free, else one at random.

    It may be taken again before the server binds it; the caller retries (see ``service.Service``).
    """
    if preferred and is_port_free(preferred):
        return preferred
    for port in random.sample(PORT_RANGE, 200):
        if is_port_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_port_free(port: int) -> bool:
    with socket.socket() as probe:
        # Without it a port counts as taken for a minute after its server stopped (TIME_WAIT).
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_port_open(port: int, timeout_seconds: float = 1.0) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=timeout_seconds).close()
    except OSError:
        return False
    return True
