"""What the invented patients suffer from, and which follow-up programmes that calls for.

Codes have the shape of the national clinical version (国临版); stems and triggers are those of the 34
follow-up paths of the product. The shares are a guess at a county hospital.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.intake.codes import normalise_icd9cm3, normalise_icd10
from records.identity import Sex


@dataclass(frozen=True, slots=True)
class Coded:
    """A code with its Chinese name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Disease:
    """A main discharge diagnosis; `weight` is its share in percent of a hospital that takes all groups."""

    diagnosis: Coded
    group: str
    weight: float
    ages: tuple[int, int]
    operation: Coded | None = None
    sex: Sex | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """The trigger of a path: any diagnosis stem, or any operation stem; `ages` are completed years."""

    slug: str
    path_no: int
    icd10: tuple[str, ...]
    icd9cm3: tuple[str, ...] = ()
    ages: tuple[int, int] = (0, 200)


_KNEE = Coded("81.5400x003", "膝关节表面置换术")
_HIP = Coded("81.5100x001", "全髋关节置换术")

DISEASES: tuple[Disease, ...] = (
    Disease(Coded("I10.x00x002", "高血压病"), "cardiology", 20, (40, 85)),
    Disease(Coded("I50.900", "心力衰竭"), "cardiology", 5, (55, 88)),
    Disease(
        Coded("I21.900", "急性心肌梗死"),
        "cardiology",
        3,
        (45, 82),
        Coded("36.0600x004", "经皮冠状动脉支架置入术"),
    ),
    Disease(Coded("I48.x00x001", "心房颤动"), "cardiology", 2, (50, 85)),
    Disease(Coded("M17.100", "单侧原发性膝关节病"), "orthopaedics", 5, (55, 82), _KNEE),
    Disease(Coded("S72.000", "股骨颈骨折"), "orthopaedics", 2, (60, 90), _HIP),
    Disease(Coded("M16.100", "单侧原发性髋关节病"), "orthopaedics", 1, (50, 80), _HIP),
    Disease(Coded("M51.202", "腰椎间盘突出"), "orthopaedics", 3, (30, 70)),
    Disease(Coded("E11.900x001", "2型糖尿病"), "endocrinology", 8, (35, 82)),
    Disease(Coded("M10.900", "痛风"), "rheumatology", 1, (30, 75)),
    Disease(Coded("I63.900", "脑梗死"), "neurology", 8, (45, 88)),
    Disease(Coded("J44.100", "慢性阻塞性肺疾病伴急性加重"), "respiratory", 6, (50, 88)),
    Disease(Coded("J18.900", "肺炎"), "respiratory", 5, (18, 85)),
    Disease(Coded("J20.900", "急性支气管炎"), "paediatrics", 4, (1, 13)),
    Disease(
        Coded("K35.800", "急性阑尾炎"), "general_surgery", 3, (15, 65), Coded("47.0100", "腹腔镜下阑尾切除术")
    ),
    Disease(
        Coded("K80.100", "胆囊结石伴慢性胆囊炎"),
        "general_surgery",
        4,
        (25, 78),
        Coded("51.2300", "腹腔镜下胆囊切除术"),
    ),
    Disease(Coded("N20.100", "输尿管结石"), "urology", 3, (22, 70), Coded("56.0x00x007", "输尿管镜碎石术")),
    Disease(Coded("K25.400", "胃溃疡伴出血"), "gastroenterology", 3, (25, 80)),
    Disease(
        Coded("C34.100", "上叶支气管或肺恶性肿瘤"),
        "oncology",
        2,
        (45, 75),
        Coded("32.4100", "胸腔镜下肺叶切除术"),
    ),
    Disease(Coded("Z51.100", "恶性肿瘤化学治疗"), "oncology", 2, (40, 78)),
    Disease(
        Coded("O82.000", "选择性剖宫产分娩"),
        "obstetrics",
        3,
        (20, 40),
        Coded("74.1x01", "子宫下段横切口剖宫产术"),
        Sex.FEMALE,
    ),
    Disease(
        Coded("H25.900", "老年性白内障"),
        "ophthalmology",
        2,
        (58, 88),
        Coded("13.4100x001", "白内障超声乳化抽吸术"),
    ),
    # No path asks for these: the screening must leave them alone.
    Disease(Coded("A09.900", "感染性腹泻"), "general_medicine", 3, (16, 80)),
    Disease(Coded("L03.900", "蜂窝织炎"), "general_medicine", 2, (16, 80)),
)

# Further diagnoses that start no path.
HARMLESS_SECONDARIES: tuple[Coded, ...] = (
    Coded("E78.500", "高脂血症"),
    Coded("K76.000", "脂肪肝"),
    Coded("N28.101", "肾囊肿"),
    Coded("K29.500", "慢性胃炎"),
    Coded("D50.900", "缺铁性贫血"),
)
DIABETES = Coded("E11.900x001", "2型糖尿病")

PROGRAMMES: tuple[Programme, ...] = (
    Programme("myocardial_infarction", 1, ("I21", "I22", "I200"), ("0066", "3606", "3607")),
    Programme("heart_failure", 2, ("I50", "I110", "I130", "I42")),
    Programme("atrial_fibrillation", 3, ("I48",)),
    Programme("hypertension", 4, ("I10", "I11", "I12", "I13", "I15")),
    Programme("type2_diabetes", 5, ("E11", "E13", "E14")),
    Programme("ischaemic_stroke", 6, ("I63", "G45")),
    Programme("copd", 8, ("J44", "J43")),
    Programme("pneumonia", 10, ("J12", "J13", "J14", "J15", "J16", "J17", "J18"), ages=(14, 200)),
    Programme("lung_cancer_surgery", 12, ("C34",), ("323", "324", "325")),
    Programme("chemotherapy", 13, ("Z511",)),
    Programme("peptic_ulcer", 16, ("K25", "K26", "K27", "K28", "K920", "K921", "K922")),
    Programme("biliary_surgery", 19, ("K80", "K81", "K82", "K83"), ("512",)),
    Programme("day_surgery", 20, ("K35", "K36", "K37", "K40"), ("470", "530")),
    Programme("joint_replacement", 22, ("M16", "M17", "S720"), ("8151", "8152", "8153", "8154")),
    Programme("fracture", 23, ("S32", "S42", "S52", "S62", "S72", "S82"), ("793",)),
    Programme("spine_surgery", 24, ("M51", "M480"), ("8051", "810")),
    Programme("urinary_stone", 26, ("N20", "N21", "N22", "N23"), ("560", "598", "9851")),
    Programme("postpartum", 28, ("O80", "O81", "O82", "O83", "O84", "Z37"), ("73", "74")),
    Programme(
        "child_respiratory",
        30,
        ("J12", "J13", "J14", "J15", "J16", "J17", "J18", "J20", "J21"),
        ages=(0, 13),
    ),
    Programme("cataract_glaucoma", 33, ("H25", "H26", "H40"), ("134", "126")),
    Programme("rheumatic", 34, ("M10", "M05", "M06", "M32")),
)


def find_programmes(diagnoses: Iterable[str], operations: Iterable[str], age: int) -> tuple[str, ...]:
    """Return the slugs of the programmes that these codes call for: the oracle for the screening's tests.

    A programme is called for by any of its diagnoses or any of its operations, at the age on discharge.
    """
    stems10 = [normalise_icd10(code) for code in diagnoses]
    stems9 = [normalise_icd9cm3(code) for code in operations]
    return tuple(
        programme.slug
        for programme in PROGRAMMES
        if programme.ages[0] <= age <= programme.ages[1]
        and (
            any(stem.startswith(programme.icd10) for stem in stems10)
            or any(stem.startswith(programme.icd9cm3) for stem in stems9 if programme.icd9cm3)
        )
    )
