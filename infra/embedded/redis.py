"""The embedded Redis (Valkey): appends every write to a file, listens on loopback, wants a password."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from infra.embedded.binaries import find_redis_server
from infra.embedded.paths import make_folder, write_private
from infra.embedded.service import Launch, Service


class Redis(Service):
    name = "redis"

    @property
    def data(self) -> Path:
        return self.layout.folder(self.name) / "data"

    def prepare(self) -> None:
        make_folder(self.data, 0o700)

    def plan(self, port: int) -> Launch:
        # In a file and not on the command line, where every user of the machine could read the password.
        config = self.layout.folder(self.name) / "redis.conf"
        lines = {
            "bind": "127.0.0.1",
            "port": str(port),
            "dir": f'"{self.data}"',
            "appendonly": "yes",
            "save": '""',
            "requirepass": self.credentials.redis_password,
            "daemonize": "no",
        }
        write_private(config, "".join(f"{key} {value}\n" for key, value in lines.items()))
        env = {**os.environ, "LC_ALL": "C.UTF-8"}
        return Launch([str(find_redis_server()), str(config)], env, self.data)

    def answers(self, port: int) -> bool:
        """Whether a server answers PING to our password (while it loads its file it does not)."""
        request = f"AUTH {self.credentials.redis_password}\r\nPING\r\n".encode()
        reply = b""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
                connection.sendall(request)
                while reply.count(b"\r\n") < 2:
                    part = connection.recv(1024)
                    if not part:
                        return False
                    reply += part
        except OSError:
            return False
        return reply.startswith(b"+OK") and b"+PONG" in reply
