"""The shipped library: drafts for the tenant's clinicians; what they have written themselves stays."""

import copy
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from access.actor import SYSTEM
from followup.programmes.errors import InvalidProgramme
from followup.programmes.library import read_files
from followup.programmes.models import Programme, ProgrammeVersion
from followup.programmes.selectors import list_active_versions
from followup.programmes.services import load_library, loading, save_draft
from followup.programmes.tests.kit import DAY
from kernel.tenancy import bind_schema
from tests.cast import actor_named


def few(*names: str, **changes: Any) -> Any:
    """As many files as a test needs, with a change."""
    files = read_files("programmes")
    chosen = {f"programmes/{name}.yaml": copy.deepcopy(files[f"programmes/{name}.yaml"]) for name in names}
    for document in chosen.values():
        document.update(changes)
        for key in [key for key, value in document.items() if value is None]:
            del document[key]
    return lambda folder: chosen


@pytest.mark.req("S25", "C13")
def test_without_a_signer_everything_is_a_draft(in_alpha: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_library(actor=SYSTEM)
    assert set(ProgrammeVersion.objects.values_list("state", flat=True)) == {"draft"}
    assert list_active_versions() == []
    assert load_library(actor=SYSTEM) == loaded
    assert ProgrammeVersion.objects.count() == len(loaded) == Programme.objects.count()
    shelves = set(Programme.objects.exclude(specialty="").values_list("specialty", flat=True))
    assert {"骨科"} <= shelves
    # A newer library rewrites the draft that nobody here has touched, and leaves alone what somebody has.
    monkeypatch.setattr(loading, "read_files", few("hypertension", name="高血压新版"))
    assert load_library(actor=SYSTEM) == {"hypertension": loaded["hypertension"]}
    version = ProgrammeVersion.objects.get(pk=loaded["hypertension"])
    assert (version.revision, version.document["name"]) == (2, "高血压新版")
    own = {**version.document, "name": "本院高血压"}
    save_draft(
        actor=actor_named("centre"), version_id=version.pk, document=own, starts_on=DAY, expected_revision=2
    )
    monkeypatch.setattr(loading, "read_files", few("hypertension", name="再新版"))
    assert load_library(actor=SYSTEM) == {"hypertension": version.pk}
    assert load_library(actor=SYSTEM, signer_name="王主任") == {"hypertension": version.pk}
    version.refresh_from_db()
    assert (version.state, version.document["name"]) == ("draft", "本院高血压")


@pytest.mark.req("S25")
def test_a_signer_brings_drafts_to_life(in_alpha: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "read_files", few("hypertension"))
    drafts = load_library(actor=SYSTEM)
    assert load_library(actor=SYSTEM, signer_name="王主任", licence_no="110420583000001") == drafts
    version = ProgrammeVersion.objects.get(pk=drafts["hypertension"])
    assert (version.state, version.signed_by_name, version.signer_licence_no) == (
        "active",
        "王主任",
        "110420583000001",
    )


def test_a_file_without_a_source_is_refused_by_name_and_place(
    in_alpha: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        loading, "read_files", few("hypertension", "spine_surgery", source=None, licence=None)
    )
    with pytest.raises(InvalidProgramme) as caught:
        load_library(actor=SYSTEM)
    assert [(error.pointer, error.code) for error in caught.value.errors] == [
        ("programmes/hypertension.yaml#/source", "missing"),
        ("programmes/hypertension.yaml#/licence", "invalid_text"),
        ("programmes/spine_surgery.yaml#/source", "missing"),
        ("programmes/spine_surgery.yaml#/licence", "invalid_text"),
    ]
    assert caught.value.detail == (
        "programmes/hypertension.yaml#/source：缺少依据；请写出依据的指南、规范或文件，每条一行"
    )
    assert not Programme.objects.exists()


def test_the_command_loads_a_tenant(in_alpha: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "read_files", few("hypertension"))
    out = StringIO()
    call_command("load_library", "alpha", stdout=out)
    assert out.getvalue() == "alpha: 1 programmes\n"
    with bind_schema("t_alpha"):
        assert list(ProgrammeVersion.objects.values_list("state", flat=True)) == ["draft"]
    with bind_schema("t_beta"):
        assert not Programme.objects.exists()
    with pytest.raises(CommandError, match="no tenant 'gamma'"):
        call_command("load_library", "gamma")
    monkeypatch.setattr(loading, "read_files", few("hypertension", source=None))
    with pytest.raises(CommandError, match=r"programmes/hypertension.yaml#/source"):
        call_command("load_library", "alpha")
