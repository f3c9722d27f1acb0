"""Laboratory reports: corrected ones supersede, older ones do not come back."""

from decimal import Decimal
from typing import Any

import pytest

from records.contracts import LabResultData
from records.models import LabReport
from records.tests.events import admit, apply, lab, replace, the_stay

pytestmark = [pytest.mark.req("S5", "C14"), pytest.mark.usefixtures("in_alpha", "today")]


@pytest.fixture
def today(at: Any) -> Any:
    with at("2026-11-22 09:00"):
        yield


def values() -> list[tuple[str, str]]:
    report = LabReport.objects.get(superseded_at=None)
    return list(report.results.order_by("seq").values_list("code", "value_text"))


def test_a_report_belongs_to_person_and_stay() -> None:
    apply(admit())
    result = apply(lab("2026-11-11 09:00", ("HGB", "130", "N"), ("K", "6.1", "H")))
    report = LabReport.objects.get()
    assert (report.encounter_id, report.patient_id) == (the_stay().pk, result.patient_id)
    assert (report.name, report.report_no) == ("血常规", "JY001")
    assert values() == [("HGB", "130"), ("K", "6.1")]


def test_a_report_before_the_admission_makes_no_stay_and_finds_it_later() -> None:
    given = lab("2026-11-11 09:00", ("HGB", "130", "N"))
    assert apply(given).encounter_id is None
    assert LabReport.objects.get().encounter_id is None
    apply(admit())
    apply(given)
    assert LabReport.objects.get().encounter_id == the_stay().pk


def test_a_correction_supersedes_and_the_original_does_not_come_back() -> None:
    apply(admit())
    first = lab("2026-11-11 09:00", ("HGB", "130", "N"))
    apply(first)
    apply(lab("2026-11-11 11:00", ("HGB", "103", "L"), status="C"))
    assert values() == [("HGB", "103")]
    apply(first)
    assert values() == [("HGB", "103")]
    assert LabReport.objects.count() == 2


def test_the_same_report_again_is_no_correction() -> None:
    apply(lab("2026-11-11 09:00", ("HGB", "130", "N")))
    given = lab("2026-11-11 11:00", ("HGB", "130", "N"))
    same = replace(
        given, lab_reports=(replace(given.lab_reports[0], reported_at=LabReport.objects.get().reported_at),)
    )
    apply(same)
    assert LabReport.objects.count() == 1


def test_a_withdrawn_report_is_gone() -> None:
    apply(lab("2026-11-11 09:00", ("HGB", "130", "N")))
    apply(lab("2026-11-11 11:00", status="X"))
    assert not LabReport.objects.filter(superseded_at=None).exists()


def test_panels_of_one_number_are_one_report() -> None:
    given = lab("2026-11-11 09:00", ("HGB", "130", "N"))
    panel = replace(given.lab_reports[0], name="生化", results=(LabResultData(1, "K", "钾", "4.1"),))
    apply(replace(given, lab_reports=(*given.lab_reports, panel)))
    assert values() == [("HGB", "130"), ("K", "4.1")]
    assert LabReport.objects.get().name == "血常规、生化"


def test_long_texts_and_large_numbers_are_kept() -> None:
    text = "镜下见少量炎细胞。" * 200
    lines = (
        LabResultData(1, "TXT", "描述", text),
        LabResultData(2, "CNT", "计数", "123456789012345.1234567891", Decimal("123456789012345.1234567891")),
    )
    given = lab("2026-11-11 09:00")
    apply(replace(given, lab_reports=(replace(given.lab_reports[0], results=lines),)))
    rows = LabReport.objects.get().results.order_by("seq")
    assert rows[0].value_text == text
    assert rows[1].value_num == Decimal("123456789012345.1234567891")
