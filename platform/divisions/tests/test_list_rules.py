"""A list as a file: what is read of it, what is wrong with it, what it would change. No database."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from divisions.codes import level_of, parent_of
from divisions.rules import (
    MAX_BYTES,
    MAX_PROBLEMS,
    MAX_ROWS,
    DivisionRow,
    StoredRow,
    check_rows,
    compare_rows,
    read_list,
)

pytestmark = pytest.mark.req("D2", "C17")

COUNTY = "420583000000"
TODAY = date(2026, 11, 20)
OLD, NEW = date(2023, 6, 30), date(2026, 1, 1)


def stored(code: str, name: str, as_of: date = OLD, **more: object) -> StoredRow:
    row = StoredRow(code, name, parent_of(code), None, None, None, (), "种子", as_of)
    return row._replace(**more)  # type: ignore[arg-type]


STORED = {
    row.code: row
    for row in (
        stored("420583000000", "枝江市"),
        stored("420583104000", "董市镇"),
        stored("420583104201", "甲村村委会"),
        stored("420583104202", "乙村村委会"),
        stored("420583104203", "丙村村委会"),
        stored("420583105000", "仙女镇"),
    )
}


def read(text: str) -> list[DivisionRow]:
    rows, problems = read_list(text.encode())
    assert problems == []
    return rows


def problems_of(text: str, known: dict[str, StoredRow] = STORED) -> list[tuple[int, str, str]]:
    rows, problems = read_list(text.encode())
    problems = problems or check_rows(rows, known, as_of=NEW, today=TODAY, county=COUNTY)
    for problem in problems:
        assert problem.pointer.startswith(f"/lines/{problem.line}")
        assert "；" in problem.message, "a problem says how to mend it"
    return [(problem.line, problem.pointer.rsplit("/", 1)[-1], problem.code) for problem in problems]


class TestReading:
    TEXT = "code,name,parent,type\n420583104,董市镇,420583,镇\n420583104201,甲村村委会,,村委会\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_encodings(self, encoding: str) -> None:
        rows, problems = read_list(self.TEXT.encode(encoding))
        assert problems == []
        assert [(row.code, row.name, row.parent_code, row.type_text, row.line) for row in rows] == [
            ("420583104000", "董市镇", "420583000000", "镇", 2),
            ("420583104201", "甲村村委会", "420583104000", "村委会", 3),
        ]

    def test_chinese_header_full_width_digits_and_written_dates(self) -> None:
        [row] = read(
            "行政区划代码,名称,停用日期,替代代码\r\n４２０５８３１０４２０１,甲村,2025年3月1日,420583104202；420583104203\r\n"
        )
        assert (row.code, row.valid_to, row.replaced_by) == ("420583104201", date(2025, 3, 1), None)
        assert row.split_into == ("420583104202", "420583104203")

    def test_a_comma_in_quotes_and_empty_lines(self) -> None:
        rows = read('code,name,replaced_by\n\n420583104201,"甲,乙村",420583104202\n,,\n')
        assert [(row.name, row.replaced_by, row.line) for row in rows] == [("甲,乙村", "420583104202", 3)]

    @pytest.mark.parametrize(
        ("raw", "line", "code"),
        [
            (TEXT.encode("utf-16"), 1, "encoding"),
            (b"code,name\n420583104,\xff\xfe\xfd\xff\n", 2, "encoding"),
            (b"code,name\n" + "420583104,董市镇".encode() * 3 + b"\xe8\x91\n", 2, "encoding"),
            (b"code,name\n\0\0\0\n", 1, "encoding"),
            (b"PK\x03\x04\0\0", 1, "encoding"),
            (b"", 1, "missing_column"),
            ("代号,名称\n1,2\n".encode(), 1, "unknown_column"),
            (b"code,code,name\n", 1, "duplicate_column"),
            (b'code,name\n420583104,"a\n', 2, "bad_csv"),
            ("code,name\n4.2E+11,董市镇\n".encode(), 2, "bad_code"),
            ("code,name\n42058310,董市镇\n".encode(), 2, "bad_code"),
            ("code,name\n,董市镇\n".encode(), 2, "no_code"),
            ("code,name,valid_to\n420583104,董市镇,2025-02-30\n".encode(), 2, "bad_date"),
            ("code,name\n420583104,董市镇,多\n".encode(), 2, "too_many_cells"),
            (f"code,name\n420583104,{'长' * 500}\n".encode(), 2, "cell_too_long"),
        ],
    )
    def test_what_cannot_be_read(self, raw: bytes, line: int, code: str) -> None:
        problems = read_list(raw)[1]
        assert (problems[0].line, problems[0].code) == (line, code)

    def test_too_many_rows_stop_the_reading(self) -> None:
        raw = b"code,name\n" + b"420583104,a\n" * (MAX_ROWS + 5)
        rows, problems = read_list(raw)
        assert len(rows) == MAX_ROWS
        assert [problem.code for problem in problems] == ["too_many_rows"]

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
    def test_no_bytes_make_it_raise(self, raw: bytes) -> None:
        for given_bytes in (raw, b"code,name,valid_to,replaced_by\n" + raw):
            rows, problems = read_list(given_bytes)
            check_rows(rows, STORED, as_of=NEW, today=TODAY, county=COUNTY)
            assert all(len(row.code) == 12 for row in rows)
            assert len(problems) <= MAX_PROBLEMS

    def test_the_worst_file_is_read_in_bounded_time(self) -> None:
        worst = [
            b"code,name\n" + b"420583104201,x\n" * (MAX_BYTES // 15),
            b"code,name\n" + b"\n" * (MAX_BYTES - 20),
            b"code,name\n" + b"," * (MAX_BYTES - 20),
            b'code,name\n"' + b"x" * (MAX_BYTES - 20),
        ]
        begin = time.process_time()
        for raw in worst:
            rows, problems = read_list(raw)
            check_rows(rows, STORED, as_of=NEW, today=TODAY, county=COUNTY)
            assert len(problems) <= MAX_PROBLEMS
        assert time.process_time() - begin < 5


class TestChecking:
    def test_a_good_list_has_no_problems(self) -> None:
        assert (
            problems_of("code,name,type\n420583,枝江市,市\n420583104,董市街道,镇\n420583104204,丁村,村\n")
            == []
        )

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("code,name\n", (1, "1", "empty")),
            ("code,name\n420583109201,无镇村\n", (2, "parent", "orphan")),
            ("code,name,parent\n420583104204,丁村,420583105\n", (2, "parent", "wrong_parent")),
            ("code,name,parent\n420583106,己镇,420583106\n", (2, "parent", "parent_cycle")),
            ("code,name\n420583104204,\n", (2, "name", "no_name")),
            ("code,name\n420583104204,甲村村委会\n", (2, "name", "duplicate_name")),
            ("code,name\n420583104700,丁村\n", (2, "code", "unknown_digits")),
            ("code,name,type\n420583104204,丁社区,社区\n", (2, "type", "wrong_type")),
            ("code,name,type\n420583104204,丁村,屯\n", (2, "type", "unknown_type")),
            ("code,name\n420881104,石牌镇\n", (2, "code", "outside_county")),
            ("code,name\n4205,宜昌市\n", (2, "code", "outside_county")),
            ("code,name\n420583,枝江区\n", (2, "name", "county_row")),
            ("code,name,valid_from,valid_to\n420583104201,甲村村委会,2025-02-01,2025-01-01\n",
             (2, "valid_to", "dates_reversed")),
            ("code,name,valid_to\n420583104201,甲村村委会,2027-01-01\n", (2, "valid_to", "date_in_future")),
            ("code,name,replaced_by\n420583104201,甲村村委会,420583104202\n", (2, "valid_to", "replaced_without_end")),
            ("code,name,valid_to,replaced_by\n420583104201,甲村村委会,2025-01-01,420583104999\n",
             (2, "replaced_by", "unknown_successor")),
            ("code,name,valid_to,replaced_by\n420583104201,甲村村委会,2025-01-01,420583105\n",
             (2, "replaced_by", "successor_level")),
            ("code,name,valid_to,replaced_by\n420583104201,甲村村委会,2025-01-01,420583104201\n",
             (2, "replaced_by", "replaced_by_cycle")),
            ("code,name,valid_to\n420583104,董市镇,2025-01-01\n", (2, "valid_to", "children_left")),
        ],
    )  # fmt: skip
    def test_one_fault(self, text: str, expected: tuple[int, str, str]) -> None:
        assert problems_of(text) == [expected]

    def test_a_code_twice(self) -> None:
        text = "code,name\n420583104204,丁村\n420583104204,戊村\n"
        assert problems_of(text) == [(3, "code", "duplicate_code")]

    def test_a_circle_of_parents_and_one_of_successors(self) -> None:
        parents = "code,name,parent\n420583106,己镇,420583107\n420583107,庚镇,420583106\n"
        assert problems_of(parents) == [(2, "parent", "parent_cycle"), (3, "parent", "parent_cycle")]
        successors = (
            "code,name,valid_to,replaced_by\n420583104201,甲村村委会,2025-01-01,420583104202\n"
            "420583104202,乙村村委会,2025-01-01,420583104203\n420583104203,丙村村委会,2025-01-01,420583104201\n"
        )
        assert problems_of(successors) == [(line, "replaced_by", "replaced_by_cycle") for line in (2, 3, 4)]

    def test_a_village_below_a_township_that_ends_in_the_same_list(self) -> None:
        text = "code,name,valid_to\n420583105,仙女镇,2025-01-01\n420583105201,新村,\n"
        assert problems_of(text) == [(3, "parent", "parent_ended")]

    def test_a_successor_that_ended_itself(self) -> None:
        known = STORED | {"420583104202": STORED["420583104202"]._replace(valid_to=OLD)}
        text = "code,name,valid_to,replaced_by\n420583104201,甲村村委会,2025-01-01,420583104202\n"
        assert problems_of(text, known) == [(2, "replaced_by", "successor_ended")]

    def test_a_list_of_tomorrow(self) -> None:
        row = DivisionRow("420583104204", "丁村", "420583104000", line=2)
        found = check_rows([row], STORED, as_of=date(2026, 11, 21), today=TODAY, county=COUNTY)
        assert [(each.line, each.code) for each in found] == [(0, "date_in_future")]

    @pytest.mark.parametrize("is_circle", [False, True])
    def test_the_longest_chain_is_walked_once(self, is_circle: bool) -> None:
        """Thousands of ended ones, each into the next; the last into a present one, or back to the first."""
        codes = [f"420583{town}{village}" for town in range(110, 125) for village in range(201, 600)]
        ends = [*codes[1:], codes[0] if is_circle else "420583104203"]
        rows = [
            DivisionRow(code, f"村{code}", parent_of(code), None, TODAY, after)
            for code, after in zip(codes, ends, strict=True)
        ]
        begin = time.process_time()
        towns = {f"420583{town}000": stored(f"420583{town}000", f"镇{town}") for town in range(110, 125)}
        found = check_rows(rows, STORED | towns, as_of=NEW, today=TODAY, county=COUNTY)
        assert time.process_time() - begin < 2
        assert {each.code for each in found} == ({"replaced_by_cycle"} if is_circle else set())

    def test_problems_are_capped(self) -> None:
        text = "code,name\n" + "".join(f"420583104{number},\n" for number in range(600, 999))
        rows, _ = read_list(text.encode())
        assert len(check_rows(rows, STORED, as_of=NEW, today=TODAY, county=COUNTY)) == MAX_PROBLEMS


class TestComparing:
    def compare(self, text: str, known: dict[str, StoredRow] = STORED) -> tuple[dict[str, int], list[object]]:
        found = compare_rows(read(text), known, as_of=NEW)
        counts = {kind.value: count for kind, count in found.counts.items() if count}
        return counts, [(each.kind.value, each.code, each.was, each.to) for each in found.changes]

    def test_every_kind(self) -> None:
        known = STORED | {"420583105201": stored("420583105201", "己村", as_of=date(2026, 5, 1))}
        counts, changes = self.compare(
            "code,name,valid_to,replaced_by\n420583104,董市街道,,\n"  # renamed
            "420583104201,甲村村委会,2025-01-01,420583104203\n"  # merged into what was there
            "420583104202,乙村村委会,2025-01-01,420583104205;420583104206\n"  # split
            "420583104203,丙村村委会,,\n420583104205,乙一村,,\n420583104206,乙二村,,\n"
            "420583105201,己村旧名,,\n",  # the stored one is newer
            known,
        )
        assert counts == {"added": 2, "renamed": 1, "merged": 1, "split": 1, "unchanged": 1, "kept": 1}
        assert changes == [
            ("renamed", "420583104000", "董市镇", ()),
            ("merged", "420583104201", "甲村村委会", ("420583104203 丙村村委会",)),
            ("split", "420583104202", "乙村村委会", ("420583104205 乙一村", "420583104206 乙二村")),
            ("added", "420583104205", "", ()),
            ("added", "420583104206", "", ()),
            ("kept", "420583105201", "己村旧名", ()),
        ]

    def test_two_into_a_new_one_is_a_merge_and_one_is_an_end(self) -> None:
        first = "420583104201,甲村村委会,2025-01-01,420583104205\n"
        text = "code,name,valid_to,replaced_by\n" + first + "{}420583104205,新村,,\n"
        assert self.compare(text.format(""))[0] == {"added": 1, "ended": 1}
        second = "420583104202,乙村村委会,2025-01-01,420583104205\n"
        assert self.compare(text.format(second))[0] == {"added": 1, "merged": 2}

    def test_what_comes_back_is_new(self) -> None:
        known = STORED | {"420583104201": STORED["420583104201"]._replace(valid_to=OLD)}
        assert self.compare("code,name\n420583104201,甲村村委会\n", known)[0] == {"added": 1}


CODES = st.sampled_from(["420583"]).flatmap(
    lambda _: st.integers(1, 40).map(
        lambda number: f"4205831{number % 9:02d}" + (f"{200 + number}" if number % 3 else "000")
    )
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda code, name, ended, to: DivisionRow(
                code, name, parent_of(code), None, date(2025, 1, 1) if ended else None, to if ended else None
            ),
            CODES, st.sampled_from("甲乙丙丁戊己庚辛"), st.booleans(), st.none() | CODES,
        ),
        max_size=25,
    )
)  # fmt: skip
def test_a_list_that_passes_leaves_a_sound_tree(rows: list[DivisionRow]) -> None:
    """Whatever the check lets through: each present unit has a present parent, and each chain of successors ends."""
    if check_rows(rows, STORED, as_of=NEW, today=TODAY, county=COUNTY):
        return
    after: dict[str, DivisionRow | StoredRow] = {**STORED, **{row.code: row for row in rows}}
    for row in after.values():
        if row.valid_to is None and level_of(row.code) > 3:
            parent = parent_of(row.code)
            assert parent is not None
            assert after[parent].valid_to is None
        step, seen = row, {row.code}
        while step.valid_to is not None and step.replaced_by:
            step = after[step.replaced_by]
            assert step.code not in seen
            seen.add(step.code)
    present = [(row.parent_code, row.name) for row in after.values() if row.valid_to is None]
    assert len(present) == len(set(present))
    counts = compare_rows(rows, STORED, as_of=NEW).counts
    assert sum(counts.values()) == len(rows)
