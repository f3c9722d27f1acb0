"""The hospital whose discharges are invented: departments, wards, doctors, and what each treats."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WardPlan:
    """A nursing unit (PV1-3.1)."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class DoctorPlan:
    """An attending doctor (PV1-7)."""

    staff_no: str
    name: str


@dataclass(frozen=True, slots=True)
class DepartmentPlan:
    """A department (PV1-10) with the disease groups of `diseases.DISEASES` that it takes."""

    code: str
    name: str
    wards: tuple[WardPlan, ...]
    doctors: tuple[DoctorPlan, ...]
    disease_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HospitalPlan:
    """What `generate_days` needs to know; `county_code` (six digits) is where its patients live.

    Diseases of a group that no department takes do not occur, and the shares of the others grow.
    """

    facility_code: str
    departments: tuple[DepartmentPlan, ...]
    county_code: str = ""
    province: str = ""
    prefecture: str = ""


# code, name, disease groups
_DEPARTMENTS = (
    ("XN", "心血管内科", ("cardiology",)),
    ("GK", "骨科", ("orthopaedics",)),
    ("NFM", "内分泌科", ("endocrinology", "rheumatology")),
    ("SJ", "神经内科", ("neurology",)),
    ("HX", "呼吸内科", ("respiratory",)),
    ("PW", "普外科", ("general_surgery",)),
    ("EK", "儿科", ("paediatrics",)),
    ("MN", "泌尿外科", ("urology",)),
    ("XH", "消化内科", ("gastroenterology", "general_medicine")),
    ("ZL", "肿瘤科", ("oncology",)),
    ("CK", "产科", ("obstetrics",)),
    ("YK", "眼科", ("ophthalmology",)),
)
_DOCTOR_NAMES = ("周建平", "陈慧敏", "李国强", "王秀兰", "张志明", "刘春燕", "赵永生", "孙雅琴")


def make_county_hospital(
    facility_code: str, *, county_code: str = "", province: str = "", prefecture: str = ""
) -> HospitalPlan:
    """Return a county hospital with twelve departments that together take every disease."""
    departments = tuple(
        DepartmentPlan(
            code=code,
            name=name,
            wards=(WardPlan(f"{code}1", f"{name}一病区"), WardPlan(f"{code}2", f"{name}二病区")),
            doctors=tuple(
                DoctorPlan(f"{code}{number:03d}", _DOCTOR_NAMES[(place * 3 + number) % len(_DOCTOR_NAMES)])
                for number in range(1, 4)
            ),
            disease_groups=groups,
        )
        for place, (code, name, groups) in enumerate(_DEPARTMENTS)
    )
    return HospitalPlan(facility_code, departments, county_code, province, prefecture)
