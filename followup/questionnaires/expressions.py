"""The expression language of questionnaires: text to tree. Nothing is ever handed to eval().

    or      := and ("or" and)*
    and     := not ("and" not)*
    not     := "not" not | compare
    compare := sum (("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in") sum)?
    sum     := term (("+" | "-") term)*
    term    := sign (("*" | "/") sign)*
    sign    := "-" sign | primary
    primary := number | string | "true" | "false" | list | call | path | "(" or ")"

Chains of one operator are one flat node, so the tree is never deeper than DEPTH_LIMIT allows.
Twin: frontend/packages/questionnaire/src/expressions.ts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

LENGTH_LIMIT: Final = 500
DEPTH_LIMIT: Final = 20
PREVIOUS_LIMIT: Final = 9
COMPARISONS: Final = ("==", "!=", "<=", ">=", "<", ">")
FUNCTIONS: Final = ("prev", "answered", "count")
WORDS: Final = ("and", "or", "not", "in", "true", "false")

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?(?![0-9A-Za-z_.])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STRING = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_SYMBOLS = ("==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ",", ".")
_FULL_WIDTH = "（），“”‘’＝＞＜≥≤＋－×÷［］。"


class ExpressionError(ValueError):
    """The text is no expression: at which character, why, and the cure."""

    def __init__(self, position: int, message: str, cure: str) -> None:
        super().__init__(f"第 {position + 1} 个字符处：{message}。{cure}")
        self.position = position
        self.message = message
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Literal:
    value: float | str | bool


@dataclass(frozen=True, slots=True)
class ListLiteral:
    values: tuple[float | str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """An answer or a context value; `back` > 0 means so many visits ago (prev)."""

    names: tuple[str, ...]
    back: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Node


@dataclass(frozen=True, slots=True)
class Junction:
    """`and` or `or` over two or more operands."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One of COMPARISONS, or "in", or "not in"."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """first (op operand)*, left to right, of one precedence."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Answered:
    path: Path


@dataclass(frozen=True, slots=True)
class Count:
    path: Path


Node = Literal | ListLiteral | Path | Not | Negative | Junction | Comparison | Arithmetic | Answered | Count


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, string, name, symbol, end
    text: str
    position: int


def _read_tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        letter = text[position]
        if letter in " \t\r\n":
            position += 1
            continue
        if letter.isascii() and letter.isdigit():
            match = _NUMBER.match(text, position)
            if match is None:
                raise ExpressionError(position, "数字写法不对", "整数最多 15 位，小数最多 6 位，例如 38.5")
            token = _Token("number", match[0], position)
        elif match := _NAME.match(text, position):
            token = _Token("name", match[0], position)
        elif letter in "'\"":
            match = _STRING.match(text, position)
            if match is None:
                raise ExpressionError(position, "引号没有成对", "文字两边用同一种英文引号，例如 'rest'")
            token = _Token("string", match[0], position)
        else:
            symbol = next((mark for mark in _SYMBOLS if text.startswith(mark, position)), None)
            if symbol is None:
                cure = "请改成英文半角符号" if letter in _FULL_WIDTH else "请删去它"
                if letter == "=":
                    cure = "判断相等请写 =="
                raise ExpressionError(position, f"不认识的符号 {letter}", cure)
            token = _Token("symbol", symbol, position)
        yield token
        position += len(token.text)
    yield _Token("end", "", position)


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = list(_read_tokens(text))
        self.index = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.index]

    def accept(self, *texts: str) -> str | None:
        if self.token.kind in ("symbol", "name") and self.token.text in texts:
            self.index += 1
            return self.tokens[self.index - 1].text
        return None

    def expect(self, text: str) -> None:
        if self.accept(text) is None:
            raise ExpressionError(
                self.token.position, f"这里应当是 {text}", "请检查括号是否成对、逗号是否漏写"
            )

    def enter(self) -> None:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise ExpressionError(self.token.position, f"嵌套超过 {DEPTH_LIMIT} 层", "请拆成几条规则")

    def parse_all(self) -> Node:
        node = self.parse_or()
        if self.token.kind != "end":
            raise ExpressionError(
                self.token.position, f"多余的 {self.token.text}", "两个条件之间要写 and 或 or"
            )
        return node

    def parse_or(self) -> Node:
        operands = [self.parse_and()]
        while self.accept("or"):
            operands.append(self.parse_and())
        return operands[0] if len(operands) == 1 else Junction("or", tuple(operands))

    def parse_and(self) -> Node:
        operands = [self.parse_not()]
        while self.accept("and"):
            operands.append(self.parse_not())
        return operands[0] if len(operands) == 1 else Junction("and", tuple(operands))

    def parse_not(self) -> Node:
        if self.accept("not") is None:
            return self.parse_comparison()
        self.enter()
        node = Not(self.parse_not())
        self.depth -= 1
        return node

    def parse_comparison(self) -> Node:
        left = self.parse_sum()
        operator = self.accept(*COMPARISONS, "in", "not")
        if operator is None:
            return left
        if operator == "not":
            self.expect("in")
            operator = "not in"
        node = Comparison(operator, left, self.parse_sum())
        if self.token.text in COMPARISONS and self.token.kind == "symbol":
            raise ExpressionError(self.token.position, "比较不能连写", "请写成 a < b and b < c")
        return node

    def parse_sum(self) -> Node:
        first, rest = self.parse_term(), []
        while operator := self.accept("+", "-"):
            rest.append((operator, self.parse_term()))
        return Arithmetic(first, tuple(rest)) if rest else first

    def parse_term(self) -> Node:
        first, rest = self.parse_sign(), []
        while operator := self.accept("*", "/"):
            rest.append((operator, self.parse_sign()))
        return Arithmetic(first, tuple(rest)) if rest else first

    def parse_sign(self) -> Node:
        if self.accept("-") is None:
            return self.parse_primary()
        self.enter()
        node = Negative(self.parse_sign())
        self.depth -= 1
        return node

    def parse_primary(self) -> Node:
        token = self.token
        if token.kind == "number":
            self.index += 1
            return Literal(float(token.text))
        if token.kind == "string":
            self.index += 1
            return Literal(token.text[1:-1])
        if self.accept("("):
            self.enter()
            node = self.parse_or()
            self.expect(")")
            self.depth -= 1
            return node
        if self.accept("["):
            return self.parse_list()
        if word := self.accept("true", "false"):
            return Literal(word == "true")
        if token.kind == "name" and token.text not in WORDS:
            following = self.tokens[self.index + 1]
            if following.kind == "symbol" and following.text == "(":
                return self.parse_call()
            return self.parse_path()
        found = f"不该出现 {token.text}" if token.text else "没有写完"
        raise ExpressionError(token.position, found, "请补上题目编号、数字或带引号的选项值")

    def parse_list(self) -> ListLiteral:
        values: list[float | str] = []
        while True:
            token = self.token
            if token.kind == "number":
                values.append(float(token.text))
            elif token.kind == "string":
                values.append(token.text[1:-1])
            else:
                raise ExpressionError(token.position, "列表里只能写数字或文字", "例如 ['red', 'oozing']")
            self.index += 1
            if self.accept(",") is None:
                break
        self.expect("]")
        return ListLiteral(tuple(values))

    def parse_call(self) -> Node:
        token = self.token
        if token.text not in FUNCTIONS:
            raise ExpressionError(
                token.position, f"没有函数 {token.text}", "可用的函数：prev、answered、count"
            )
        if token.text == "prev":
            return self.parse_previous()
        self.index += 1
        self.expect("(")
        is_previous = self.token.text == "prev" and self.tokens[self.index + 1].text == "("
        path = self.parse_previous() if is_previous else self.parse_path()
        self.expect(")")
        return Answered(path) if token.text == "answered" else Count(path)

    def parse_previous(self) -> Path:
        self.index += 1
        self.expect("(")
        path = self.parse_path()
        back = 1
        if self.accept(","):
            text = self.token.text
            if not (len(text) == 1 and text in "123456789"):
                raise ExpressionError(self.token.position, "往前第几次要写 1 到 9", "例如 prev(sbp, 2)")
            back = int(text)
            self.index += 1
        self.expect(")")
        return Path(path.names, back)

    def parse_path(self) -> Path:
        names: list[str] = []
        while True:
            token = self.token
            if token.kind != "name" or token.text in WORDS:
                raise ExpressionError(token.position, "这里应当是题目编号", "例如 pain 或 bp.sbp")
            names.append(token.text)
            self.index += 1
            if self.accept(".") is None:
                return Path(tuple(names))


@lru_cache(maxsize=8192)
def parse_expression(text: str) -> Node:
    """Parse, or raise ExpressionError."""
    if len(text) > LENGTH_LIMIT:
        raise ExpressionError(LENGTH_LIMIT, f"超过 {LENGTH_LIMIT} 个字符", "请拆成几条规则")
    return _Parser(text).parse_all()


def list_paths(node: Node) -> Iterator[Path]:
    """Every path of a tree, each as often as it is written."""
    match node:
        case Path():
            yield node
        case Not(operand) | Negative(operand):
            yield from list_paths(operand)
        case Junction(_, operands):
            for operand in operands:
                yield from list_paths(operand)
        case Comparison(_, left, right):
            yield from list_paths(left)
            yield from list_paths(right)
        case Arithmetic(first, rest):
            yield from list_paths(first)
            for _, operand in rest:
                yield from list_paths(operand)
        case Answered(path) | Count(path):
            yield path
