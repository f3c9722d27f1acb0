"""What a recording is, by its first bytes: the name and the type that the sender claims are not believed."""

import struct
from dataclasses import dataclass

from files.errors import NotAudio

HEAD_SIZE = 64 * 1024


@dataclass(frozen=True, slots=True)
class AudioFacts:
    content_type: str
    duration_seconds: int | None


def sniff_audio(head: bytes, *, size: int | None = None) -> AudioFacts:
    """`head`: the first bytes of the file, `size`: its length where known. Raises NotAudio."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return AudioFacts("audio/wav", _read_wav_duration(head, size))
    content_type = _find_type(head)
    if content_type is None:
        raise NotAudio.at("/file", NotAudio.code, NotAudio.title)
    return AudioFacts(content_type, None)


def _find_type(head: bytes) -> str | None:
    if head[:3] == b"ID3":
        return "audio/mpeg"
    if head[:4] == b"OggS":
        return "audio/ogg"
    if head[:6] == b"#!AMR\n" or head[:9] == b"#!AMR-WB\n":
        return "audio/amr"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "audio/webm"
    if head[4:8] == b"ftyp" and len(head) >= 12:
        return "audio/mp4"
    if len(head) >= 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return _find_frame_type(head)
    return None


def _find_frame_type(head: bytes) -> str | None:
    """MPEG audio and ADTS share the sync word; layer 0 is ADTS, and both have values that never occur."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0:
        sampling = head[2] >> 2 & 15
        return "audio/aac" if head[1] & 0xF6 == 0xF0 and sampling < 13 else None
    bitrate, sampling = head[2] >> 4, head[2] >> 2 & 3
    return "audio/mpeg" if version != 1 and bitrate != 15 and sampling != 3 else None


def _read_wav_duration(head: bytes, size: int | None) -> int | None:
    """Whole seconds, rounded; None when the header does not tell."""
    at, byte_rate = 12, 0
    while at + 8 <= len(head):
        name, length = head[at : at + 4], struct.unpack_from("<I", head, at + 4)[0]
        if name == b"fmt " and at + 20 <= len(head):
            byte_rate = struct.unpack_from("<I", head, at + 16)[0]
        if name == b"data":
            # A recorder that streams writes 0 or the maximum for a length that it did not know yet.
            present = size - at - 8 if size is not None else length
            return round(min(length or present, present) / byte_rate) if byte_rate else None
        at += 8 + length + length % 2
    return None
