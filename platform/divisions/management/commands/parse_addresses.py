"""Reads addresses from standard input, one a line; writes one JSON object a line."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from divisions.parser import DivisionRef, UnknownHomeCounty, load_gazetteer, parse_address
from divisions.parser.address import find_home


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
        for line in sys.stdin:
            text = line.rstrip("\r\n")
            parsed = parse_address(text, home, gazetteer)
            answer = {
                "text": text,
                "county": _shape(parsed.county),
                "township": _shape(parsed.township),
                "village": _shape(parsed.village),
                "confidence": parsed.confidence,
                "evidence": parsed.evidence,
                "candidates": [_shape(ref) for ref in parsed.candidates],
                "detail": parsed.detail,
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))


def _shape(ref: DivisionRef | None) -> dict[str, str] | None:
    return {"code": ref.code, "name": ref.name} if ref is not None else None
