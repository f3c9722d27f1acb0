"""Synthetic recordings."""

import io
import random
import wave


def make_wav(seconds: int = 1, *, seed: int = 1, rate: int = 8000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes(random.Random(seed).randbytes(2 * rate * seconds))
    return out.getvalue()
