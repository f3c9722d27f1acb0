"""Reading single fields with the benefit of the doubt: the unreadable is a warning, not a lost message."""

import re
from datetime import date, datetime

from integrations.hl7v2.mapper.codes import MappingProfile
from integrations.hl7v2.reader import Message, Repetition, Segment
from integrations.hl7v2.times import parse_date, parse_timestamp
from integrations.intake.contracts import EventWarning, StaffData

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


class Reading:
    """One message being mapped, with the warnings gathered on the way."""

    __slots__ = ("message", "profile", "warnings")

    def __init__(self, message: Message, profile: MappingProfile) -> None:
        self.message = message
        self.profile = profile
        self.warnings: list[EventWarning] = []

    def warn(self, code: str, place: str, message_zh: str) -> None:
        """Note something that was kept but not understood."""
        self.warnings.append(EventWarning(code, place, message_zh))

    def read_time(self, segment: Segment | None, number: int, component: int = 1) -> datetime | None:
        """Return an instant, or None with a warning when the text is no time."""
        text = segment.value(number, component) if segment else ""
        try:
            return parse_timestamp(text, self.profile.zone)
        except ValueError as error:
            assert segment is not None
            self.warn("unreadable_time", f"{segment.name}-{number}", str(error))
            return None

    def read_date(self, segment: Segment, number: int) -> date | None:
        """Return a calendar date, or None with a warning."""
        try:
            return parse_date(segment.value(number))
        except ValueError as error:
            self.warn("unreadable_date", f"{segment.name}-{number}", str(error))
            return None


def join_name(family: str, given: str, middle: str = "") -> str:
    """Return a name in the order of its language: 张 + 三, but Donald + D + Duck."""
    if not given and not middle:
        return family.strip()
    parts = [family, given, middle] if _HAN.search(family + given) else [given, middle, family]
    separator = "" if _HAN.search(family + given) else " "
    return separator.join(part.strip() for part in parts if part.strip())


def read_staff(segment: Segment, number: int) -> StaffData:
    """Return the first XCN of a field; a lone name without a number is a name."""
    repetition = segment.field(number).repetition(1)
    staff_no = repetition.component(1).strip()
    name = join_name(repetition.component(2), repetition.component(3), repetition.component(4))
    if not name and staff_no and _HAN.search(staff_no):
        return StaffData("", staff_no)
    return StaffData(staff_no, name)


def read_code(repetition: Repetition) -> tuple[str, str, str]:
    """Return code, text and coding system of a CE/CWE; the alternate triplet stands in for an empty first."""
    first = [repetition.component(number).strip() for number in (1, 2, 3)]
    if first[0] or first[1]:
        return first[0], first[1], first[2]
    return (
        repetition.component(4).strip(),
        repetition.component(5).strip(),
        repetition.component(6).strip(),
    )
