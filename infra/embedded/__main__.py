"""``python -m infra.embedded start|stop|status|env|destroy [--root FOLDER]``"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time

from infra.embedded import stack
from infra.embedded.errors import EmbeddedError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.embedded", description=stack.__doc__)
    parser.add_argument("command", choices=["start", "stop", "status", "env", "destroy"])
    parser.add_argument("--root", help="folder of the services (default: var/embedded in the checkout)")
    parser.add_argument("--json", action="store_true", help="env: start first, print JSON")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except EmbeddedError as error:
        print(f"embedded services: {error}", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    began = time.monotonic()
    if options.command == "env":
        if options.json:
            print(json.dumps(stack.start(options.root)))
            return 0
        for name, value in stack.environment(options.root).items():
            print(f"export {name}={shlex.quote(value)}")
        return 0
    if options.command == "stop":
        stopped = stack.stop(options.root)
        print(f"stopped: {', '.join(stopped) or 'nothing was running'} ({time.monotonic() - began:.1f} s)")
        return 0
    if options.command == "destroy":
        stack.destroy(options.root)
        print("stopped and deleted, with all data and keys")
        return 0
    if options.command == "start":
        stack.start(options.root)
    states = stack.status(options.root)
    for each in states:
        place = f"127.0.0.1:{each.port}" if each.port and each.state != "stopped" else ""
        process = f"process {each.pid}" if each.pid else ""
        print(f"{each.name:<12} {each.state:<9} {place:<16} {process}".rstrip())
    if options.command == "start":
        print(f"ready in {time.monotonic() - began:.1f} s")
    return 0 if all(each.state in {"running", "external"} for each in states) else 3


if __name__ == "__main__":
    sys.exit(main())
