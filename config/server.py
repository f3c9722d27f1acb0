"""Serves the application on loopback (or the given) addresses: `python -m config.server`.

Several addresses, because each tenant is a host name of its own: where `*.localhost` does not resolve, the demo
gives every tenant a loopback address instead (infra/serving.py).
"""

import logging
import os
import socket
import sys

import django
import uvicorn
from django.core.checks import run_checks

from config.environment import read, read_list

logger = logging.getLogger("config.server")


def open_sockets(addresses: list[str], port: int) -> list[socket.socket]:
    """Listening sockets of those addresses that this machine has (macOS has 127.0.0.1 only, unless told)."""
    sockets = []
    for address in addresses:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError as error:
            listener.close()
            if address == addresses[0]:
                raise
            logger.warning("not listening on %s: %s", address, error)
            continue
        sockets.append(listener)
    return sockets


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Each request has a thread of its own: connections kept per thread would be lost one by one, so a pool holds them.
    os.environ.setdefault("JIELI_DB_POOL", "16")
    port = int(read("JIELI_PORT", "8000"))
    try:
        sockets = open_sockets(read_list("JIELI_BIND", "127.0.0.1"), port)
    except OSError as error:
        sys.stderr.write(f"cannot listen on port {port}: {error}; set JIELI_PORT to a free one\n")
        return 1
    django.setup()
    faults = [fault for fault in run_checks(tags=["security"]) if fault.is_serious()]
    if faults:  # default deny: an action without a declared function never serves
        sys.stderr.write("\n".join(map(str, faults)) + "\n")
        return 1
    config = uvicorn.Config(
        "config.asgi:application",
        lifespan="off",
        access_log=False,
        log_level="warning",
        proxy_headers=bool(read("JIELI_HTTPS")),
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run(sockets=sockets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
