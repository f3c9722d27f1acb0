"""One invented patient's messages, written out: what a hospital in Zhijiang would send."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from records.identity import compute_check_digit

FACILITY = "ZJRMYY-HIS"


def make_id(region: str, birth: str, sequence: str) -> str:
    first17 = f"{region}{birth}{sequence}"
    return first17 + compute_check_digit(first17)


@dataclass(frozen=True)
class Story:
    """A stay. `address` is PID-11.1 as the registration desk wrote it."""

    mrn: str
    visit: str
    name: str
    id_no: str
    birth: str
    sex: str
    phone: str
    address: str
    diagnosis: tuple[str, str]
    operation: tuple[str, str] | None
    department: tuple[str, str]
    ward: tuple[str, str]
    admitted: datetime
    discharged: datetime

    def _head(self, trigger: str, control_id: str, at: datetime) -> list[str]:
        stamp = f"{at:%Y%m%d%H%M%S}"
        identifiers = f"{self.mrn}^^^{FACILITY}^MR~{self.id_no}^^^&2.16.156.10011.1.3&ISO^NNCHN"
        return [
            f"MSH|^~\\&|HIS|{FACILITY}|JIELI|JIELI|{stamp}||ADT^{trigger}|{control_id}|P|2.4||||||UNICODE UTF-8",
            f"EVN|{trigger}|{stamp}",
            f"PID|1||{identifiers}||{self.name}||{self.birth}|{self.sex}|||{self.address}^^^^^^H||{self.phone}",
        ]

    def _visit(self, discharged: bool) -> str:
        fields = [""] * 46
        fields[0:2] = ["PV1", "1"]
        fields[2] = "I"
        fields[3] = f"{self.ward[0]}^^01^{self.department[0]}^^^^^{self.ward[1]}"
        fields[7] = "D4101^鲁大勇"
        fields[10] = self.department[0]
        fields[19] = self.visit
        fields[44] = f"{self.admitted:%Y%m%d%H%M%S}"
        if discharged:
            fields[36] = "1"
            fields[45] = f"{self.discharged:%Y%m%d%H%M%S}"
        return "|".join(fields)

    def admission(self, control_id: str) -> bytes:
        return _join([*self._head("A01", control_id, self.admitted), self._visit(False)])

    def discharge(self, control_id: str) -> bytes:
        lines = [*self._head("A03", control_id, self.discharged), self._visit(True)]
        lines.append(f"DG1|1|ICD10|{self.diagnosis[0]}^{self.diagnosis[1]}^I10|||F|||||||||1")
        if self.operation:
            at = self.admitted + timedelta(days=2)
            lines.append(f"PR1|1|ICD9CM3|{self.operation[0]}^{self.operation[1]}||{at:%Y%m%d%H%M%S}")
        return _join(lines)

    def cancel_discharge(self, control_id: str) -> bytes:
        at = self.discharged + timedelta(hours=2)
        return _join([*self._head("A13", control_id, at), self._visit(False)])


def _join(lines: list[str]) -> bytes:
    return ("\r".join(lines) + "\r").encode()


def make_joint_story(now: datetime, *, number: int = 1, days_ago: int = 3, name: str = "钟接力") -> Story:
    """A hip replacement, discharged some days ago, at home in 关庙山村, 问安镇."""
    discharged = now - timedelta(days=days_ago)
    return Story(
        mrn=f"JN{number:05d}", visit=f"ZY{number:06d}", name=name,
        id_no=make_id("420583", "19510306", f"{number * 2 % 999:03d}"), birth="19510306", sex="F",
        phone=f"1990000{number:04d}", address="湖北省宜昌市枝江市问安镇关庙山村3组",
        diagnosis=("M16.100", "原发性髋关节病"), operation=("81.5100x001", "全髋关节置换"),
        department=("0401", "骨科"), ward=("W41", "骨科一病区"),
        admitted=discharged - timedelta(days=8), discharged=discharged,
    )  # fmt: skip
