"""The code tables of the field: HL7's own, the Chinese ones, and the words that systems send instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from integrations.hl7v2.times import SHANGHAI
from integrations.intake.contracts import (
    AddressKind,
    DiagnosisKind,
    Disposition,
    EventKind,
    IdentifierKind,
    Owner,
    PatientSex,
    VisitClass,
)

EVENT_KINDS: Mapping[str, EventKind] = {
    "ADT^A01": EventKind.ADMIT,
    "ADT^A02": EventKind.TRANSFER,
    "ADT^A03": EventKind.DISCHARGE,
    "ADT^A04": EventKind.REGISTER,
    "ADT^A05": EventKind.REGISTER,
    "ADT^A08": EventKind.UPDATE,
    "ADT^A31": EventKind.UPDATE,
    "ADT^A11": EventKind.CANCEL_ADMIT,
    "ADT^A13": EventKind.CANCEL_DISCHARGE,
    "ADT^A34": EventKind.MERGE,
    "ADT^A36": EventKind.MERGE,
    "ADT^A40": EventKind.MERGE,
    "ORU^R01": EventKind.LAB_RESULT,
}
STORED_ONLY_TYPES = frozenset({"ORM", "OMG", "OML", "RDE", "MDM", "SIU", "DFT"})

SEXES: Mapping[str, PatientSex] = {
    "M": PatientSex.MALE,
    "1": PatientSex.MALE,
    "男": PatientSex.MALE,
    "男性": PatientSex.MALE,
    "F": PatientSex.FEMALE,
    "2": PatientSex.FEMALE,
    "女": PatientSex.FEMALE,
    "女性": PatientSex.FEMALE,
    "9": PatientSex.UNSPECIFIED,
    "O": PatientSex.UNSPECIFIED,
    "A": PatientSex.UNSPECIFIED,
    "N": PatientSex.UNSPECIFIED,
}

# Standards 2.1; the OID decides before the type code, because type codes are a free choice in practice.
IDENTIFIER_OIDS: Mapping[str, IdentifierKind] = {
    "2.16.156.10011.1.2": IdentifierKind.HEALTH_RECORD,
    "2.16.156.10011.1.3": IdentifierKind.RESIDENT_ID,
    "2.16.156.10011.1.11": IdentifierKind.OUTPATIENT_NO,
    "2.16.156.10011.1.12": IdentifierKind.INPATIENT_NO,
    "2.16.156.10011.1.15": IdentifierKind.INSURANCE,
    "2.16.156.10011.1.19": IdentifierKind.HEALTH_CARD,
}
# HL7 table 0203 and its usual Chinese stand-ins.
IDENTIFIER_TYPES: Mapping[str, IdentifierKind] = {
    "MR": IdentifierKind.MEDICAL_RECORD,
    "PI": IdentifierKind.MEDICAL_RECORD,
    "PT": IdentifierKind.MEDICAL_RECORD,
    "NI": IdentifierKind.RESIDENT_ID,
    "NNCHN": IdentifierKind.RESIDENT_ID,
    "IDCARD": IdentifierKind.RESIDENT_ID,
    "SFZ": IdentifierKind.RESIDENT_ID,
    "身份证": IdentifierKind.RESIDENT_ID,
    "身份证号": IdentifierKind.RESIDENT_ID,
    "VN": IdentifierKind.INPATIENT_NO,
    "IPN": IdentifierKind.INPATIENT_NO,
    "ZYH": IdentifierKind.INPATIENT_NO,
    "住院号": IdentifierKind.INPATIENT_NO,
    "OPN": IdentifierKind.OUTPATIENT_NO,
    "MZH": IdentifierKind.OUTPATIENT_NO,
    "门诊号": IdentifierKind.OUTPATIENT_NO,
    "MI": IdentifierKind.INSURANCE,
    "SN": IdentifierKind.INSURANCE,
    "YB": IdentifierKind.INSURANCE,
    "医保号": IdentifierKind.INSURANCE,
    "HC": IdentifierKind.HEALTH_CARD,
    "JKK": IdentifierKind.HEALTH_CARD,
    "健康卡": IdentifierKind.HEALTH_CARD,
    "HR": IdentifierKind.HEALTH_RECORD,
    "PPN": IdentifierKind.PASSPORT,
    "护照": IdentifierKind.PASSPORT,
}

VISIT_CLASSES: Mapping[str, VisitClass] = {
    "I": VisitClass.INPATIENT,
    "O": VisitClass.OUTPATIENT,
    "E": VisitClass.EMERGENCY,
    "P": VisitClass.INPATIENT,
    "B": VisitClass.INPATIENT,
    "T": VisitClass.CHECKUP,
    "H": VisitClass.CHECKUP,
    "住院": VisitClass.INPATIENT,
    "门诊": VisitClass.OUTPATIENT,
    "急诊": VisitClass.EMERGENCY,
    "体检": VisitClass.CHECKUP,
}

# One digit: 离院方式 of the front page. HL7 table 0112 uses two digits with other meanings for 04 to 06, so a
# two-digit code counts only where both agree; a hospital that means otherwise gets its own profile.
DISPOSITIONS: Mapping[str, Disposition] = {
    "1": Disposition.HOME,
    "2": Disposition.TRANSFER,
    "3": Disposition.TRANSFER_COMMUNITY,
    "4": Disposition.AGAINST_ADVICE,
    "5": Disposition.DIED,
    "9": Disposition.OTHER,
    "01": Disposition.HOME,
    "02": Disposition.TRANSFER,
    "07": Disposition.AGAINST_ADVICE,
    "20": Disposition.DIED,
    "40": Disposition.DIED,
    "41": Disposition.DIED,
    "42": Disposition.DIED,
}
# In this order: 非医嘱离院 contains 医嘱离院, and a death must never be read as anything else.
DISPOSITION_WORDS: tuple[tuple[str, Disposition], ...] = (
    ("死亡", Disposition.DIED),
    ("非医嘱", Disposition.AGAINST_ADVICE),
    ("自动出院", Disposition.AGAINST_ADVICE),
    ("社区", Disposition.TRANSFER_COMMUNITY),
    ("乡镇", Disposition.TRANSFER_COMMUNITY),
    ("转院", Disposition.TRANSFER),
    ("医嘱离院", Disposition.HOME),
    ("治愈", Disposition.HOME),
    ("好转", Disposition.HOME),
)

ADDRESS_KINDS: Mapping[str, AddressKind] = {
    "H": AddressKind.CURRENT,
    "C": AddressKind.TEMPORARY,
    "L": AddressKind.REGISTERED,
    "P": AddressKind.REGISTERED,
    "RH": AddressKind.REGISTERED,
    "B": AddressKind.WORK,
    "O": AddressKind.WORK,
    "现住址": AddressKind.CURRENT,
    "户籍": AddressKind.REGISTERED,
    "户口地址": AddressKind.REGISTERED,
}

# HL7 table 0063, GB/T 4761 (first digit) and the words.
RELATIONS: Mapping[str, Owner] = {
    "SEL": Owner.SELF,
    "SELF": Owner.SELF,
    "0": Owner.SELF,
    "本人": Owner.SELF,
    "SPO": Owner.SPOUSE,
    "SPOUS": Owner.SPOUSE,
    "1": Owner.SPOUSE,
    "配偶": Owner.SPOUSE,
    "妻": Owner.SPOUSE,
    "夫": Owner.SPOUSE,
    "妻子": Owner.SPOUSE,
    "丈夫": Owner.SPOUSE,
    "CHD": Owner.CHILD,
    "SO": Owner.CHILD,
    "SON": Owner.CHILD,
    "DAU": Owner.CHILD,
    "2": Owner.CHILD,
    "3": Owner.CHILD,
    "子": Owner.CHILD,
    "女": Owner.CHILD,
    "儿子": Owner.CHILD,
    "女儿": Owner.CHILD,
    "子女": Owner.CHILD,
    "GCH": Owner.GRANDCHILD,
    "4": Owner.GRANDCHILD,
    "孙子": Owner.GRANDCHILD,
    "孙女": Owner.GRANDCHILD,
    "PAR": Owner.PARENT,
    "FTH": Owner.PARENT,
    "MTH": Owner.PARENT,
    "5": Owner.PARENT,
    "父": Owner.PARENT,
    "母": Owner.PARENT,
    "父亲": Owner.PARENT,
    "母亲": Owner.PARENT,
    "父母": Owner.PARENT,
    "GRP": Owner.GRANDPARENT,
    "6": Owner.GRANDPARENT,
    "SIB": Owner.SIBLING,
    "BRO": Owner.SIBLING,
    "SIS": Owner.SIBLING,
    "7": Owner.SIBLING,
    "兄弟": Owner.SIBLING,
    "姐妹": Owner.SIBLING,
    "GRD": Owner.GUARDIAN,
    "监护人": Owner.GUARDIAN,
}

DIAGNOSIS_KINDS: Mapping[str, DiagnosisKind] = {
    "A": DiagnosisKind.ADMISSION,
    "W": DiagnosisKind.WORKING,
    "F": DiagnosisKind.DISCHARGE,
    "D": DiagnosisKind.DISCHARGE,
    "O": DiagnosisKind.OPERATION,
    "P": DiagnosisKind.PATHOLOGY,
    "入院": DiagnosisKind.ADMISSION,
    "入院诊断": DiagnosisKind.ADMISSION,
    "出院": DiagnosisKind.DISCHARGE,
    "出院诊断": DiagnosisKind.DISCHARGE,
    "门诊": DiagnosisKind.OUTPATIENT,
    "门诊诊断": DiagnosisKind.OUTPATIENT,
    "术中诊断": DiagnosisKind.OPERATION,
    "病理诊断": DiagnosisKind.PATHOLOGY,
}

# Squeezed to letters and digits. An empty or unknown system is taken for ICD-10: most senders leave it out.
FOREIGN_CODE_SYSTEMS = frozenset({"SCT", "SNOMED", "SNOMEDCT", "I9", "I9C", "ICD9", "ICD9CM", "LN", "TCM"})

# What registration desks type into the ID field when there is none.
NO_ID_WORDS = frozenset(
    {"无", "不详", "未知", "没有", "未带", "-", "--", "/", "0", "NULL", "NONE", "NA", "N/A"}
)


@dataclass(frozen=True, slots=True)
class MappingProfile:
    """What one sender means where the standard leaves room; its tables go before the common ones."""

    zone: tzinfo = SHANGHAI
    visit_classes: Mapping[str, VisitClass] = field(default_factory=dict)
    dispositions: Mapping[str, Disposition] = field(default_factory=dict)
    identifier_types: Mapping[str, IdentifierKind] = field(default_factory=dict)
    diagnosis_kinds: Mapping[str, DiagnosisKind] = field(default_factory=dict)


COMMON_PROFILE = MappingProfile()

# ROL-3 is a table of the site: the codes and words that say 责任护士.
NURSE_ROLES = frozenset({"NURSE", "RN"})
NURSE_WORDS = ("责任护士", "主管护士", "管床护士")
