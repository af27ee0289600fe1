# SPDX-License-Identifier: GPL-2.0-or-later
"""Small mistakes to make in C, each a change of one span of a text; pure.

They are mistakes that kernel code is reviewed for: a check that is gone or turned round, a wrong
errno, a call left out (a reference not taken or not dropped, an unwinding step skipped), a flag
ignored, a copy cut short. What they are tried on is C as the kernel writes it, not C at large: a
change that does not compile costs a moment and is told apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """Replace ``text[start:end]`` by ``new``; ``about`` says what that does."""

    start: int
    end: int
    new: str
    about: str


Operator = Callable[[str], Iterator[Edit]]


def _close(code: str, start: int) -> int:
    """Where the parenthesis that opens at ``start`` closes; -1 when it does not."""
    depth = 0
    for position in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[position], 0)
        if depth == 0:
            return position
    return -1


def _conditions(code: str) -> Iterator[tuple[int, int]]:
    """Start and end of what stands in the parentheses of each ``if`` and ``while``."""
    for found in re.finditer(r"\b(?:if|while)\s*\(", code):
        end = _close(code, found.end() - 1)
        if end > 0:
            yield found.end(), end


def negated(code: str) -> Iterator[Edit]:
    """A condition turned round."""
    for start, end in _conditions(code):
        yield Edit(start, end, f"!({code[start:end]})", "the condition is turned round")


def unchecked(code: str) -> Iterator[Edit]:
    """A condition that is never true; what it calls is not called either."""
    for start, end in _conditions(code):
        yield Edit(start, end, f"0 && ({code[start:end]})", "the check is gone")


def wrong_errno(code: str) -> Iterator[Edit]:
    """Another errno."""
    for found in re.finditer(r"-E[A-Z0-9]+\b", code):
        new = "-EPERM" if found[0] == "-EINVAL" else "-EINVAL"
        yield Edit(*found.span(), new, f"{found[0]} becomes {new}")


_STATEMENT = r"(?:(?<=[;{}:])|(?<=\)\n))\s*"


def _calls(code: str) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of each call whose value nobody wants, without its semicolon."""
    for found in re.finditer(_STATEMENT + r"(?P<name>[a-z_]\w*)\(", code):
        end = _close(code, found.end() - 1)
        if end > 0 and code[end + 1 : end + 2] == ";":
            yield found["name"], found.start("name"), end + 1


def no_call(code: str) -> Iterator[Edit]:
    """A call left out."""
    for name, start, end in _calls(code):
        yield Edit(start, end, "", f"{name}() is not called")


def called_twice(code: str) -> Iterator[Edit]:
    """A call made twice, such as a reference that is dropped twice."""
    for name, start, end in _calls(code):
        call = code[start:end]
        yield Edit(start, end, f"do {{ {call}; {call}; }} while (0)", f"{name}() is called twice")


def no_jump(code: str) -> Iterator[Edit]:
    """A goto left out."""
    for found in re.finditer(r"\bgoto (?P<label>\w+)", code):
        yield Edit(*found.span(), "", f"no jump to {found['label']}")


def no_unwinding(code: str) -> Iterator[Edit]:
    """A return where the way out goes over labels."""
    for found in re.finditer(r"\bgoto (?P<label>\w+)", code):
        yield Edit(*found.span(), "return ret", f"returns instead of going to {found['label']}")


def no_assignment(code: str) -> Iterator[Edit]:
    """A member not set."""
    pattern = _STATEMENT + r"(?P<all>(?P<name>\*?\w+(?:(?:->|\.)\w+)+) [|&+-]?= [^;{}]+);"
    for found in re.finditer(pattern, code):
        yield Edit(*found.span("all"), "", f"{found['name']} is not set")


def no_member(code: str) -> Iterator[Edit]:
    """A member of an initializer left out."""
    for found in re.finditer(r"\.(?P<name>\w+)[ \t]*= [^,{};=]+,", code):
        yield Edit(*found.span(), "", f".{found['name']} is not set")


def no_flag(code: str) -> Iterator[Edit]:
    """One of two flags ignored."""
    for found in re.finditer(r"\b(?P<one>[A-Z_]\w+) \| (?P<two>[A-Z_]\w+)\b", code):
        yield Edit(*found.span(), found["one"], f"{found['two']} is left out")
        yield Edit(*found.span(), found["two"], f"{found['one']} is left out")


_COMPARED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_LOGIC = {"&&": "||", "||": "&&", "&": "|", "|": "&"}
_ARITHMETIC = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "<<": ">>", ">>": "<<"}


def _swapped(code: str, table: dict[str, str]) -> Iterator[Edit]:
    for found in re.finditer(r"(?<=\s)(?P<sign>[<>=!&|+-]+)(?=\s)", code):
        if new := table.get(found["sign"]):
            yield Edit(*found.span(), new, f"{found['sign']} becomes {new}")


def off_by_one(code: str) -> Iterator[Edit]:
    """A comparison that is off by one, or its opposite."""
    return _swapped(code, _COMPARED)


def other_logic(code: str) -> Iterator[Edit]:
    """``and`` for ``or``, of conditions or of bits."""
    return _swapped(code, _LOGIC)


def other_arithmetic(code: str) -> Iterator[Edit]:
    """Minus for plus."""
    return _swapped(code, _ARITHMETIC)


def cut_short(code: str) -> Iterator[Edit]:
    """Half of a page for a page."""
    for found in re.finditer(r"\bPAGE_SIZE\b", code):
        yield Edit(*found.span(), "(PAGE_SIZE / 2)", "half of PAGE_SIZE")


def too_long(code: str) -> Iterator[Edit]:
    """Two pages for a page."""
    for found in re.finditer(r"\bPAGE_SIZE\b", code):
        yield Edit(*found.span(), "(PAGE_SIZE * 2)", "twice PAGE_SIZE")


def other_return(code: str) -> Iterator[Edit]:
    """Success for failure and the other way round."""
    for found in re.finditer(r"\breturn (?P<value>[^;{}]+);", code):
        value = found["value"]
        new = {"0": "-EIO", "false": "true", "true": "false"}.get(value, "0")
        yield Edit(*found.span("value"), new, f"returns {new} instead of {' '.join(value.split())}")


def no_step(code: str) -> Iterator[Edit]:
    """A counter that is not counted up or down."""
    for found in re.finditer(r"(?:(?<=[;,)]\s)|(?<=\t))(?P<name>\w+)(?:\+\+|--)(?=[;,)])", code):
        yield Edit(*found.span(), "(void)0", f"{found['name']} is not stepped")


def other_jump(code: str) -> Iterator[Edit]:
    """Out of the loop for on with it, and the other way round."""
    for found in re.finditer(r"\b(?P<jump>continue|break);", code):
        new = "break" if found["jump"] == "continue" else "continue"
        yield Edit(*found.span("jump"), new, f"{found['jump']} becomes {new}")


_NUMBER = re.compile(r"(?:(?<=\w\s=\s)|(?<=,\s)|(?<=\())\d+(?=[,;)])")


def other_number(code: str) -> Iterator[Edit]:
    """One more, where a number is what a variable starts from or a function is called with."""
    for found in _NUMBER.finditer(code):
        new = str(int(found[0]) + 1)
        yield Edit(*found.span(), new, f"{found[0]} becomes {new}")


OPERATORS: dict[str, Operator] = {
    "negated": negated,
    "unchecked": unchecked,
    "wrong-errno": wrong_errno,
    "no-call": no_call,
    "called-twice": called_twice,
    "no-jump": no_jump,
    "no-unwinding": no_unwinding,
    "no-assignment": no_assignment,
    "no-member": no_member,
    "no-flag": no_flag,
    "off-by-one": off_by_one,
    "other-logic": other_logic,
    "other-arithmetic": other_arithmetic,
    "cut-short": cut_short,
    "too-long": too_long,
    "other-return": other_return,
    "no-step": no_step,
    "other-jump": other_jump,
    "other-number": other_number,
}
