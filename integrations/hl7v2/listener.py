"""The MLLP server: many connections, each in its order, few messages in work at a time.

What arrives is cut into frames on the event loop; a frame is worked off in a thread, because Django's database
calls block. A connection reads on only when its last message is answered, so that TCP slows a fast sender down.
"""

import asyncio
import contextvars
import logging
import secrets
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import close_old_connections, connections

from integrations.hl7v2 import services
from integrations.hl7v2.ack import build_reject
from integrations.hl7v2.errors import HL7Error, reject
from integrations.hl7v2.mllp import (
    END,
    MAX_FRAME_BYTES,
    START,
    FrameDecoder,
    FrameTooLarge,
    MissingEnd,
    MllpError,
    frame,
)
from kernel import clock

logger = logging.getLogger("hl7v2.listener")
_CHUNK = 64 * 1024
_HEAD_BYTES = 4096
# After a refusal: how long and how much is read and thrown away, so that the sender gets to read the answer. Closing
# on unread bytes would reset the connection, and the answer with it.
_LINGER_SECONDS = 10.0
_LINGER_BYTES = 128 * 1024 * 1024

Answer = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    host: str = "127.0.0.1"
    port: int = 2575
    default_schema: str | None = None
    workers: int = 4
    max_connections: int = 64
    max_frame_bytes: int = MAX_FRAME_BYTES
    # Unfinished frames of all connections together: what a crowd of slow senders may hold of our memory.
    max_pending_bytes: int = 256 * 1024 * 1024
    idle_seconds: float = 300.0
    stop_seconds: float = 30.0


class Listener:
    """`start`, then `serve` until `stop` is called or a signal comes."""

    def __init__(self, options: ListenerOptions, answer: Answer | None = None) -> None:
        self.options = options
        self._answer = answer or (lambda raw: services.answer(raw, default_schema=options.default_schema))
        self._executor = ThreadPoolExecutor(max_workers=options.workers, thread_name_prefix="hl7v2")
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending: dict[asyncio.Task[None], int] = {}
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on (useful when 0 was asked for)."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, self.options.host, self.options.port, limit=_CHUNK
        )

    async def serve(self) -> None:
        """Until stopped: no new connections, messages in work are finished and answered, then the end."""
        assert self._server is not None
        await self._stopping.wait()
        self._server.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self.options.stop_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, self._close_threads)

    def stop(self) -> None:
        """From the loop's own thread only."""
        self._stopping.set()

    def _close_threads(self) -> None:
        # A thread's database connection can be closed by that thread alone.
        for _ in range(self.options.workers):
            self._executor.submit(connections.close_all)
        self._executor.shutdown(wait=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        peer = writer.get_extra_info("peername")
        if len(self._tasks) >= self.options.max_connections or self._stopping.is_set():
            logger.warning("connection of %s refused: %s are open", peer, len(self._tasks))
            writer.close()
            return
        self._tasks.add(task)
        try:
            await self._serve_connection(task, reader, writer, peer)
        except (ConnectionError, TimeoutError) as error:
            logger.info("connection of %s broke: %s", peer, error)
        except asyncio.CancelledError:
            logger.warning("connection of %s cut off while stopping", peer)
        except Exception:
            logger.exception("connection of %s failed", peer)
        finally:
            self._tasks.discard(task)
            self._pending.pop(task, None)
            writer.close()

    async def _serve_connection(
        self,
        task: asyncio.Task[None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        peer: object,
    ) -> None:
        decoder = FrameDecoder(max_frame_bytes=self.options.max_frame_bytes)
        head = b""
        while not self._stopping.is_set():
            data = await self._read(reader)
            if data is None:
                return
            if not data:
                self._note_end(decoder, peer)
                return
            head = _remember_head(head, data)
            try:
                frames, failure = decoder.feed(data), None
            except MllpError as error:
                frames, failure = list(error.frames), error
            for content in frames:
                await self._work_off(content, writer)
                if self._stopping.is_set():
                    return  # what has no answer yet is sent again
            fault = _fault_of(failure) if failure is not None else self._check_budget(task, decoder)
            if fault is not None:
                logger.warning("connection of %s: %s", peer, fault.message_zh)
                raw = head if failure is None or isinstance(failure, FrameTooLarge) else b""
                await self._refuse(raw, fault, reader, writer)
                return

    def _check_budget(self, task: asyncio.Task[None], decoder: FrameDecoder) -> HL7Error | None:
        self._pending[task] = decoder.pending_bytes
        if sum(self._pending.values()) <= self.options.max_pending_bytes:
            return None
        del self._pending[task]
        return HL7Error("busy", "同时接收的大报文过多，请稍后重发", condition=207)

    async def _read(self, reader: asyncio.StreamReader) -> bytes | None:
        """The next bytes, b"" at the end of the stream, None when it is time to close."""
        read = asyncio.ensure_future(reader.read(_CHUNK))
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait(
                {read, stop}, timeout=self.options.idle_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            return read.result() if read.done() else None
        finally:
            stop.cancel()
            if not read.done():
                read.cancel()

    async def _work_off(self, content: bytes, writer: asyncio.StreamWriter) -> None:
        # The thread sees the clock and request context of this connection.
        run = contextvars.copy_context().run
        loop = asyncio.get_running_loop()
        reply = await loop.run_in_executor(self._executor, run, self._answer_in_thread, content)
        # Escapes in the message (\X1C\) may come back in the words of the answer as what would end its frame.
        writer.write(frame(reply.translate(None, START + END)))
        await writer.drain()

    def _answer_in_thread(self, content: bytes) -> bytes:
        # A connection that broke is dropped before the next message, whichever thread gets that.
        close_old_connections()
        try:
            return self._answer(content)
        finally:
            close_old_connections()

    async def _refuse(
        self, raw: bytes, fault: HL7Error, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Say why, then close; the rest of what is being sent is thrown away as it comes."""
        writer.write(frame(build_reject(raw, fault, control_id=secrets.token_hex(10), at=clock.now())))
        await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        left = _LINGER_BYTES
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                while left > 0 and not self._stopping.is_set() and (data := await reader.read(_CHUNK)):
                    left -= len(data)
        except TimeoutError:
            return

    @staticmethod
    def _note_end(decoder: FrameDecoder, peer: object) -> None:
        try:
            decoder.finish()
        except MissingEnd as error:
            logger.warning("connection of %s: %s", peer, error.message_zh)
        except MllpError:
            return


def _fault_of(failure: MllpError) -> HL7Error:
    return reject(failure.code, failure.message_zh)


def _remember_head(head: bytes, data: bytes) -> bytes:
    """The first bytes of the frame that is being received: enough to name the message that grows too large."""
    start = data.rfind(START)
    if start >= 0:
        return data[start + 1 : start + 1 + _HEAD_BYTES]
    return head + data[: _HEAD_BYTES - len(head)] if len(head) < _HEAD_BYTES else head


async def run(options: ListenerOptions, *, started: Callable[[int], None] = lambda port: None) -> None:
    """Serve until SIGTERM or SIGINT; `started(port)` is called once connections are taken."""
    listener = Listener(options)
    await listener.start()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, listener.stop)
    started(listener.port)
    await listener.serve()
