from django.db.models import TextChoices


class InstitutionKind(TextChoices):
    HOSPITAL = "hospital", "县级医院"
    TERTIARY_HOSPITAL = "tertiary_hospital", "三级医院"
    TOWNSHIP_CLINIC = "township_clinic", "乡镇卫生院"
    VILLAGE_CLINIC = "village_clinic", "村卫生室"


class DepartmentKind(TextChoices):
    CLINICAL = "clinical", "临床科室"
    PUBLIC_HEALTH = "public_health", "公共卫生科"
    FOLLOW_UP_CENTRE = "follow_up_centre", "随访中心"


class WardKind(TextChoices):
    INPATIENT = "inpatient", "病区"
    CARE_TEAM = "care_team", "家庭医生团队"
    CALL_DESK = "call_desk", "随访坐席"
