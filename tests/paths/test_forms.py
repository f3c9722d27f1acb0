"""Every form: normal closes by itself, each abnormal answer raises its level, nothing is left untried."""

from typing import Any

import pytest

from tests.paths.harness import (
    BLOCKS_FILE,
    FormGolden,
    list_edges,
    list_golden_forms,
    list_signals,
    load_blocks,
    load_forms,
    load_golden,
    read_path,
)

FORMS = list_golden_forms()


@pytest.mark.req("S15", "S25", "S38")
@pytest.mark.parametrize(("file", "form"), FORMS)
def test_all_normal_closes_by_itself(file: str, form: str) -> None:
    golden = FormGolden(file, form)
    found = golden.judge(golden.answers())
    assert (found.level, found.errors) == (golden.spec.get("normal_level", "E0"), ()), found.findings
    assert golden.spec.get("normal_level", "E0") <= "E1"
    assert (found.missing_required, found.unknown_rules) == ((), ())
    assert found.can_auto_close


def find_mistake(golden: FormGolden, case: dict[str, Any]) -> str | None:
    """What the case says that the engine does not."""
    found = golden.judge_case(case)
    gravest = [one for one in found.findings if one.level == found.level]
    if found.errors:
        return f"答案有错：{found.errors}"
    if found.level != case["level"]:
        return f"级别是 {found.level}：{[one.prompt for one in found.findings]}"
    for name, texts in (
        ("prompt", [one.prompt for one in gravest]),
        ("advice", [one.advice for one in gravest]),
    ):
        wanted = case.get(f"{name}_contains")
        if wanted is not None and not any(str(wanted) in text for text in texts):
            return f"{name} 里没有 {wanted}：{texts}"
    if not all(one.advice for one in found.findings):
        return "有异常没有建议"
    return "异常却能自动办结" if found.level >= "E2" and found.can_auto_close else None


@pytest.mark.req("S17", "S25", "S38")
@pytest.mark.parametrize(("file", "form"), FORMS)
def test_each_case_has_its_level_and_words(file: str, form: str) -> None:
    golden = FormGolden(file, form)
    mistakes = [(case, find_mistake(golden, case)) for case in golden.cases]
    assert [(case, mistake) for case, mistake in mistakes if mistake] == []


@pytest.mark.req("S25", "S38")
@pytest.mark.parametrize(("file", "form"), FORMS)
def test_every_signal_is_raised_by_some_case(file: str, form: str) -> None:
    golden = FormGolden(file, form)
    raised = {finding.rule for case in golden.cases for finding in golden.judge_case(case).findings}
    signals = list_signals(golden.document)
    assert [text for pointer, text in signals.items() if pointer not in raised] == []


@pytest.mark.req("S25")
@pytest.mark.parametrize(("file", "form"), FORMS)
def test_every_number_is_tried_on_both_sides(file: str, form: str) -> None:
    golden = FormGolden(file, form)
    tried = [golden.answers(case.get("set")) for case in golden.cases] + [golden.answers()]
    untried = [
        (path, number, other)
        for path, number, other in sorted(list_edges(golden.document))
        if not {number, other} <= {read_path(answers, path) for answers in tried}
    ]
    assert untried == []


@pytest.mark.req("S25", "S38")
@pytest.mark.parametrize(("file", "form"), FORMS)
def test_what_is_missing_keeps_the_task_open(file: str, form: str) -> None:
    golden = FormGolden(file, form)
    listed = [one["unset"] if isinstance(one, dict) else one for one in golden.spec.get("missing", [])]
    required = [
        name
        for name in golden.judge(golden.answers()).pruned_answers
        if any(item["link_id"] == name and item.get("required") for item in golden.document["items"])
    ]
    assert listed or not required, "list at least one question whose answer must not be missing"
    for name in {*listed, *required}:
        found = golden.judge(golden.answers({name: None}))
        assert not found.can_auto_close, name
        assert not found.complete, name


@pytest.mark.req("S15")
def test_every_block_and_every_form_of_a_path_is_described() -> None:
    described = {form for _, form in FORMS}
    assert set(load_blocks()) <= {form for file, form in FORMS if file == BLOCKS_FILE}
    wanted = {
        task["form"]
        for golden in load_golden().values()
        for task in golden.get("tasks", [])
        if "form" in task
    }
    assert sorted(wanted - described) == []
    assert sorted(described - set(load_forms())) == []
