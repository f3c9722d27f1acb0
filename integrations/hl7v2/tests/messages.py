"""ADT messages whose places are those of the cast, for tests that write to the database."""

from integrations.hl7v2.tests.samples import build

ID_NO = "42058319800101001X"


def msh(trigger: str, control_id: str, at: str, *, facility: str = "HIS-ALPHA", charset: str = "") -> str:
    name = f"ADT^{trigger}" if "^" not in trigger else trigger
    tail = f"||||||{charset}" if charset else ""
    return f"MSH|^~\\&|HIS|{facility}|JIELI|{facility}|{at}||{name}|{control_id}|P|2.4{tail}"


def pid(
    mrn: str = "P001",
    name: str = "张三",
    *,
    id_no: str = ID_NO,
    birth: str = "19800101",
    sex: str = "M",
    phone: str = "13812345678",
    address: str = "湖北省枝江市问安镇关庙山村三组",
    more: str = "",
) -> str:
    identifier = f"~{id_no}^^^2.16.156.10011.1.3^NI" if id_no else ""
    home = f"{address}^^^^^CHN^H" if address else ""
    return f"PID|1||{mrn}^^^H1^MR{identifier}{more}||{name}||{birth}|{sex}|||{home}||{phone}"


def pv1(
    visit: str = "ZY001",
    *,
    kind: str = "I",
    ward: str = "W41",
    ward_name: str = "骨科一病区",
    department: str = "0401^骨科",
    admit: str = "20261110083000",
    discharge: str = "",
    disposition: str = "1^医嘱离院",
) -> str:
    fields = [""] * 46
    fields[0], fields[1], fields[2] = "PV1", "1", kind
    fields[3] = f"{ward}^301^05^H1^^^^^{ward_name}"
    fields[7], fields[10], fields[19], fields[44] = "GK001^王强", department, visit, admit
    if discharge:
        fields[36], fields[45] = disposition, discharge
    return "|".join(fields)


def dg1(seq: int, code: str, name: str, kind: str = "F", priority: str = "") -> str:
    return f"DG1|{seq}||{code}^{name}^ICD-10|||{kind}|||||||||{priority}"


def pr1(seq: int, code: str, name: str, at: str = "20261112093000") -> str:
    return f"PR1|{seq}||{code}^{name}^ICD-9-CM-3||{at}||||||GK001^王强|||1"


def adt(trigger: str, control_id: str, at: str, *lines: str, charset: str = "utf-8") -> bytes:
    """An ADT of a trigger sent (and happened) at `at`; empty lines are left out."""
    given = [line for line in lines if line]
    return build(msh(trigger, control_id, at), f"EVN|{trigger}|{at}", *given, charset=charset)


def visit_of(mrn: str) -> str:
    return f"ZY-{mrn}"


def admission(
    control_id: str = "C01", at: str = "20261110084000", *, mrn: str = "P001", visit: str = "", **person: str
) -> bytes:
    return adt("A01", control_id, at, pid(mrn, **person), pv1(visit or visit_of(mrn)))


def discharge(
    control_id: str = "C03", at: str = "20261120101400", *, mrn: str = "P001", visit: str = "", **person: str
) -> bytes:
    return adt(
        "A03", control_id, at,
        pid(mrn, **person),
        "NK1|1|李四|1^配偶||13711112222",
        pv1(visit or visit_of(mrn), discharge="20261120100000"),
        dg1(1, "M17.100", "膝关节病", priority="1"),
        dg1(2, "E11.900x001", "2型糖尿病", priority="2"),
        pr1(1, "81.5400x003", "膝关节表面置换术"),
    )  # fmt: skip
