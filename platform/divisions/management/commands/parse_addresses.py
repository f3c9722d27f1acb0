"""Reads addresses from standard input, one a line; writes one JSON object a line, at once."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from divisions.parser import DivisionRef, UnknownHomeCounty, load_gazetteer, parse_address
from divisions.parser.address import find_home

# The parser reads the first 200 characters; a line of any length takes no more memory than this.
_MAX_LINE_BYTES = 64 * 1024


class Command(BaseCommand):
    help = "逐行解析地址：标准输入每行一个地址，标准输出每行一个 JSON"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--home", help="本县代码，如 420583；不给则不按本县理解")

    def handle(self, *args: Any, **options: Any) -> None:
        gazetteer = load_gazetteer()
        home: str | None = options["home"]
        try:
            find_home(home, gazetteer)
        except UnknownHomeCounty as error:
            raise CommandError(str(error)) from error
        for line in _lines(sys.stdin.buffer):
            parsed = parse_address(_decode(line), home, gazetteer)
            answer = {
                "county": _shape(parsed.county),
                "township": _shape(parsed.township),
                "village": _shape(parsed.village),
                "confidence": parsed.confidence,
                "evidence": parsed.evidence,
                "candidates": [_shape(ref) for ref in parsed.candidates],
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            self.stdout.flush()


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines as they come; the rest of one that is too long is passed over."""
    while line := stream.readline(_MAX_LINE_BYTES):
        tail = line
        while not tail.endswith(b"\n") and (tail := stream.readline(_MAX_LINE_BYTES)):
            pass
        yield line.rstrip(b"\r\n")


def _decode(line: bytes) -> str:
    """UTF-8, else GB18030 as a bureau's own list may be; bytes that are neither stay unread."""
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("gb18030", errors="replace")


def _shape(ref: DivisionRef | None) -> dict[str, str] | None:
    return {"code": ref.code, "name": ref.name} if ref is not None else None
