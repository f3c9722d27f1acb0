from followup.transfers.rules import answer_lines

DOCUMENT = {
    "items": [
        {"link_id": "wound", "text": "伤口怎么样？", "type": "single",
         "options": [{"value": "red", "label": "红肿"}, {"value": "good", "label": "干燥"}]},
        {"link_id": "group", "text": "血压", "type": "group", "items": [
            {"link_id": "sbp", "text": "收缩压", "type": "number", "unit": "mmHg"},
            {"link_id": "signs", "text": "症状", "type": "multiple", "options": [{"value": "a", "label": "头晕"}]},
        ]},
        {"link_id": "fever", "text": "是否发热？", "type": "boolean"},
        {"link_id": "remark", "text": "其他", "type": "text"},
    ]
}  # fmt: skip


def test_answers_in_words_and_in_the_order_of_the_form() -> None:
    answers = {"fever": False, "sbp": 150, "signs": ["a", "b"], "wound": "red", "remark": "", "gone": "x"}
    assert answer_lines(DOCUMENT, answers) == [
        {"question": "伤口怎么样？", "answer": "红肿"}, {"question": "收缩压", "answer": "150mmHg"},
        {"question": "症状", "answer": "头晕、b"}, {"question": "是否发热？", "answer": "否"},
    ]  # fmt: skip


def test_a_task_without_a_form() -> None:
    assert answer_lines({}, {}) == []
