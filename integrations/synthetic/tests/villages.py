"""A few villages in the shape of the division list, one name of which occurs in two townships."""

from integrations.synthetic.addresses import Village
from integrations.synthetic.hospitals import HospitalPlan, make_county_hospital

VILLAGES = (
    Village("420583001001", "南岗社区居委会", "马家店街道", "枝江市"),
    Village("420583001002", "民主大道社区居委会", "马家店街道", "枝江市"),
    Village("420583101200", "关庙山村委会", "问安镇", "枝江市"),
    Village("420583101201", "四岗村委会", "问安镇", "枝江市"),
    Village("420583106200", "八亩滩村委会", "百里洲镇", "枝江市"),
    Village("420583106201", "四岗村委会", "百里洲镇", "枝江市"),
)


def make_plan(facility_code: str = "HB0001") -> HospitalPlan:
    return make_county_hospital(facility_code, county_code="420583", province="湖北省", prefecture="宜昌市")
