"""Runs the whole product on one machine: `python -m infra.serving up|demo|down [--detach]`.

Web server, worker (with the beat's tick) and HL7 listener are processes of their own, started detached and known
again by process id and start token; the embedded services stand below them. `var/run/` remembers them.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.embedded import stack
from infra.embedded.errors import EmbeddedError
from infra.embedded.processes import (
    choose_port,
    is_port_open,
    is_same_process,
    read_start_token,
    spawn_detached,
    stop_process,
)

REPOSITORY = Path(__file__).resolve().parent.parent
RUN = REPOSITORY / "var" / "run"
DEMO_FILE = REPOSITORY / "var" / "demo.json"
TIMINGS_FILE = RUN / "demo-tenants.json"
STARTED = time.monotonic()
LOOPBACK = [f"127.0.0.{last}" for last in range(1, 9)]


def say(text: str) -> None:
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Process:
    name: str
    command: list[str]
    port: int | None


def _record(name: str) -> Path:
    return RUN / f"{name}.json"


def _read_record(name: str) -> dict[str, object]:
    try:
        return dict(json.loads(_record(name).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def is_running(name: str) -> bool:
    record = _read_record(name)
    return is_same_process(int(str(record.get("pid", 0))), str(record.get("token", "")))


def _start(process: Process, env: dict[str, str]) -> None:
    RUN.mkdir(parents=True, exist_ok=True)
    pid = spawn_detached(process.command, log=RUN / f"{process.name}.log", env=env, cwd=REPOSITORY)
    record = {"pid": pid, "token": read_start_token(pid), "port": process.port}
    _record(process.name).write_text(json.dumps(record), encoding="utf-8")


def stop_all() -> None:
    """Stop what this checkout started, the listener first so that nothing new is acknowledged."""
    for name in ("mllp", "web", "worker"):
        record = _read_record(name)
        if record:
            stop_process(
                int(str(record["pid"])), str(record["token"]), signals=(signal.SIGTERM,), grace_seconds=12
            )
            _record(name).unlink(missing_ok=True)
    stack.stop()


def _environment(port: int, mllp_port: int) -> dict[str, str]:
    env = {**os.environ, **stack.environment()}
    env.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    env.setdefault("JIELI_PUBLIC_HOSTS", "localhost,127.0.0.1")
    env["JIELI_PORT"], env["JIELI_MLLP_PORT"] = str(port), str(mllp_port)
    env.setdefault("JIELI_BIND", ",".join(LOOPBACK if sys.platform == "linux" else LOOPBACK[:1]))
    return env


def _manage(env: dict[str, str], *arguments: str) -> None:
    done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=REPOSITORY, env=env, check=False)
    if done.returncode != 0:
        raise EmbeddedError(f"'manage.py {arguments[0]}' failed; what it said stands above")


def _wait(name: str, port: int, path: str | None, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not is_running(name):
            break
        if path is None and is_port_open(port):
            return
        if path is not None and _answers(port, path):
            return
        time.sleep(0.1)
    tail = (RUN / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    raise EmbeddedError(
        f"{name} did not come up; its log ends:\n" + "\n".join(f"    {line}" for line in tail)
    )


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def start_all(*, demo: bool) -> dict[str, str]:
    """Services, migrations, web, worker, listener; what runs already stays. Returns the environment."""
    say("starting PostgreSQL, Redis and the object store")
    stack.start()
    port = int(str(_read_record("web").get("port") or 0)) if is_running("web") else 0
    mllp_port = int(str(_read_record("mllp").get("port") or 0)) if is_running("mllp") else 0
    port = port or choose_port(int(os.environ.get("JIELI_PORT", "8000")))
    mllp_port = mllp_port or choose_port(int(os.environ.get("JIELI_MLLP_PORT", "2575")))
    env = _environment(port, mllp_port)
    RUN.mkdir(parents=True, exist_ok=True)
    say("bringing the database to this version")
    _manage(env, "migrate_tenants")
    if demo:  # before the listener, which must know its tenant
        _manage(env, "demo", "--tenants", str(TIMINGS_FILE))
    python = sys.executable
    listener = [python, "manage.py", "run_mllp", "--port", str(mllp_port)]
    if demo:
        listener += ["--default-tenant", "zhijiang"]
    celery = [
        python, "-m", "celery", "-A", "config.celery", "worker", "--beat", "--schedule", str(RUN / "beat"),
        "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    for process in (
        Process("worker", celery, None),
        Process("web", [python, "-m", "config.server"], port),
        Process("mllp", listener, mllp_port),
    ):
        if not is_running(process.name):
            _start(process, env)
    _wait("web", port, "/api/v1/session")
    _wait("mllp", mllp_port, None)
    return env


def _resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, 80))
    except OSError:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["up", "demo", "down"])
    parser.add_argument("--detach", action="store_true", help="return once it serves")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        if options.command == "down":
            stop_all()
            say("stopped")
            return 0
        demo = options.command == "demo"
        env = start_all(demo=demo)
        if demo:
            env["JIELI_HOSTS_BY_NAME"] = "1" if _resolves("zhijiang.localhost") else ""
            _manage(env, "demo", "--timings", str(TIMINGS_FILE), "--output", str(DEMO_FILE))
        say(f"serving on http://localhost:{env['JIELI_PORT']}/")
        if options.detach:
            return 0
        say("Ctrl-C stops it")
        while all(is_running(name) for name in ("web", "worker", "mllp")):
            time.sleep(1)
        raise EmbeddedError(f"a process has ended by itself; see the logs in {RUN.relative_to(REPOSITORY)}/")
    except KeyboardInterrupt:
        say("stopping")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stop_all()
        say("stopped; the data is kept in var/, and the next start goes on from it")
        return 0
    except EmbeddedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
