"""The stored list: import, reads, commands. Needs PostgreSQL."""

import io
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from divisions import selectors
from divisions.enums import ChangeKind, DivisionKind
from divisions.errors import DivisionImportRefused
from divisions.models import AdminDivision
from divisions.parser import parse_address
from divisions.rules import DivisionRow
from divisions.services import import_divisions, import_seed

pytestmark = [pytest.mark.django_db, pytest.mark.req("D2", "C17")]

COUNTY = [
    DivisionRow("420000000000", "湖北省", None),
    DivisionRow("420500000000", "宜昌市", "420000000000"),
    DivisionRow("420583000000", "枝江市", "420500000000"),
    DivisionRow("420583104000", "董市镇", "420583000000"),
    DivisionRow("420583104204", "曹店村村民委员会", "420583104000"),
]
DAY = date(2024, 1, 1)
LATER = date(2025, 1, 1)


@pytest.fixture(autouse=True)
def _empty_list(db: None) -> None:
    """The session's database holds the seed already; each test starts without it and is rolled back."""
    AdminDivision.objects.all().delete()


def test_seed_loads_by_few_statements_and_only_once() -> None:
    with CaptureQueriesContext(connection) as asked:
        first = import_seed("hubei")
    again = import_seed("hubei")
    assert first.counts[ChangeKind.ADDED] == first.written == AdminDivision.objects.count() == 31_880
    assert (again.counts[ChangeKind.UNCHANGED], again.written) == (31_880, 0)
    # Set-based: the number does not grow with the 31,880 rows.
    assert len(asked) <= 12


def test_rename_and_end() -> None:
    import_divisions(rows=COUNTY, source="种子", as_of=DAY)
    changed = [
        DivisionRow("420583104000", "董市街道", "420583000000"),
        COUNTY[4]._replace(valid_to=LATER, replaced_by="420583104205"),
        DivisionRow("420583104205", "曹店新村村民委员会", "420583104000"),
    ]
    report = import_divisions(rows=changed, source="民政", as_of=LATER)
    assert {kind.value: count for kind, count in report.counts.items() if count} == {
        "added": 1, "renamed": 1, "ended": 1
    }  # fmt: skip
    assert [row.code for row in selectors.children_of("420583104")] == ["420583104205"]
    ended = selectors.get_division("420583104204")
    assert ended is not None
    assert ended.replaced_by == "420583104205"


def test_older_list_overrides_nothing() -> None:
    import_divisions(rows=[*COUNTY[:3], COUNTY[3]._replace(name="董市街道")], source="民政", as_of=LATER)
    report = import_divisions(rows=COUNTY, source="种子", as_of=DAY)
    assert (report.counts[ChangeKind.ADDED], report.counts[ChangeKind.KEPT], report.written) == (1, 4, 1)
    assert selectors.path_names("420583104204") == (
        "湖北省",
        "宜昌市",
        "枝江市",
        "董市街道",
        "曹店村村民委员会",
    )


def test_refused_list_writes_nothing() -> None:
    rows = [*COUNTY, DivisionRow("420583109201", "无镇村", "420583109000")]
    with pytest.raises(DivisionImportRefused) as refused:
        import_divisions(rows=rows, source="种子", as_of=DAY)
    assert "420583109000 不存在" in refused.value.errors[0].message
    assert not AdminDivision.objects.exists()


def test_reads() -> None:
    import_divisions(rows=COUNTY, source="种子", as_of=DAY)
    assert [row.name for row in selectors.children_of(None)] == ["湖北省"]
    assert [row.name for row in selectors.divisions_inside("420583104")] == ["董市镇", "曹店村村民委员会"]
    town = selectors.get_division("420583104")
    assert town is not None
    assert (town.short, town.level, town.kind, town.parent_code) == (
        "董市",
        4,
        DivisionKind.TOWN,
        "420583000000",
    )
    assert selectors.get_division("420583999") is None


def test_gazetteer_from_stored_rows(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    import_divisions(rows=COUNTY, source="种子", as_of=DAY)
    with django_assert_num_queries(2):
        gazetteer = selectors.build_gazetteer(["420583"])
    assert parse_address("董市镇曹店村3组", "420583", gazetteer).deepest_code == "420583104204"


def test_import_command_reads_a_csv(tmp_path: Path) -> None:
    import_divisions(rows=COUNTY, source="种子", as_of=DAY)
    path = tmp_path / "list.csv"
    path.write_text("\ufeffcode,name\n420583105,仙女镇\n420583105201,金山村村民委员会\n", encoding="utf-8")
    out = io.StringIO()
    call_command("import_divisions", file=path, source="公卫", as_of=DAY, stdout=out)
    assert "新增 2" in out.getvalue()
    path.write_text("code,name\n42058310,仙女镇\n", encoding="utf-8")
    with pytest.raises(CommandError, match="第 2 行"):
        call_command("import_divisions", file=path, source="公卫", as_of=DAY)
