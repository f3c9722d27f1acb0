"""Both engines say the same of random questionnaires and answers, and fast."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from followup.questionnaires.engine import evaluate
from followup.questionnaires.schema import validate_document
from followup.questionnaires.tests.strategies import questions
from followup.questionnaires.tests.twin import Twin


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with Twin(tmp_path_factory.mktemp("twin")) as running:
        yield running


@pytest.mark.req("S17", "S27")
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(question=questions())
def test_the_twins_agree(twin: Twin, question: dict[str, Any]) -> None:
    assert validate_document(question["document"]) == []
    mine = json.loads(json.dumps(evaluate(**question).to_dict()))
    assert twin.ask(**question)["evaluation"] == mine


@pytest.mark.req("S17", "S27")
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(question=questions())
def test_the_safety_rules_hold_for_every_form(question: dict[str, Any]) -> None:
    document = question["document"]
    found = evaluate(**question)
    if found.can_auto_close:
        assert found.level <= "E1"
        assert not found.unknown_rules
        assert not found.missing_required
        assert not found.errors
    # Pruning is a fixed point: judging what was kept shows and judges the same.
    again = evaluate(document, found.pruned_answers, question["previous"], question["context"])
    assert again.visible == found.visible
    assert again.pruned_answers == found.pruned_answers
    assert (again.level, again.score, again.findings) == (found.level, found.score, found.findings)


def make_long_form(count: int) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for index in range(count):
        item: dict[str, Any] = {"link_id": f"q{index}", "type": "scale", "text": "几分", "min": 0, "max": 10}
        item["required"] = True
        item["rules"] = [{"when": "value >= 9", "level": "E2", "prompt": "高", "advice": "请联系医生"}]
        if index:
            item["show_if"] = f"q{index - 1} >= 1 and not (q{index - 1} == 10 and patient.age < 18)"
        items.append(item)
    names = [item["link_id"] for item in items]
    return {"key": "long", "title": "长", "items": items, "score": {"method": "sum", "items": names}}


@pytest.mark.req("S17")
def test_a_hundred_questions_with_logic_are_judged_at_once(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    document, context = make_long_form(100), {"patient": {"age": 70}}
    answers = {f"q{index}": 1 + index % 9 for index in range(100)}
    assert evaluate(document, answers, None, context).complete
    begun = time.perf_counter()
    for _ in range(20):
        evaluate(document, answers, None, context)
    mine = (time.perf_counter() - begun) / 20 * 1000
    theirs = twin.ask(document=document, answers=answers, context=context, repeat=200)["milliseconds"]
    with capsys.disabled():
        print(f"\n100 items with logic: Python {mine:.2f} ms, Node {theirs:.3f} ms")  # noqa: T201
    assert mine < 50
    assert theirs < 20
