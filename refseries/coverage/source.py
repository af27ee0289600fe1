# SPDX-License-Identifier: GPL-2.0-or-later
"""The C of a version: what kernels are built from, and which of it looks like code; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

# What no kernel is built from.
_NOT_BUILT = re.compile(r"^(tools|Documentation|samples|scripts|usr)/")

_COMMENT = r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_DIRECTIVE = r"^[ \t]*#(?:\\\n|[^\n])*"
_BLANKED = re.compile(f"{_COMMENT}|{_DIRECTIVE}", re.S | re.M)
_CONDITIONAL = re.compile(r"^[ \t]*#[ \t]*(?P<word>if|ifdef|ifndef|elif|else|endif)\b")
# A statement that the compiler makes code of, if it sees it: a call, an assignment, a jump.
_STATEMENT = re.compile(r"[\w\])]\s*\(|[^=!<>]=[^=]|\b(?:return|goto|break|continue)\b|\+\+|--")
_DEPTH = {"{": 1, "}": -1}


def is_source(path: str) -> bool:
    """Whether a kernel can be built from this file."""
    return path.endswith((".c", ".h")) and not _NOT_BUILT.match(path)


def code_of(text: str) -> str:
    """``text`` with comments, literals and directives blanked, each character in its place."""
    return _BLANKED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def left_out(text: str, compiled: AbstractSet[int]) -> frozenset[int]:
    """Numbers of the lines that look like code and that the compiler did not see.

    It says of no line that it left it out. A function, or what stands between two preprocessor
    conditionals in one, was left out as a whole where it has statements and none of its lines
    became code.

    Args:
        text: the whole file.
        compiled: numbers of the lines that became code.
    """
    found: set[int] = set()
    for part in _parts(text):
        if not any(number in compiled for number, _ in part):
            found.update(number for number, line in part if _STATEMENT.search(line))
    return frozenset(found)


def _parts(text: str) -> Iterator[list[tuple[int, str]]]:
    """Lines inside of functions, those that are compiled together or not at all together.

    What stands behind a conditional goes on with what stands in front of it.
    """
    parts: list[list[tuple[int, str]]] = [[]]  # the function's own, and one in each conditional
    depth, last, in_function = 0, "", False
    written = text.split("\n")
    for number, line in enumerate(code_of(text).split("\n"), 1):
        before = depth
        for char in filter(str.strip, line):
            if char == "{" and not depth:
                in_function = last == ")"  # and no initializer or struct
            depth = max(0, depth + _DEPTH.get(char, 0))
            last = char
        if conditional := _CONDITIONAL.match(written[number - 1]):
            if not conditional["word"].startswith("if"):
                yield parts.pop()
            if conditional["word"] != "endif" or not parts:
                parts.append([])
        elif before and not depth:
            yield from parts
            parts = [[] for _ in parts]
        elif before and in_function:
            parts[-1].append((number, line))
    yield from parts
