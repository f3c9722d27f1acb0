"""The three services together: start, stop, status, and the environment that points the application at them.

A service that the environment already names (DATABASE_URL, REDIS_URL, S3_ENDPOINT_URL) is left alone and its
address is passed through. ``root`` is always the folder of one set of services, by default var/embedded.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from infra.embedded.credentials import Credentials, ensure_credentials, read_credentials
from infra.embedded.errors import EmbeddedError
from infra.embedded.objectstore import ObjectStore
from infra.embedded.paths import Layout, make_folder
from infra.embedded.postgres import APP, DATABASE, OWNER, Postgres, remove_shelved_data
from infra.embedded.redis import Redis
from infra.embedded.service import Service, ServiceStatus

Root = str | os.PathLike[str] | None
T = TypeVar("T")

# service → the variable that says that a real one is given
EXTERNAL = {Postgres.name: "DATABASE_URL", Redis.name: "REDIS_URL", ObjectStore.name: "S3_ENDPOINT_URL"}
# Digests of the URLs that this module handed out: a process started with them must not take them for a real
# server's, least of all a test run, which would then work on the developer's data.
MARK = "JIELI_EMBEDDED_URLS"

FIRST_START_BYTES = 500_000_000
LATER_START_BYTES = 50_000_000
LOCK_SECONDS = 180.0
START_HINT = "run 'python -m infra.embedded start'"


def start(
    root: Root = None, *, durable: bool = True, roomy: bool = False, environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Have every service running that the environment does not give; returns ``environment(root)``.

    Idempotent, and safe to call from several processes at once. ``durable=False`` (tests) spares PostgreSQL
    the waiting for the disk, ``roomy`` (large benchmarks) gives it memory. Raises EmbeddedError, one line that says
    the cure.
    """
    given = os.environ if environ is None else environ
    layout = Layout.of(root)
    with _readable_errors(layout):
        _make_root(layout)
        with _hold(layout):
            credentials = ensure_credentials(layout)
            services = _list_services(layout, credentials, given, durable=durable, roomy=roomy)
            if services:
                _check_disk(layout)
            _do_all(services, lambda service: service.start())
        return environment(root, environ=given)


def stop(root: Root = None) -> list[str]:
    """Stop whatever of this folder runs; returns the names of what had to be stopped. Data stays."""
    layout = Layout.of(root)
    with _readable_errors(layout):
        credentials = read_credentials(layout)
        if credentials is None:
            return []
        with _hold(layout):
            services = _list_services(layout, credentials, {})
            stopped = _do_all(services, lambda service: service.stop())
        return [service.name for service, was_running in zip(services, stopped, strict=True) if was_running]


def status(root: Root = None, *, environ: Mapping[str, str] | None = None) -> list[ServiceStatus]:
    """The state of each service, in the order PostgreSQL, Redis, object store. Changes nothing."""
    given = os.environ if environ is None else environ
    layout = Layout.of(root)
    with _readable_errors(layout):
        credentials = read_credentials(layout)
        services = {s.name: s for s in _list_services(layout, credentials, given)} if credentials else {}
        return [
            ServiceStatus(name, "external")
            if _is_external(variable, given)
            else services[name].status()
            if name in services
            else ServiceStatus(name, "stopped")
            for name, variable in EXTERNAL.items()
        ]


def environment(root: Root = None, *, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables the application reads: addresses and keys of the embedded services, or those given.

    Reads files only, so it is quick and also answers while the services are stopped. Raises EmbeddedError
    when this folder was never started.
    """
    given = os.environ if environ is None else environ
    layout = Layout.of(root)
    with _readable_errors(layout):
        credentials = read_credentials(layout)
        if credentials is None:
            raise EmbeddedError(f"nothing was ever started in {layout.root}: {START_HINT}")
        result: dict[str, str] = {}
        for service in _list_services(layout, credentials, given):
            port = service.read_record().port
            if port is None:
                raise EmbeddedError(f"{service.name} was never started in {layout.root}: {START_HINT}")
            result |= _describe(service, port, credentials)
    result[MARK] = ",".join(_mark(name, result[name]) for name in EXTERNAL.values() if name in result)
    if "DATABASE_URL" not in result:
        result["DATABASE_URL"] = given["DATABASE_URL"]
        owner = given.get("OWNER_DATABASE_URL", "")
        result["OWNER_DATABASE_URL"] = owner or given["DATABASE_URL"]
    if "REDIS_URL" not in result:
        result["REDIS_URL"] = given["REDIS_URL"]
    if "S3_ENDPOINT_URL" not in result:
        names = ("S3_ENDPOINT_URL", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
        result |= {name: given[name] for name in names if name in given}
    result["JIELI_SECRET_KEY"] = given.get("JIELI_SECRET_KEY") or credentials.secret_key
    result["JIELI_MASTER_KEY"] = given.get("JIELI_MASTER_KEY") or credentials.master_key
    return result


def destroy(root: Root = None) -> None:
    """Stop everything of this folder and delete it with all data and keys."""
    layout = Layout.of(root)
    with _readable_errors(layout):
        if not layout.root.exists():
            return
        if not layout.credentials.exists():
            raise EmbeddedError(f"{layout.root} holds no embedded services: not deleted")
        stop(root)
        remove_shelved_data(layout)
        shutil.rmtree(layout.root)


def _list_services(
    layout: Layout,
    credentials: Credentials,
    given: Mapping[str, str],
    *,
    durable: bool = True,
    roomy: bool = False,
) -> list[Service]:
    services: list[Service] = [
        Postgres(layout, credentials, durable=durable, roomy=roomy),
        Redis(layout, credentials),
        ObjectStore(layout, credentials),
    ]
    return [service for service in services if not _is_external(EXTERNAL[service.name], given)]


def _describe(service: Service, port: int, credentials: Credentials) -> dict[str, str]:
    if service.name == Postgres.name:
        place = f"127.0.0.1:{port}/{DATABASE}"
        return {
            "DATABASE_URL": f"postgresql://{APP}:{credentials.app_password}@{place}",
            "OWNER_DATABASE_URL": f"postgresql://{OWNER}:{credentials.owner_password}@{place}",
        }
    if service.name == Redis.name:
        return {"REDIS_URL": f"redis://:{credentials.redis_password}@127.0.0.1:{port}/0"}
    return {
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "S3_ACCESS_KEY_ID": credentials.s3_access_key,
        "S3_SECRET_ACCESS_KEY": credentials.s3_secret_key,
    }


def _is_external(variable: str, given: Mapping[str, str]) -> bool:
    url = given.get(variable, "")
    return bool(url) and _mark(variable, url) not in given.get(MARK, "").split(",")


def _mark(variable: str, url: str) -> str:
    return f"{variable}:{hashlib.sha256(url.encode()).hexdigest()[:16]}"


def _make_root(layout: Layout) -> None:
    make_folder(layout.root, 0o755)
    make_folder(layout.root / "log", 0o700)


def _check_disk(layout: Layout) -> None:
    needed = LATER_START_BYTES if layout.record(Postgres.name).exists() else FIRST_START_BYTES
    free = shutil.disk_usage(layout.root).free
    if free < needed:
        raise EmbeddedError(
            f"the disk that holds {layout.root} has {free // 1_000_000} MB left, "
            f"{needed // 1_000_000} MB are needed: free some space and start again"
        )


def _do_all(services: list[Service], do: Callable[[Service], T]) -> list[T]:
    """Do it to every service at the same time; when some fail, the others are still done, then it raises."""
    if not services:
        return []
    with ThreadPoolExecutor(len(services)) as pool:
        running = [pool.submit(do, service) for service in services]
    errors = [error for each in running if (error := each.exception())]
    if errors:
        unforeseen = [error for error in errors if not isinstance(error, EmbeddedError | OSError)]
        if unforeseen:
            raise unforeseen[0]
        raise EmbeddedError("; ".join(str(error) for error in errors))
    return [each.result() for each in running]


@contextlib.contextmanager
def _hold(layout: Layout) -> Iterator[None]:
    """Be the only process that changes this folder's services."""
    end = time.monotonic() + LOCK_SECONDS
    with layout.lock.open("w") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise EmbeddedError(
                        f"another process has been starting or stopping the services of {layout.root} for "
                        f"{LOCK_SECONDS:.0f} s: end it and start again"
                    ) from None
                time.sleep(0.03)
        yield


@contextlib.contextmanager
def _readable_errors(layout: Layout) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise EmbeddedError(
            f"no right to {error.filename or layout.root}: run as its owner, or give another root"
        ) from None
    except OSError as error:
        raise EmbeddedError(f"{layout.root}: {error}") from None
