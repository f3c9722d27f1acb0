"""Who and what the demonstration has. Institutions are named after real places; every person is invented."""

from dataclasses import dataclass

from integrations.synthetic.hospitals import DepartmentPlan, DoctorPlan, HospitalPlan, WardPlan

PASSWORD = "Jieli-2026"  # noqa: S105  printed on purpose: it opens synthetic people only
SEED = 20261101
SIGNER = "鲁大勇"  # who signs the shipped programmes in the demonstration tenants
SIGNER_LICENCE = "110420000000001"
# Left as drafts: there is something to sign, and a patient is not asked four times on leaving the hospital.
UNSIGNED = ("inpatient_general", "medical_ethics", "service_quality", "severe_mental_illness")
REVIEWED = ("medical_ethics", "service_quality")


@dataclass(frozen=True, slots=True)
class TenantPlan:
    code: str
    name: str
    kind: str
    division_code: str
    address: str  # the loopback address where `<code>.localhost` does not resolve
    hospital_code: str
    hospital_name: str
    hospital_kind: str
    hospital_division: str
    hospital: HospitalPlan
    townships: tuple[str, ...]  # division codes of the townships with a clinic of their own
    days: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Login:
    role: str
    username: str
    name: str
    title: str


BUREAU = ("zhijiang_bureau", "枝江市卫生健康局", "420583000000")
BUREAU_LOGIN = Login("bureau_admin", "weijianju", "郑建国", "基层卫生科科长")


def _department(code: str, name: str, wards: str, doctors: str, *groups: str) -> DepartmentPlan:
    """`wards` and `doctors` are written "code 名称, code 名称"."""
    ward_plans = tuple(WardPlan(*text.split()) for text in wards.split(","))
    doctor_plans = tuple(DoctorPlan(*text.split()) for text in doctors.split(","))
    return DepartmentPlan(code, name, ward_plans, doctor_plans, groups)


_ZHIJIANG = HospitalPlan(
    "ZJRMYY-HIS",
    (
        _department("0301", "心血管内科", "W31 心内一病区,W32 心内二病区", "D3101 胡志远,D3102 邓文静", "cardiology"),
        _department("0302", "内分泌科", "W33 内分泌病区", "D3301 冉海燕", "endocrinology", "rheumatology"),
        _department("0303", "神经内科", "W34 神内病区", "D3401 覃国平", "neurology"),
        _department("0304", "呼吸内科", "W35 呼吸病区", "D3501 向明亮", "respiratory"),
        _department("0401", "骨科", "W41 骨科一病区,W42 骨科二病区", "D4101 鲁大勇,D4102 汪思源", "orthopaedics"),
        _department("0402", "普外科", "W43 普外病区", "D4301 聂伟", "general_surgery", "urology"),
        _department("0305", "消化内科", "W36 消化病区", "D3601 屈小平", "gastroenterology", "general_medicine"),
        _department("0501", "妇产科", "W51 产科病区", "D5101 阮晓蓉", "obstetrics"),
    ),
    county_code="420583", province="湖北省", prefecture="宜昌市",
)  # fmt: skip
_YICHANG = HospitalPlan(
    "YCSJ-HIS",
    (
        _department("0401", "骨科", "W41 关节外科病区", "Y4101 唐立新", "orthopaedics"),
        _department("0301", "心血管内科", "W31 心内科病区", "Y3101 宋佳", "cardiology"),
    ),
    county_code="420583", province="湖北省", prefecture="宜昌市",
)  # fmt: skip

TENANTS = (
    TenantPlan(
        code="zhijiang", name="枝江市紧密型县域医共体", kind="community", division_code="420583000000",
        address="127.0.0.2", hospital_code="ZJRM", hospital_name="枝江市人民医院", hospital_kind="hospital",
        hospital_division="420583001000", hospital=_ZHIJIANG,
        townships=(
            "420583101000", "420583102000", "420583103000", "420583104000",
            "420583105000", "420583106000", "420583107000", "420583108000",
        ),
        days=30, per_day=20,
    ),
    TenantPlan(
        code="yichang", name="宜昌市示范三级医院", kind="tertiary_hospital", division_code="420500000000",
        address="127.0.0.3", hospital_code="YCSJ", hospital_name="宜昌市示范三级医院",
        hospital_kind="tertiary_hospital", hospital_division="420502000000", hospital=_YICHANG,
        townships=(), days=30, per_day=4,
    ),
)  # fmt: skip

# role → log-in, in both tenants where the tenant has such a place.
LOGINS = (
    Login("township_clinician", "xiangzhen", "刘春梅", "全科医师"),
    Login("attending_doctor", "zhuguan", "鲁大勇", "副主任医师"),
    Login("responsible_nurse", "hushi", "黄丽", "主管护师"),
    Login("head_nurse", "hushizhang", "谭秀兰", "护士长"),
    Login("follow_up_centre", "suifang", "周倩", "随访专员"),
    Login("ward_supervisor", "jiandu", "陈守正", "行风监督员"),
    Login("operations_centre", "yunying", "吴敏", "运营管理中心主任"),
    Login("hospital_it", "xinxi", "冯凯", "信息科工程师"),
    Login("tenant_admin", "guanli", "孟洁", "系统管理员"),
)

# The demonstration's clinician works here: 问安镇.
HOME_TOWNSHIP = "420583106000"
# The county seat's streets have no clinic of their own; the lead hospital's care team looks after them.
COUNTY_SEAT = "420583001000"

CLINICIAN_NAMES = ("刘春梅", "张玉兰", "王大庆", "李晓芸", "杨宏斌", "赵桂芳", "朱小军", "徐秋月", "何文涛")
VILLAGE_DOCTOR_NAMES = ("郭福生", "罗永红", "梁翠萍", "谢德华", "韩秀英", "唐明贵", "曾凡珍", "彭家乐")
