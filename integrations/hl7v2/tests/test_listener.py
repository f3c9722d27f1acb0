"""The stream, without a database: framing, order, size, stopping."""

import socket
import threading
import time
import tracemalloc

import pytest

from integrations.hl7v2.ack import build_ack
from integrations.hl7v2.client import ConnectionLost, read_ack
from integrations.hl7v2.errors import AckCode
from integrations.hl7v2.mllp import frame
from integrations.hl7v2.reader import parse
from integrations.hl7v2.tests.messages import admission
from integrations.hl7v2.tests.running import run_listener
from kernel import clock

pytestmark = pytest.mark.req("C19", "C20")


def accept(raw: bytes) -> bytes:
    message = parse(raw)
    return build_ack(message, AckCode.ACCEPT, control_id=f"A{message.control_id}", at=clock.now())


def test_pipelined_messages_are_answered_in_their_order() -> None:
    numbers = [f"C{number:03d}" for number in range(200)]
    with run_listener(accept) as running, running.connect() as client:
        acks = list(client.send(admission(number) for number in numbers))
    assert [ack.control_id for ack in acks] == numbers
    assert {ack.code for ack in acks} == {"AA"}


def test_a_frame_in_single_bytes_and_two_frames_in_one_packet() -> None:
    with run_listener(accept) as running, running.connect() as client:
        for byte in frame(admission("SPLIT")):
            client.send_bytes(bytes([byte]))
        assert client.receive().control_id == "SPLIT"
        client.send_bytes(frame(admission("ONE")) + frame(admission("TWO")))
        assert [client.receive().control_id, client.receive().control_id] == ["ONE", "TWO"]


def test_a_message_too_large_is_refused_early_with_bounded_memory() -> None:
    sent = 0
    start = b"\x0b" + admission("HUGE") + b"OBX|1|TX|||"
    with run_listener(accept) as running, running.connect() as client:
        tracemalloc.start()
        try:
            client.send_bytes(start)
            piece = b"x" * 1_000_000
            for _ in range(50):
                client.send_bytes(piece)
                sent += len(piece)
            ack = client.receive()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (ack.code, ack.control_id) == ("AR", "HUGE")
        assert "16777216" in ack.text
        assert peak < 60 * 1024 * 1024
        with pytest.raises(ConnectionLost):
            client.receive()
        with running.connect() as other:
            assert other.send_one(admission("NEXT")).code == "AA"


def test_slow_senders_together_cannot_fill_the_memory() -> None:
    with run_listener(accept, max_pending_bytes=3_000_000) as running:
        slow = [running.connect() for _ in range(2)]
        for client in slow:
            client.send_bytes(b"\x0b" + admission("SLOW") + b"x" * 1_400_000)
        time.sleep(0.3)
        with running.connect() as client:
            client.send_bytes(b"\x0b" + admission("MORE") + b"x" * 1_000_000)
            ack = client.receive()
            assert (ack.code, ack.control_id) == ("AE", "MORE")
            assert "稍后重发" in ack.text
        for client in slow:
            client.send_bytes(b"\x1c\r")
            assert client.receive().control_id == "SLOW"
            client.close()


def test_an_answer_never_ends_its_own_frame() -> None:
    def echo(raw: bytes) -> bytes:
        return accept(raw) + b"ERR|\x0b\x1c\r"

    with run_listener(echo) as running, running.connect() as client:
        assert [ack.control_id for ack in client.send([admission("A"), admission("B")])] == ["A", "B"]


def test_a_stranger_who_speaks_no_mllp_is_told_and_cut_off() -> None:
    with run_listener(accept) as running, running.connect() as client:
        client.send_bytes(b"GET / HTTP/1.1\r\n" * 8000)
        assert client.receive().code == "AR"
        with pytest.raises(ConnectionLost):
            client.receive()


def test_a_frame_without_end_gets_no_answer_and_harms_nobody() -> None:
    with run_listener(accept) as running:
        with running.connect() as client:
            client.send_bytes(b"\x0b" + admission("HALF")[:40])
        with running.connect() as client:
            assert client.send_one(admission("WHOLE")).control_id == "WHOLE"


def test_a_silent_connection_is_closed() -> None:
    with run_listener(accept, idle_seconds=0.3) as running, running.connect() as client:
        begun = time.monotonic()
        with pytest.raises(ConnectionLost):
            client.receive()
        assert time.monotonic() - begun < 5


def test_connections_are_limited() -> None:
    with run_listener(accept, max_connections=1) as running, running.connect() as client:
        assert client.send_one(admission("A")).code == "AA"
        with running.connect() as other, pytest.raises((ConnectionLost, ConnectionResetError)):
            other.send_one(admission("B"))
        assert client.send_one(admission("C")).code == "AA"


def test_stopping_finishes_what_is_in_work_and_takes_nothing_new() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow(raw: bytes) -> bytes:
        entered.set()
        assert go_on.wait(10)
        return accept(raw)

    with run_listener(slow) as running, running.connect() as client:
        client.send_bytes(frame(admission("WORK")) + frame(admission("LATER")))
        assert entered.wait(10)
        running.stop()
        time.sleep(0.2)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", running.port), timeout=2).close()
        go_on.set()
        assert client.receive().control_id == "WORK"
        # The second was read but not begun: no answer, so that its sender keeps it.
        with pytest.raises(ConnectionLost):
            client.receive()
        assert running.join()


def test_four_connections_work_side_by_side() -> None:
    barrier = threading.Barrier(4, timeout=10)

    def meet(raw: bytes) -> bytes:
        barrier.wait()
        return accept(raw)

    with run_listener(meet) as running:
        clients = [running.connect() for _ in range(4)]
        for number, client in enumerate(clients):
            client.send_bytes(frame(admission(f"C{number}")))
        assert [client.receive().control_id for client in clients] == ["C0", "C1", "C2", "C3"]
        for client in clients:
            client.close()


def test_the_text_of_an_error_is_read_in_both_dialects() -> None:
    old = b"MSH|^~\\&|||||20261120||ACK|1|P|2.4\rMSA|AE|C1|short\rERR|PID^^19^102&\xe9\x95\xbf&HL70357\r"
    new = b"MSH|^~\\&|||||20261120||ACK|1|P|2.5\rMSA|AE|C1\rERR|||102|E||||\xe9\x95\xbf\r"
    assert [read_ack(old).text, read_ack(new).text] == ["长", "长"]
