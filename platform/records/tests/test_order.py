"""Messages out of order: the time of the source decides, not that of arrival."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from kernel.models import OutboxEvent
from records.contracts import Disposition, EventKind
from records.selectors import addresses_of
from records.tests.events import (
    DIABETES,
    KNEE,
    admit,
    apply,
    apply_all,
    discharge,
    event,
    left,
    moment,
    person,
    the_person,
    the_stay,
    update,
    visit,
)

pytestmark = [pytest.mark.req("S1", "C11"), pytest.mark.usefixtures("in_alpha", "today")]


@pytest.fixture
def today(at: Any) -> Any:
    with at("2026-11-22 09:00"):
        yield


def cancel_discharge(at: str = "2026-11-20 13:00") -> Any:
    return event(EventKind.CANCEL_DISCHARGE, at, encounter=visit())


def cancel_admit(at: str = "2026-11-10 11:00") -> Any:
    return event(EventKind.CANCEL_ADMIT, at, encounter=visit())


def test_a_late_admission_does_not_reopen_but_fills_what_is_missing() -> None:
    apply(discharge(admit_at=None, ward_code="", ward_name=""))
    assert apply(admit()).events == ("encounter.changed",)
    stay = the_stay()
    assert (stay.status, stay.discharged_on) == ("discharged", date(2026, 11, 20))
    assert (stay.admitted_at, stay.ward.code) == (moment("2026-11-10 08:30"), "W41")
    assert apply(admit()).events == ()


def test_an_older_message_changes_nothing() -> None:
    apply_all(admit(), discharge())
    old = person(name="张叁", phone="13700000009", address="宜昌市西陵区", birth_date=date(1981, 1, 1))
    moved = visit(
        ward_code="W31", ward_name="心内一病区", department_code="0301", department_name="心血管内科"
    )
    assert apply(event(EventKind.TRANSFER, "2026-11-15 09:00", old, encounter=moved)).events == ()
    patient, stay = the_person(), the_stay()
    assert (patient.name, patient.birth_date, stay.ward.code) == ("张三", date(1980, 1, 1), "W41")
    assert [fact.text for fact in addresses_of(patient.pk)] == ["湖北省枝江市问安镇关庙山村三组"]
    assert patient.phones.get(superseded_at=None).last4 == "5678"


def test_an_older_discharge_after_a_newer_correction_still_discharges() -> None:
    """The A08 of the afternoon overtook the A03 of the morning."""
    apply(admit())
    corrected = update("2026-11-20 15:00", encounter=left(), diagnoses=(KNEE,))
    assert apply(corrected).events == ()
    assert apply(discharge(diagnoses=(DIABETES,))).events == ("encounter.discharged",)
    stay = the_stay()
    assert (stay.status, stay.discharged_on) == ("discharged", date(2026, 11, 20))


def test_the_first_that_is_heard_of_a_stay_may_be_a_correction() -> None:
    result = apply(update("2026-11-21 09:00", encounter=left(), diagnoses=(KNEE,)))
    assert result.events == ("encounter.discharged",)
    assert apply(discharge(diagnoses=(DIABETES,), operations=())).events == ()
    assert the_stay().main_diagnosis == "膝关节病"


def test_a_cancelled_discharge_opens_the_stay() -> None:
    apply_all(admit(), discharge())
    assert apply(cancel_discharge()).events == ("encounter.discharge_cancelled",)
    stay = the_stay()
    assert (stay.status, stay.discharged_at, stay.discharged_on, stay.age_at_discharge, stay.disposition) == (
        "open", None, None, None, "",
    )  # fmt: skip
    assert apply(cancel_discharge()).events == ()
    assert apply(discharge()).events == ()
    assert the_stay().status == "open"
    assert apply(discharge("2026-11-21 10:00", discharge_at=moment("2026-11-21 09:50"))).events == (
        "encounter.discharged",
    )
    assert the_stay().discharged_on == date(2026, 11, 21)


def test_a_cancelled_admission() -> None:
    apply(admit())
    assert apply(cancel_admit()).events == ("encounter.cancelled",)
    assert apply(cancel_admit()).events == ()
    assert apply(admit()).events == ()
    assert the_stay().status == "cancelled"
    # The same number is used again the next day.
    apply(admit("2026-11-11 08:00"))
    assert the_stay().status == "open"


def test_a_cancellation_that_comes_first_is_remembered() -> None:
    assert apply(cancel_admit()).events == ()
    assert apply(admit()).events == ()
    assert the_stay().status == "cancelled"


def test_every_order_of_arrival_ends_in_the_same_state() -> None:
    story = {
        "admit": lambda n: admit(**n),
        "discharge": lambda n: discharge(**n),
        "cancel": lambda n: event(EventKind.CANCEL_DISCHARGE, "2026-11-20 13:00", encounter=visit(**n)),
        "again": lambda n: discharge(
            "2026-11-21 10:00",
            diagnoses=(DIABETES,),
            **{**n, "discharge_at": moment("2026-11-21 09:50"), "disposition": Disposition.TRANSFER},
        ),
    }
    for at, order in enumerate(permutations(story)):
        number = f"ZY{at:03d}"
        apply_all(*(story[name]({"number": number}) for name in order))
        stay = the_stay(number)
        assert (stay.status, stay.discharged_on, stay.disposition, stay.admitted_at) == (
            "discharged", date(2026, 11, 21), "transfer", moment("2026-11-10 08:30"),
        ), order  # fmt: skip
        assert stay.main_diagnosis == "2型糖尿病", order
    assert OutboxEvent.objects.filter(type="encounter.discharged").count() >= 24
