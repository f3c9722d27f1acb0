r"""The delimiters of one message and the escapes that stand for them (HL7 v2.8.2 chapter 2.5 and 2.7)."""

import re
from dataclasses import dataclass

_HEX_RUN = re.compile(r"X((?:[0-9A-Fa-f]{2})+)")
_FORMATTING = re.compile(r"\.(?:br|sp)(?:\+?(\d{1,3}))?")
# Highlighting and paragraph commands carry no text of their own.
_SILENT = re.compile(r"[HN]|\.(?:fi|nf|ce|in[+-]?\d*|ti[+-]?\d*|sk\+?\d*)")


@dataclass(frozen=True, slots=True)
class Separators:
    """MSH-1 and MSH-2; `truncation` exists from v2.7 on."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""

    @property
    def encoding_characters(self) -> str:
        """MSH-2 as it is written."""
        return f"{self.component}{self.repetition}{self.escape}{self.subcomponent}{self.truncation}"

    def escape_text(self, text: str) -> str:
        r"""Make text safe inside a component; a raw line end would end the segment: \.br\ or hex instead."""
        if text.isalnum():
            return text
        e = self.escape
        table = {
            e: f"{e}E{e}",
            self.field: f"{e}F{e}",
            self.component: f"{e}S{e}",
            self.subcomponent: f"{e}T{e}",
            self.repetition: f"{e}R{e}",
            "\n": f"{e}.br{e}",
            "\r": f"{e}X0D{e}",
        }
        return "".join(table.get(character, character) for character in text)

    def unescape_text(self, text: str, charset: str = "utf-8") -> str:
        """Undo the escapes; what is not a known escape stays as it was sent."""
        e = self.escape
        if e not in text:
            return text
        parts = text.split(e)
        out = [parts[0]]
        index = 1
        while index < len(parts):
            if index == len(parts) - 1:
                # A lone escape character opens nothing.
                out.append(e + parts[index])
                break
            meaning = self._read_escape(parts[index], charset)
            if meaning is None:
                out.append(e + parts[index])
                index += 1
                continue
            out.append(meaning + parts[index + 1])
            index += 2
        return "".join(out)

    def _read_escape(self, body: str, charset: str) -> str | None:
        match body:
            case "F":
                return self.field
            case "S":
                return self.component
            case "T":
                return self.subcomponent
            case "R":
                return self.repetition
            case "E":
                return self.escape
        if hexadecimal := _HEX_RUN.fullmatch(body):
            return bytes.fromhex(hexadecimal[1]).decode(charset, "replace")
        if formatting := _FORMATTING.fullmatch(body):
            return "\n" * max(1, int(formatting[1] or 1))
        return "" if _SILENT.fullmatch(body) else None


STANDARD = Separators()
