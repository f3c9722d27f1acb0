"""Invented people: plausible names, checkable ID numbers, telephones of one recognisable block."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from records.identity import Sex, compute_check_digit

# Satisfies the mobile rule; the first 9,999 numbers read 1990000xxxx. The mark of every synthetic person.
SYNTHETIC_PHONE_PREFIX = "19900"
_PHONE_BLOCK = 999_999

_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马胡朱郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢"
    "傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_COMPOUND_SURNAMES = ("欧阳", "司马", "诸葛", "上官")
_MALE_GIVEN = "伟强军勇杰涛明超刚平辉建国文斌华志林波海云龙飞鹏浩宇晨东永春生德福贵祥忠义兴旺全启家正新"
_FEMALE_GIVEN = "芳娜敏静丽艳娟霞燕玲秀英兰梅红玉凤莲珍珠琴云桂香菊翠萍月娥华清慧巧美雪洁婷欣雅淑惠爱"
# Characters outside GBK: a sender or receiver without GB18030 loses these names.
_RARE_GIVEN = ("䶮", "𬭎", "㛃")
_DOTTED_NAMES = (("阿依古丽·买买提", Sex.FEMALE), ("艾力·吐尔逊", Sex.MALE), ("卓玛·次仁", Sex.FEMALE))
_RELATIONS = (("1", "配偶"), ("20", "子"), ("30", "女"))


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """One invented person with one next of kin."""

    index: int
    name: str
    sex: Sex
    birth_date: date
    resident_id: str
    phone: str
    contact_name: str
    contact_relation: tuple[str, str]
    contact_phone: str


def is_synthetic_phone(number: str) -> bool:
    """Whether a stored number belongs to an invented person and must not be dialled."""
    return len(number) == 11 and number.startswith(SYNTHETIC_PHONE_PREFIX)


def make_phone(index: int) -> str:
    """Return the number of an index; the block repeats after 999,999."""
    return f"{SYNTHETIC_PHONE_PREFIX}{index % _PHONE_BLOCK + 1:06d}"


def make_resident_id(region: str, birth_date: date, index: int, sex: Sex) -> str:
    """Return an 18-character number of a region with the right parity and check digit."""
    first17 = f"{region}{birth_date:%Y%m%d}{index % 500 * 2 + (sex is Sex.MALE):03d}"
    return first17 + compute_check_digit(first17)


def make_person(
    rng: random.Random, *, index: int, age: int, on: date, region: str, sex: Sex | None = None
) -> SyntheticPerson:
    """Return the person of an index who is `age` years old on a day.

    Up to 180,000 people of one region have different ID numbers, because index and sequence number fix the
    day of the year: two people with one sequence never share a birthday.
    """
    name, chosen = _make_name(rng, sex)
    birth_date = _make_birth_date(index, age, on)
    relation = rng.choice(_RELATIONS) if age >= 25 else ("50", "父亲")
    surname = name[0] if relation[1] != "配偶" else rng.choice(_SURNAMES)
    pool = _FEMALE_GIVEN if relation[1] == "女" else _MALE_GIVEN
    return SyntheticPerson(
        index=index,
        name=name,
        sex=chosen,
        birth_date=birth_date,
        resident_id=make_resident_id(region, birth_date, index, chosen),
        phone=make_phone(index * 2),
        contact_name=surname + rng.choice(pool),
        contact_relation=relation,
        contact_phone=make_phone(index * 2 + 1),
    )


def _make_name(rng: random.Random, sex: Sex | None) -> tuple[str, Sex]:
    chosen = sex or rng.choice((Sex.MALE, Sex.FEMALE))
    chance = rng.random()
    if chance < 0.004:
        for name, owner in _DOTTED_NAMES:
            if owner is chosen:
                return name, chosen
    surname = rng.choice(_COMPOUND_SURNAMES) if chance < 0.01 else rng.choice(_SURNAMES)
    if 0.01 <= chance < 0.013:
        return surname + rng.choice(_RARE_GIVEN), chosen
    pool = _MALE_GIVEN if chosen is Sex.MALE else _FEMALE_GIVEN
    given = "".join(rng.choice(pool) for _ in range(1 if rng.random() < 0.2 else 2))
    return surname + given, chosen


def _make_birth_date(index: int, age: int, on: date) -> date:
    # 97 is prime to 365, so people with one sequence number (index % 500) walk through the whole year.
    day_of_year = (index // 500 * 97 + index % 500 * 13) % 365
    birthday = date(2001, 1, 1) + timedelta(days=day_of_year)
    is_still_to_come = (birthday.month, birthday.day) > (on.month, on.day)
    return birthday.replace(year=on.year - age - is_still_to_come)
