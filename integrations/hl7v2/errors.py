"""What can be wrong with a message, in words the sender's engineer can act on."""

from enum import StrEnum


class AckCode(StrEnum):
    """MSA-1 in original mode (HL7 table 0008)."""

    ACCEPT = "AA"
    ERROR = "AE"
    REJECT = "AR"


class HL7Error(ValueError):
    """A message that cannot be used, with the place where it breaks.

    `ack_code` and `condition` (HL7 table 0357) say how to answer: AR where sending again cannot help until
    the sender's configuration changes, AE where the data of this one message is wrong.
    """

    def __init__(
        self,
        code: str,
        message_zh: str,
        *,
        segment: str = "",
        segment_no: int = 0,
        field_no: int = 0,
        ack_code: AckCode = AckCode.ERROR,
        condition: int = 102,
    ) -> None:
        self.code = code
        self.message_zh = message_zh
        self.segment = segment
        self.segment_no = segment_no
        self.field_no = field_no
        self.ack_code = ack_code
        self.condition = condition
        super().__init__(f"{self.position}：{message_zh}" if self.position else message_zh)

    @property
    def position(self) -> str:
        """`PID-7（第3段）`, or empty when the whole message is meant."""
        if not self.segment:
            return ""
        field = f"-{self.field_no}" if self.field_no else ""
        number = f"（第{self.segment_no}段）" if self.segment_no else ""
        return f"{self.segment}{field}{number}"


def reject(
    code: str, message_zh: str, *, segment: str = "", field_no: int = 0, condition: int = 100
) -> HL7Error:
    """Return the error for a message whose structure is unusable (answered AR)."""
    return HL7Error(
        code,
        message_zh,
        segment=segment,
        segment_no=1 if segment == "MSH" else 0,
        field_no=field_no,
        ack_code=AckCode.REJECT,
        condition=condition,
    )
