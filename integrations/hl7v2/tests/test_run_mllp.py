"""The command as a site runs it: its own process, told to stop by SIGTERM."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.hl7v2.client import ConnectionLost, MllpClient

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.req("C19", "C20")


def test_it_serves_and_ends_well_on_sigterm() -> None:
    command = [sys.executable, "manage.py", "run_mllp", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[1]
            host, _, port = address.partition(":")
            with MllpClient(host, int(port), timeout=20) as client:
                # Needs no database: the frame is no HL7, and no tenant is named.
                assert client.send_one(b"hello").code == "AR"
                process.send_signal(signal.SIGTERM)
                with pytest.raises(ConnectionLost):
                    client.receive()
            assert process.stdout.read().strip() == "MLLP 已停止"
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_an_unknown_default_tenant_is_named(alpha: Any) -> None:
    with pytest.raises(CommandError, match="nobody"):
        call_command("run_mllp", "--default-tenant", "nobody")
