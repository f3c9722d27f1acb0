"""A real listener on a free port, in a thread with a loop of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from integrations.hl7v2 import services
from integrations.hl7v2.client import MllpClient
from integrations.hl7v2.listener import Answer, Listener, ListenerOptions


class Running:
    def __init__(self, listener: Listener, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
        self.port = listener.port
        self._listener = listener
        self._loop = loop
        self._thread = thread

    def connect(self) -> MllpClient:
        return MllpClient("127.0.0.1", self.port, timeout=20)

    def stop(self) -> None:
        """What SIGTERM does."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._listener.stop)

    def join(self) -> bool:
        self._thread.join(timeout=20)
        return not self._thread.is_alive()


@contextmanager
def run_listener(answer: Answer | None = None, **options: object) -> Iterator[Running]:
    ready = threading.Event()
    made: list[Running] = []

    async def serve() -> None:
        listener = Listener(ListenerOptions(port=0, **options), answer)  # type: ignore[arg-type]
        await listener.start()
        made.append(Running(listener, asyncio.get_running_loop(), thread))
        ready.set()
        await listener.serve()

    services.forget_facilities()
    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield made[0]
    finally:
        made[0].stop()
        assert made[0].join()
