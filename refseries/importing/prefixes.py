# SPDX-License-Identifier: GPL-2.0-or-later
"""Diffs whose paths have no ``a/`` and ``b/``, as `git diff --no-prefix` and svn make them; pure.

``git apply`` takes the first folder of such a path for the prefix, and finds no such file.
"""

from __future__ import annotations

import re

_GIT = re.compile(rb"diff --git (?P<name>[^\s\"].*) (?P=name)")
_OLD = re.compile(rb"--- (?P<name>[^\t\n]+)(?P<rest>\t.*)?")
_NEW = re.compile(rb"\+\+\+ (?P<name>[^\t\n]+)(?P<rest>\t.*)?")
_HUNK = re.compile(rb"@@ -\d+(?:,(\d{1,9}))? \+\d+(?:,(\d{1,9}))? @@")
# As most begin: so many lines need not be looked at.
_HAS_THEM = re.compile(
    rb'(?:Index: [^\n]*\n=+\n)?(?:diff --git "?a/[^\n]* "?b/|--- "?a/[^\n]*\n\+\+\+ "?b/)'
)
_NOWHERE = b"/dev/null"
_LONGEST = 10_000  # a line with two paths has at most two times PATH_MAX; the pattern is quadratic


def added(diff: bytes) -> bytes:
    """``diff`` with prefixes, where it names each file alike before and after; else as it is.

    A file that is new or gone says nothing by itself; it is taken as the others are.
    """
    if _HAS_THEM.match(diff):
        return diff
    lines = diff.split(b"\n")
    heads = _heads(lines)
    if not heads or not any(_alike(lines, at) for at in heads):
        return diff
    if any(_two_names(lines, at) for at in heads):
        return diff
    for at in heads:
        if found := _GIT.fullmatch(lines[at]):
            lines[at] = b"diff --git a/" + found["name"] + b" b/" + found["name"]
        for pattern, mark, prefix in ((_OLD, b"--- ", b"a/"), (_NEW, b"+++ ", b"b/")):
            named = pattern.fullmatch(lines[at])
            if named and named["name"] != _NOWHERE:
                lines[at] = mark + prefix + named["name"] + (named["rest"] or b"")
    return b"\n".join(lines)


def _heads(lines: list[bytes]) -> list[int]:
    """Where the lines are that name files; none of them is inside a hunk."""
    found = []
    old = new = 0
    for number, line in enumerate(lines):
        if old > 0 or new > 0:
            old -= line[:1] in (b" ", b"-", b"")
            new -= line[:1] in (b" ", b"+", b"")
        elif hunk := _HUNK.match(line):
            old, new = (int(count) if count is not None else 1 for count in hunk.groups())
        elif len(line) > _LONGEST:
            continue
        elif line.startswith(b"diff --git ") or _OLD.fullmatch(line) or _NEW.fullmatch(line):
            found.append(number)
    return found


def _alike(lines: list[bytes], at: int) -> bool:
    """Whether a line, or it and the next, say one path twice."""
    if _GIT.fullmatch(lines[at]):
        return True
    names = _names(lines, at)
    return len(set(names)) == 1 and len(names) == 2


def _two_names(lines: list[bytes], at: int) -> bool:
    """Whether they say two paths that differ, as those with prefixes do."""
    if lines[at].startswith(b"diff --git "):
        return _GIT.fullmatch(lines[at]) is None
    names = _names(lines, at)
    return len(set(names)) == 2


def _names(lines: list[bytes], at: int) -> list[bytes]:
    """The paths of a line ``---`` and of the line ``+++`` below it, but for ``/dev/null``."""
    old = _OLD.fullmatch(lines[at])
    new = _NEW.fullmatch(lines[at + 1]) if old and at + 1 < len(lines) else None
    if not old or not new:
        return []
    return [one["name"] for one in (old, new) if one["name"] != _NOWHERE]
