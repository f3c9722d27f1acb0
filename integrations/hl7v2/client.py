"""A small MLLP sender, for the demonstration, tests and re-drives; several messages may be under way."""

import socket
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType

from integrations.hl7v2.mllp import FrameDecoder, frame
from integrations.hl7v2.reader import parse

_CHUNK = 64 * 1024


class ConnectionLost(ConnectionError):
    """The receiver closed before it had answered everything: what has no answer must be sent again."""


@dataclass(frozen=True, slots=True)
class Ack:
    """`code` AA, AE or AR; `control_id` of the message answered; `text` for the user, "" with AA."""

    code: str
    control_id: str
    text: str
    raw: bytes


def read_ack(raw: bytes) -> Ack:
    """Raises HL7Error when it is no HL7 message or holds no MSA."""
    message = parse(raw)
    msa = message["MSA"]
    texts = [err.value(8) or err.value(1, 4, 2) for err in message.segments("ERR")]
    return Ack(msa.value(1), msa.value(2), "；".join(text for text in texts if text) or msa.value(3), raw)


class MllpClient:
    """One connection; use it in a `with` block."""

    def __init__(self, host: str, port: int, *, timeout: float = 60.0) -> None:
        self._socket = socket.create_connection((host, port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._decoder = FrameDecoder()
        self._ready: deque[bytes] = deque()

    def __enter__(self) -> "MllpClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def send(self, messages: Iterable[bytes], *, window: int = 16) -> Iterator[Ack]:
        """Yield one answer per message, in order; up to `window` messages wait for theirs. Raises ConnectionLost.

        The messages are drawn as the answers come in: a generator of any length is fine.
        """
        waiting = 0
        for message in messages:
            self._socket.sendall(frame(message))
            waiting += 1
            if waiting >= window:
                yield self._receive()
                waiting -= 1
        for _ in range(waiting):
            yield self._receive()

    def send_one(self, message: bytes) -> Ack:
        """Raises ConnectionLost."""
        return next(iter(self.send([message])))

    def send_bytes(self, data: bytes) -> None:
        """Raw bytes, framed or not: for what a real network does to a stream."""
        self._socket.sendall(data)

    def receive(self) -> Ack:
        """The next answer. Raises ConnectionLost."""
        return self._receive()

    def _receive(self) -> Ack:
        while not self._ready:
            data = self._socket.recv(_CHUNK)
            if not data:
                raise ConnectionLost("the receiver closed the connection")
            self._ready.extend(self._decoder.feed(data))
        return read_ack(self._ready.popleft())
