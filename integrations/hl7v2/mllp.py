"""MLLP framing (HL7 minimal lower layer protocol, release 1): VT, message, FS, CR over a byte stream.

The decoder owns no socket: bytes go in as they arrive, frames come out.
"""

import re

START = b"\x0b"
END = b"\x1c"
CARRIAGE_RETURN = b"\r"
MAX_FRAME_BYTES = 16 * 1024 * 1024
MAX_GARBAGE_BYTES = 64 * 1024

# A sender that was cut off mid-message starts anew with VT MSH. A VT without MSH is text: word processors use
# it as a soft line break and it is pasted into reports.
_RESTART = re.compile(rb"\x0b(?=(?:\xef\xbb\xbf)?MSH)")


class MllpError(ValueError):
    """The stream broke the protocol; close the connection after the `frames` that were still complete."""

    code = "mllp"

    def __init__(self, message_zh: str, frames: tuple[bytes, ...] = ()) -> None:
        self.message_zh = message_zh
        self.frames = frames
        super().__init__(message_zh)


class FrameTooLarge(MllpError):
    """A frame grew past the limit; nothing more of it is kept."""

    code = "frame_too_large"


class TooMuchGarbage(MllpError):
    """Too many bytes outside any frame: this is no MLLP sender."""

    code = "too_much_garbage"


class MissingEnd(MllpError):
    """The stream ended inside a frame; its sender gets no answer and will send again."""

    code = "missing_end"


class FrameDecoder:
    """Cuts one connection's bytes into frames, whatever the network made of them.

    `garbage_bytes` counts what was skipped outside frames, `abandoned_frames` those whose end never came
    before the next start. The garbage limit is per gap, so a sender with one stray line end per message may
    stay connected for years. A bare FS without CR ends a frame. After an error every later call raises it.
    """

    def __init__(
        self, *, max_frame_bytes: int = MAX_FRAME_BYTES, max_garbage_bytes: int = MAX_GARBAGE_BYTES
    ) -> None:
        self.max_frame_bytes = max_frame_bytes
        self.max_garbage_bytes = max_garbage_bytes
        self.garbage_bytes = 0
        self.abandoned_frames = 0
        self._buffer = bytearray()
        self._gap_bytes = 0
        self._is_inside = False
        self._may_swallow_cr = False
        self._failure: MllpError | None = None

    @property
    def pending_bytes(self) -> int:
        """How much of an unfinished frame is held."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the frames that these bytes complete, in order; an `MllpError` carries those before it."""
        if self._failure:
            raise type(self._failure)(self._failure.message_zh)
        frames: list[bytes] = []
        position = 0
        while position < len(data):
            if self._is_inside:
                position = self._read_content(data, position, frames)
            else:
                position = self._skip_to_start(data, position, frames)
        return frames

    def finish(self) -> None:
        """Tell the decoder that the stream has ended; raises `MissingEnd` inside a frame."""
        if self._failure:
            raise type(self._failure)(self._failure.message_zh)
        if self._is_inside:
            self._fail(MissingEnd(f"连接在报文结束符（FS）之前断开，已收到{len(self._buffer)}字节"))

    def _read_content(self, data: bytes, position: int, frames: list[bytes]) -> int:
        end = data.find(END, position)
        stop = end if end >= 0 else len(data)
        if len(self._buffer) + stop - position > self.max_frame_bytes:
            self._fail(FrameTooLarge(f"报文超过上限{self.max_frame_bytes}字节", tuple(frames)))
        self._buffer += memoryview(data)[position:stop]
        if end < 0:
            return stop
        frames.append(self._take_frame())
        self._is_inside = False
        self._may_swallow_cr = True
        return end + 1

    def _take_frame(self) -> bytes:
        content = bytes(self._buffer)
        self._buffer = bytearray()
        restarts = list(_RESTART.finditer(content))
        if not restarts:
            return content
        self.abandoned_frames += len(restarts)
        return content[restarts[-1].end() :]

    def _skip_to_start(self, data: bytes, position: int, frames: list[bytes]) -> int:
        if self._may_swallow_cr:
            self._may_swallow_cr = False
            if data[position : position + 1] == CARRIAGE_RETURN:
                return position + 1
        start = data.find(START, position)
        stop = start if start >= 0 else len(data)
        self.garbage_bytes += stop - position
        self._gap_bytes += stop - position
        if self._gap_bytes > self.max_garbage_bytes:
            self._fail(
                TooMuchGarbage(f"报文起始符（VT）之外的字节超过{self.max_garbage_bytes}个", tuple(frames))
            )
        if start < 0:
            return stop
        self._is_inside = True
        self._gap_bytes = 0
        return start + 1

    def _fail(self, failure: MllpError) -> None:
        self._buffer = bytearray()
        self._failure = failure
        raise failure


def frame(payload: bytes) -> bytes:
    """Wrap one message for sending."""
    if END in payload:
        raise MllpError("报文内容含有FS（0x1C），无法装帧")
    return START + payload + END + CARRIAGE_RETURN
