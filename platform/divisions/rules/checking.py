"""What a list must satisfy before it is stored: alone, and together with what is stored already.

(county, township, village) names are a key in the whole 2023 list, so a name twice under one parent is a slip of
whoever wrote the list.
"""

import itertools
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from divisions.codes import level_of, parent_of
from divisions.enums import DivisionKind, DivisionLevel
from divisions.rules.kinds import KIND_WORDS, kind_of
from divisions.rules.rows import DivisionRow, Problem, StoredRow, problem_at

MAX_PROBLEMS = 200
_MAX_NAME = 100
# Controls and separators; private use stays: rare characters of village names have nothing else.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def check_rows(
    rows: Sequence[DivisionRow],
    stored: Mapping[str, StoredRow],
    *,
    as_of: date,
    today: date,
    county: str | None = None,
) -> list[Problem]:
    """What is wrong with a list dated `as_of`, by line, at most MAX_PROBLEMS.

    `stored` holds whatever the list names; for a `county` (12 digits) all of it, and then nothing outside it may be
    in the list and nothing that stays may lose its parent.
    """
    check = _Check(rows, stored, as_of, today, county)
    found = list(itertools.islice(check.run(), MAX_PROBLEMS))
    return sorted(found, key=lambda problem: problem.line)


@dataclass(slots=True)
class _Check:
    rows: Sequence[DivisionRow]
    stored: Mapping[str, StoredRow]
    as_of: date
    today: date
    county: str | None
    first: dict[str, DivisionRow] = field(default_factory=dict)
    # What would be stored afterwards: a row that is newer than the list stays as it is.
    after: dict[str, DivisionRow | StoredRow] = field(default_factory=dict)

    def run(self) -> Iterator[Problem]:
        if not self.rows:
            yield problem_at(1, "", "empty", "清单中没有任何数据行；请在表头之后每行填写一个区划")
        if self.as_of > self.today:
            yield problem_at(0, "as_of", "date_in_future", "清单日期晚于今天；请填写清单的实际日期")
        self.after = dict(self.stored)
        for row in self.rows:
            before = self.first.setdefault(row.code, row)
            if before is not row:
                yield problem_at(
                    row.line, "code", "duplicate_code",
                    f"代码 {row.code} 与第 {before.line} 行重复；请只保留一行，拆分出的多个新代码用“;”写在同一行",
                )  # fmt: skip
            old = self.stored.get(row.code)
            if old is None or old.as_of <= self.as_of:
                self.after[row.code] = row
        circles, endless = self._parent_circles(), self._find_endless()
        for row in self.rows:
            yield from self._check_row(row, circles, endless)
        yield from self._check_names()
        yield from self._check_children()

    def _check_row(
        self, row: DivisionRow, circles: frozenset[str], endless: frozenset[str]
    ) -> Iterator[Problem]:
        if not row.name.strip():
            yield problem_at(row.line, "name", "no_name", f"代码 {row.code} 没有名称；请补上名称")
        elif len(row.name) > _MAX_NAME or not _INVISIBLE.isdisjoint(map(unicodedata.category, row.name)):
            yield problem_at(
                row.line, "name", "bad_name",
                f"代码 {row.code} 的名称超过 {_MAX_NAME} 个字或含有不可见字符；请改正",
            )  # fmt: skip
        if self.county is not None and row.code[:6] != self.county[:6]:
            yield problem_at(
                row.line, "code", "outside_county",
                f"代码 {row.code} 不在本县（{self.county[:6]}）之内；请删去这一行",
            )  # fmt: skip
            return
        if self.county is not None and row.code == self.county:
            known = self.stored.get(row.code)
            if known is None or known.name != row.name or row.valid_to is not None:
                yield problem_at(
                    row.line, "name", "county_row",
                    "县本身的名称和起止日期由平台维护；请删去这一行，或照原样填写",
                )  # fmt: skip
            return
        yield from self._check_kind(row)
        yield from self._check_parent(row, circles)
        yield from self._check_dates(row)
        yield from self._check_successors(row, endless)

    def _check_kind(self, row: DivisionRow) -> Iterator[Problem]:
        try:
            kind = kind_of(row.code)
        except ValueError:
            yield problem_at(
                row.line, "code", "unknown_digits",
                f"代码 {row.code} 的类别号段不存在；乡级第 7–9 位、村级第 10–12 位应在 001–599 之间",
            )  # fmt: skip
            return
        if not row.type_text:
            return
        written = KIND_WORDS.get(row.type_text)
        if written is None:
            words = "、".join(each.label for each in DivisionKind)
            yield problem_at(
                row.line, "type", "unknown_type", f"不认识的类型“{row.type_text}”；可写：{words}，也可留空"
            )
        elif written != kind:
            yield problem_at(
                row.line, "type", "wrong_type",
                f"代码 {row.code} 的号段是“{kind.label}”，类型却写“{row.type_text}”；请核对代码或类型",
            )  # fmt: skip

    def _check_parent(self, row: DivisionRow, circles: frozenset[str]) -> Iterator[Problem]:
        expected = parent_of(row.code)
        if row.code in circles:
            yield problem_at(
                row.line, "parent", "parent_cycle",
                f"代码 {row.code} 的上级链绕回了自己；按代码，上级应为 {expected}",
            )  # fmt: skip
        elif row.parent_code != expected:
            yield problem_at(
                row.line, "parent", "wrong_parent",
                f"代码 {row.code} 的上级应为 {expected}，清单写的是 {row.parent_code}；请改正上级或代码",
            )  # fmt: skip
        elif expected is not None:
            parent = self.after.get(expected)
            if parent is None:
                yield problem_at(
                    row.line, "parent", "orphan",
                    f"代码 {row.code} 的上级 {expected} 不存在；请先在清单中加上它的上级",
                )  # fmt: skip
            elif parent.valid_to is not None and row.valid_to is None:
                yield problem_at(
                    row.line, "parent", "parent_ended",
                    f"{row.name}的上级{parent.name}已停用；请改用新的代码，或同时停用这一行",
                )  # fmt: skip

    def _check_dates(self, row: DivisionRow) -> Iterator[Problem]:
        if row.valid_from and row.valid_to and row.valid_from > row.valid_to:
            yield problem_at(
                row.line, "valid_to", "dates_reversed",
                f"停用日期 {row.valid_to} 早于启用日期 {row.valid_from}；请核对两个日期",
            )  # fmt: skip
        for column, day in (("valid_from", row.valid_from), ("valid_to", row.valid_to)):
            if day is not None and day > self.today:
                yield problem_at(
                    row.line, column, "date_in_future", f"日期 {day} 还没有到；请到生效之后再导入这一行"
                )

    def _check_successors(self, row: DivisionRow, endless: frozenset[str]) -> Iterator[Problem]:
        if row.successors and row.valid_to is None:
            yield problem_at(
                row.line, "valid_to", "replaced_without_end",
                f"代码 {row.code} 写了替代代码，却没有停用日期；请补上停用日期",
            )  # fmt: skip
        for code in row.successors:
            target = self.after.get(code)
            if target is None:
                yield problem_at(
                    row.line, "replaced_by", "unknown_successor",
                    f"代码 {row.code} 的替代代码 {code} 不存在；请在清单中加上它，或改正代码",
                )  # fmt: skip
            elif level_of(code) != level_of(row.code):
                yield problem_at(
                    row.line, "replaced_by", "successor_level",
                    f"代码 {row.code} 与替代代码 {code} 不是同一级；乡级由乡级接替，村级由村级接替",
                )  # fmt: skip
            elif code in endless:
                yield problem_at(
                    row.line, "replaced_by", "replaced_by_cycle",
                    f"代码 {row.code} 的替代链绕成了圈；请指明最后仍在使用的代码",
                )  # fmt: skip
            elif target.valid_to is not None and not target.successors:
                yield problem_at(
                    row.line, "replaced_by", "successor_ended",
                    f"代码 {row.code} 的替代代码 {code} 自己已停用；请指明仍在使用的代码",
                )  # fmt: skip

    def _find_endless(self) -> frozenset[str]:
        """Codes of ended divisions whose successors run in a circle. Linear: chains are peeled from their ends."""
        ahead = {
            code: {
                step for step in row.successors if (to := self.after.get(step)) and to.valid_to is not None
            }
            for code, row in self.after.items()
            if row.valid_to is not None and row.successors
        }
        behind: dict[str, list[str]] = defaultdict(list)
        for code, steps in ahead.items():
            for step in steps:
                behind[step].append(code)
        done = [code for code, steps in ahead.items() if not steps & ahead.keys()]
        left = {code: len(steps & ahead.keys()) for code, steps in ahead.items()}
        while done:
            code = done.pop()
            del left[code]
            for before in behind[code]:
                left[before] -= 1
                if left[before] == 0:
                    done.append(before)
        return frozenset(left)

    def _parent_circles(self) -> frozenset[str]:
        """Codes whose written parents lead back to themselves."""
        parents = {row.code: row.parent_code for row in self.rows}
        done: set[str] = set()
        circles: set[str] = set()
        for code in parents:
            way: list[str] = []
            place: dict[str, int] = {}
            step: str | None = code
            while step is not None and step in parents and step not in done:
                done.add(step)
                place[step] = len(way)
                way.append(step)
                step = parents[step]
            if step is not None and (at := place.get(step)) is not None:
                circles.update(way[at:])
        return frozenset(circles)

    def _check_names(self) -> Iterator[Problem]:
        present: dict[tuple[str | None, str], list[DivisionRow | StoredRow]] = defaultdict(list)
        for row in self.after.values():
            if row.valid_to is None:
                present[row.parent_code, row.name].append(row)
        for (parent, name), units in present.items():
            given = [unit for unit in units if isinstance(unit, DivisionRow)]
            if len(units) < 2 or not given:
                continue
            inside = self.after[parent].name if parent in self.after else parent or "全国"
            others = "、".join(sorted(unit.code for unit in units))
            last = max(given, key=lambda row: row.line)
            yield problem_at(
                last.line, "name", "duplicate_name",
                f"{inside}之下名称“{name}”出现 {len(units)} 次（{others}）；请改正名称，或停用其中一个",
            )  # fmt: skip

    def _check_children(self) -> Iterator[Problem]:
        """A township that ends while villages that the list does not name would stay below it."""
        left: dict[str, list[str]] = defaultdict(list)
        for row in self.after.values():
            if isinstance(row, StoredRow) and row.valid_to is None and row.parent_code is not None:
                left[row.parent_code].append(row.name)
        for row in self.first.values():
            if row.valid_to is None or level_of(row.code) != DivisionLevel.TOWNSHIP:
                continue
            names = left.get(row.code)
            if names and self.after.get(row.code) is row:
                yield problem_at(
                    row.line, "valid_to", "children_left",
                    f"{row.name}停用后，{names[0]}等 {len(names)} 个村（社区）没有上级；请在清单中一并停用",
                )  # fmt: skip
