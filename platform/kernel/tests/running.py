"""Threads with a database connection of their own, bound to one tenant."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connections

from kernel.tenancy import bind_schema


def work_in_thread(
    schema: str, work: Callable[[], Any], *, inside: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> "Working":
    return Working(schema, work, inside)


class Working:
    def __init__(
        self, schema: str, work: Callable[[], Any], inside: Callable[[], AbstractContextManager[Any]]
    ) -> None:
        self._schema, self._work, self._inside = schema, work, inside
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with bind_schema(self._schema), self._inside():
                self._result = self._work()
        except BaseException as error:
            self._error = error
        finally:
            connections.close_all()

    def result(self, timeout: float = 20) -> Any:
        self._thread.join(timeout)
        assert not self._thread.is_alive(), "the thread hangs"
        if self._error is not None:
            raise self._error
        return self._result
