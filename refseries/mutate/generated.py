# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants made from the lines that a version adds; pure."""

from __future__ import annotations

import bisect
import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath

from refseries.coverage.source import code_of
from refseries.mutate.model import Mutant
from refseries.mutate.operators import OPERATORS, Edit

# Where a function begins: something in the first column with a parenthesis that is no declaration.
_FUNCTION = re.compile(
    r"^(?:SYSCALL_DEFINE\d\(\s*(?P<syscall>\w+)|[A-Za-z_][^\n;={}#]*?\b(?P<name>\w+)\s*\()"
    r"[^;{}]*\{",
    re.M,
)
_NO_END = "\\ No newline at end of file\n"


def called(paths: Collection[str]) -> dict[str, str]:
    """What each of ``paths`` is called in names of mutants: by its whole path only where needed."""
    names = Counter(PurePosixPath(path).name for path in paths)
    return {
        path: path if names[PurePosixPath(path).name] > 1 else PurePosixPath(path).name
        for path in paths
    }


def of_file(path: str, text: str, added: AbstractSet[int], call: str = "") -> Iterator[Mutant]:
    """The mutants of one file.

    Args:
        path: of the file in the tree.
        call: what it is called in their names; by its last part, if not given.
        text: the file as the version has it.
        added: numbers of its lines, from 1, that the version adds; only they are changed.
    """
    code = code_of(text)
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    functions = [(f.start(), f["syscall"] or f["name"]) for f in _FUNCTION.finditer(code)]
    seen = {_digest(text)}
    counts: Counter[tuple[str, str]] = Counter()
    for operator, edits in OPERATORS.items():
        for edit in sorted(edits(code), key=lambda edit: (edit.start, edit.end)):
            if added.isdisjoint(_lines(starts, edit)):
                continue
            # What is blanked in the code stays as it is in the text.
            changed = text[: edit.start] + _restored(text, code, edit) + text[edit.end :]
            digest = _digest(changed)
            if digest in seen:
                continue
            seen.add(digest)
            function = next((n for s, n in reversed(functions) if s <= edit.start), "top")
            counts[function, operator] += 1
            name = f"{call or PurePosixPath(path).name}:{function}:{operator}"
            yield Mutant(
                name=f"{name}:{counts[function, operator]}",
                about=f"{path}: {edit.about}",
                diff=diff_of(path, text, changed),
            )


def _digest(text: str) -> bytes:
    """What stands for a whole text: thousands of a big file would fill the memory."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _lines(starts: list[int], edit: Edit) -> range:
    """The numbers of the lines that an edit lies in; one that only puts in is in one line."""
    first = bisect.bisect_right(starts, edit.start)
    return range(first, bisect.bisect_left(starts, max(edit.end, edit.start + 1)) + 1)


def _restored(text: str, code: str, edit: Edit) -> str:
    old, blanked = text[edit.start : edit.end], code[edit.start : edit.end]
    return edit.new.replace(blanked, old) if blanked.strip() else edit.new


def diff_of(path: str, old: str, new: str) -> str:
    """A diff that ``git apply`` takes."""
    lines = difflib.unified_diff(_git_lines(old), _git_lines(new), f"a/{path}", f"b/{path}")
    marked = (line if line.endswith("\n") else f"{line}\n{_NO_END}" for line in lines)
    return f"diff --git a/{path} b/{path}\n" + "".join(marked)


def _git_lines(text: str) -> list[str]:
    """Lines with their ends; a form feed or the like ends none, other than in ``splitlines``."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
