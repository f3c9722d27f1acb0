"""The embedded S3 store: ``rclone serve s3`` on a plain folder, with signatures checked.

It keeps the bytes of an object; its metadata and content type are gone after a restart (the application keeps
both in the database).
"""

from __future__ import annotations

import http.client
import os
from pathlib import Path

from infra.embedded.binaries import find_rclone
from infra.embedded.paths import make_folder
from infra.embedded.service import Launch, Service


class ObjectStore(Service):
    name = "objectstore"
    grace_seconds = 10.0

    @property
    def data(self) -> Path:
        return self.layout.folder(self.name) / "data"

    def prepare(self) -> None:
        make_folder(self.data, 0o700)

    def plan(self, port: int) -> Launch:
        env = {name: value for name, value in os.environ.items() if not name.startswith("RCLONE_")}
        # The form of --auth-key that other users of the machine cannot read from the process list.
        env["RCLONE_AUTH_KEY"] = f'"{self.credentials.s3_access_key},{self.credentials.s3_secret_key}"'
        command = [
            str(find_rclone()),
            "serve",
            "s3",
            "--addr",
            f"127.0.0.1:{port}",
            "--config",
            "",  # no configuration file: nothing of the user's own rclone is read or written
            "--cache-dir",
            str(self.layout.folder(self.name) / "cache"),
            str(self.data),
        ]
        return Launch(command, env, self.data)

    def answers(self, port: int) -> bool:
        """Whether an HTTP server answers there and refuses a request without a signature."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1.0)
        try:
            connection.request("GET", "/")
            reply = connection.getresponse()
            reply.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        # 200 would mean that the key was not understood and anyone may read: never call that healthy.
        return 400 <= reply.status < 500
