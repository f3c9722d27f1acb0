"""PID, NK1 and MRG to the patient, the contacts and the merge."""

import re

from integrations.hl7v2.errors import HL7Error
from integrations.hl7v2.mapper.codes import (
    ADDRESS_KINDS,
    IDENTIFIER_OIDS,
    IDENTIFIER_TYPES,
    NO_ID_WORDS,
    RELATIONS,
    SEXES,
)
from integrations.hl7v2.mapper.reading import Reading, join_name
from integrations.hl7v2.reader import Field, Repetition, Segment
from integrations.intake.contracts import (
    AddressData,
    AddressKind,
    ContactData,
    IdentifierData,
    IdentifierKind,
    MergeData,
    Owner,
    PatientData,
    PatientSex,
    PhoneData,
)

_RESIDENT_ID_SHAPE = re.compile(r"\d{17}[0-9Xx]")
_HAN = re.compile("[\u3400-\u9fff]")
_TOWNSHIP_END = re.compile("(?:镇|乡|街道|办事处|街办|农场|林场|开发区|管理区|苏木)$")


def map_patient(reading: Reading) -> PatientData | None:
    """Return the patient of the message, None when there is no PID."""
    pid = reading.message.get("PID")
    if pid is None:
        return None
    identifiers = _read_identifiers(pid.field(3), reading)
    local = _choose_local_id(identifiers, pid)
    contacts, contact_phones, contact_addresses = _read_next_of_kin(reading)
    deceased_at = reading.read_time(pid, 29)
    return PatientData(
        local_id=local.value,
        authority=local.authority,
        name=_read_name(pid.field(5)),
        sex=_read_sex(pid, reading),
        birth_date=reading.read_date(pid, 7),
        resident_id_text=_read_resident_id(identifiers, pid, reading),
        identifiers=tuple(identifiers),
        phones=(*_read_phones(pid.field(13)), *_read_phones(pid.field(14)), *contact_phones),
        contacts=contacts,
        addresses=(*_read_addresses(pid.field(11)), *contact_addresses),
        deceased_at=deceased_at,
        # A time that cannot be read (00000000 is a common filler) is no evidence of a death.
        is_deceased=pid.value(30).upper() in {"Y", "1", "是"} or deceased_at is not None,
    )


def map_merge(reading: Reading) -> MergeData:
    """Return what MRG retires; several pairs in one message are refused, so that none is lost silently."""
    found = reading.message.segments("MRG")
    if not found:
        raise HL7Error("missing_segment", "合并报文缺少MRG段（被合并的患者）", segment="MRG", condition=100)
    if len(found) > 1:
        raise HL7Error(
            "several_merges",
            "一条合并报文只能有一个MRG段，请按每对患者分别发送",
            segment="MRG",
            segment_no=found[1].number,
        )
    mrg = found[0]
    identifiers = _read_identifiers(mrg.field(1), reading)
    local = _choose_local_id(identifiers, None)
    return MergeData(
        retired_local_id=local.value,
        retired_authority=local.authority,
        retired_identifiers=tuple(identifiers),
        retired_visit_no=mrg.value(5) or mrg.value(3),
        retired_name=_read_name(mrg.field(7)),
    )


def _read_identifiers(field: Field, reading: Reading) -> list[IdentifierData]:
    found = []
    for repetition in field.repetitions():
        value = repetition.component(1).strip()
        if not value:
            continue
        type_code = repetition.component(5).strip()
        # CX.4 is name & OID & "ISO"; senders without the first part put the OID where the name belongs.
        authority, oid = repetition.component(4).strip(), repetition.component(4, 2).strip()
        kind = (
            IDENTIFIER_OIDS.get(oid)
            or IDENTIFIER_OIDS.get(authority)
            or reading.profile.identifier_types.get(type_code)
            or IDENTIFIER_TYPES.get(type_code.upper())
        )
        if kind is None:
            looks_like_id = _RESIDENT_ID_SHAPE.fullmatch(value)
            kind = IdentifierKind.RESIDENT_ID if looks_like_id else IdentifierKind.OTHER
        found.append(IdentifierData(kind, value, authority or oid, type_code))
    return found


def _choose_local_id(identifiers: list[IdentifierData], pid: Segment | None) -> IdentifierData:
    """Return the record number: typed as one, else the first number that is not an ID card, else PID-2."""
    for kind in (IdentifierKind.MEDICAL_RECORD, IdentifierKind.OTHER):
        for identifier in identifiers:
            if identifier.kind is kind:
                return identifier
    for identifier in identifiers:
        if identifier.kind in (IdentifierKind.INPATIENT_NO, IdentifierKind.OUTPATIENT_NO):
            return identifier
    return IdentifierData(
        IdentifierKind.MEDICAL_RECORD,
        pid.value(2) if pid else "",
        pid.value(2, 4) if pid else "",
    )


def _read_resident_id(identifiers: list[IdentifierData], pid: Segment, reading: Reading) -> str:
    sent = [item.value for item in identifiers if item.kind is IdentifierKind.RESIDENT_ID]
    # PID-19 is the American social security number; here it is where the resident ID usually stands.
    if pid.value(19):
        sent.append(pid.value(19))
    for text in sent:
        if text.upper() not in NO_ID_WORDS:
            return text
        reading.warn("placeholder_id", "PID-19", "身份证号填写的是占位内容，按未提供处理")
    return ""


def _read_name(field: Field) -> str:
    """Return the legal name; among several spellings the one in Chinese characters (pinyin comes along)."""
    names = [
        (repetition, join_name(repetition.component(1), repetition.component(2), repetition.component(3)))
        for repetition in field.repetitions()
    ]
    names = [(repetition, name) for repetition, name in names if name]
    if not names:
        return ""
    # XPN.7: legal name; XPN.8: ideographic.
    return max(
        names,
        key=lambda pair: (
            bool(_HAN.search(pair[1])),
            pair[0].component(8) == "I",
            pair[0].component(7) in ("", "L"),
        ),
    )[1]


def _read_sex(pid: Segment, reading: Reading) -> PatientSex:
    code = pid.value(8).upper()
    sex = SEXES.get(code, PatientSex.UNKNOWN)
    if sex is PatientSex.UNKNOWN and code not in ("", "U", "0", "未知"):
        reading.warn("unknown_sex", "PID-8", "性别代码不认识，按未知处理")
    return sex


def _read_phones(field: Field, owner: Owner = Owner.SELF, contact_name: str = "") -> list[PhoneData]:
    found = []
    for repetition in field.repetitions():
        # XTN: 1 the number as a whole, 12 unformatted (v2.7), or 6 area code and 7 local number.
        text = repetition.component(1).strip() or repetition.component(12).strip()
        if not text and repetition.component(7).strip():
            text = f"{repetition.component(6).strip()}-{repetition.component(7).strip()}".strip("-")
        if text and repetition.component(3) not in ("Internet", "X.400", "FX"):
            found.append(PhoneData(text, owner, contact_name, repetition.component(2).strip()))
    return found


def _read_addresses(field: Field, owner: Owner = Owner.SELF, contact_name: str = "") -> list[AddressData]:
    found: list[AddressData] = []
    for repetition in field.repetitions():
        address = _read_address(repetition, not found, owner, contact_name)
        if address.text:
            found.append(address)
    return found


def _read_address(repetition: Repetition, is_first: bool, owner: Owner, contact_name: str) -> AddressData:
    # XAD.1 is SAD since v2.5: street & street name & house number.
    street_parts = [repetition.component(1, sub).strip() for sub in (1, 2, 3)]
    street = ("" if _HAN.search("".join(street_parts)) else " ").join(part for part in street_parts if part)
    other, city, province = (repetition.component(number).strip() for number in (2, 3, 4))
    district = repetition.component(9).strip()
    type_code = repetition.component(7).strip().upper()
    default = AddressKind.CURRENT if is_first else AddressKind.OTHER
    return AddressData(
        kind=ADDRESS_KINDS.get(type_code, default),
        text=_join_address(province, city, district, other, street),
        street=street,
        other_designation=other,
        district=district,
        city=city,
        province=province,
        postal_code=repetition.component(5).strip(),
        owner=owner,
        contact_name=contact_name,
    )


def _join_address(province: str, city: str, district: str, other: str, street: str) -> str:
    """Write the parts from large to small; a township in XAD.2 goes before the street, a room after it."""
    if not _HAN.search(province + city + district + other + street):
        return ", ".join(part for part in (street, other, district, city, province) if part)
    # Many desks type the whole address into the street and the system fills the parts as well.
    larger = [part for part in (province, city, district) if part and part not in street]
    if not other or other in street:
        tail = street
    else:
        tail = f"{other}{street}" if _TOWNSHIP_END.search(other) else f"{street}{other}"
    return "".join(dict.fromkeys(larger)) + tail


def _read_next_of_kin(
    reading: Reading,
) -> tuple[tuple[ContactData, ...], list[PhoneData], list[AddressData]]:
    contacts: list[ContactData] = []
    phones: list[PhoneData] = []
    addresses: list[AddressData] = []
    for nk1 in reading.message.segments("NK1"):
        name = _read_name(nk1.field(2))
        relation = nk1.field(3).repetition(1)
        code, text = relation.component(1).strip(), relation.component(2).strip()
        owner = RELATIONS.get(code.upper()) or RELATIONS.get(text) or _read_longer_code(code)
        if name:
            contacts.append(ContactData(name, owner, text or code))
        phones += _read_phones(nk1.field(5), owner, name) + _read_phones(nk1.field(6), owner, name)
        addresses += _read_addresses(nk1.field(4), owner, name)
    return tuple(contacts), phones, addresses


def _read_longer_code(code: str) -> Owner:
    """GB/T 4761 has two digits; the first gives the group (20 to 29 sons, 50 to 59 parents)."""
    if re.fullmatch(r"\d\d", code):
        return RELATIONS.get(code[0], Owner.OTHER)
    return Owner.OTHER
