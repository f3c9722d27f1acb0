from django.db import models


class DivisionLevel(models.IntegerChoices):
    PROVINCE = 1, "省级"
    PREFECTURE = 2, "地级"
    COUNTY = 3, "县级"
    TOWNSHIP = 4, "乡级"
    VILLAGE = 5, "村级"


class DivisionKind(models.TextChoices):
    """What a division is, as its digits say (rules.kind_of)."""

    PROVINCE = "province", "省、自治区、直辖市"
    PREFECTURE = "prefecture", "地级市、自治州、地区、盟"
    COUNTY = "county", "县、县级市、区、旗"
    SUBDISTRICT = "subdistrict", "街道"
    TOWN = "town", "镇"
    TOWNSHIP = "township", "乡、民族乡、苏木"
    FARM = "farm", "农林场、开发区、管理区、水库"
    COMMUNITY = "community", "居委会、社区"
    VILLAGE = "village", "村委会"
    COMMUNITY_LIKE = "community_like", "类似居委会"
    VILLAGE_LIKE = "village_like", "类似村委会"


class ChangeKind(models.TextChoices):
    """What a line of a list would do to the stored division (rules.compare_rows)."""

    ADDED = "added", "新增"
    RENAMED = "renamed", "更名"
    MERGED = "merged", "合并"
    SPLIT = "split", "拆分"
    ENDED = "ended", "停用"
    UNCHANGED = "unchanged", "未变"
    KEPT = "kept", "保留较新"


class ImportState(models.TextChoices):
    PREVIEWED = "previewed", "待确认"
    APPLIED = "applied", "已生效"
    DISCARDED = "discarded", "已放弃"
