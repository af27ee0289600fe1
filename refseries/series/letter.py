# SPDX-License-Identifier: GPL-2.0-or-later
"""A cover letter that was received, as an author wrote it; pure.

b4 and refseries put ``---`` between text, changelog, diffstat and the lines for programs, git
format-patch puts nothing. What is made anew for each posting goes: shortlog, diffstat, base-commit
and change-id, how to fetch the same, signature.
"""

from __future__ import annotations

import re

PUBLISHED = "This version is also a tag:"
"""Stands in a letter of ours above the command that fetches the version."""

DEPENDS = "Depends on "
"""Begins a line of ours on what the series depends on, which programs are told of as well."""

PLACEHOLDER = re.compile(r"^(?:- (?:Link to v\d+: )?)?EDITME\b.*", re.M)
"""What b4 puts into a letter for its author to replace: a title, text, lines of a changelog."""

_RULE = re.compile(r"^---[ \t]*$", re.M)
_SIGNATURE = re.compile(r"^-- \n(?:.*\n){0,5}(?:.+\n?)?\Z", re.M)
_STAT = re.compile(r"^ (?:\d+ files? changed|\S.* \| +(?:\d+ [+-]+|Bin\b.*)[ \t]*$)", re.M)
_FILE = re.compile(r" \S.* \| +\d+\b")  # and so may a row of a table look
_SHORTLOG = re.compile(r"^\S[^\n]* \(\d+\):\n(?:[ \t]+\S[^\n]*\n)+", re.M)
_PUBLISHED = re.compile(rf"^{PUBLISHED}\n\n  git fetch [!-~]+ [!-~]+\n?", re.M)
_BELOW = re.compile(
    rf'^{DEPENDS}"[^\n]*" (?:v\d+ )?\(\d+ patch(?:es)?\)(?:, [!-~]+)?(?:\n|\Z)', re.M
)
_NEEDS = re.compile(r"^prerequisite-[a-z-]+: \S", re.M | re.I)
_PROGRAMS = re.compile(r"^(?:base-commit|change-id|prerequisite-[a-z-]+): \S.*\n?", re.M | re.I)


def notes(below: bytes) -> str:
    """What the author says between the ``---`` of a patch and its diff."""
    return text(below.decode("utf-8", "surrogateescape"))


def text(body: str) -> str:
    """What the author says in the body of a cover letter, or below the ``---`` of a patch.

    Text and changelog are kept with a blank line between; empty when nothing is said.
    """
    body = _SIGNATURE.sub("", body.replace("\r\n", "\n").rstrip() + "\n")
    if _NEEDS.search(body):
        body = without_dependencies(body)
    said = []
    for section in _RULE.split(body):
        kept, stat = _above_stat(section)
        if stat:
            shortlog = _SHORTLOG.search(kept)
            kept = kept[: shortlog.start()] if shortlog else kept
        said.append(_PROGRAMS.sub("", _PUBLISHED.sub("", kept)).strip("\n"))
        if stat:
            break
    return "\n\n".join(part for part in said if part.strip())


def _above_stat(section: str) -> tuple[str, bool]:
    """What stands above the diffstat, and whether there is one."""
    stat = _STAT.search(section)
    if stat is None:
        return section, False
    lines = section[: stat.start()].splitlines(keepends=True)
    while lines and _FILE.match(lines[-1]):
        lines.pop()
    return "".join(lines), True


def without_dependencies(text: str) -> str:
    """``text`` without our lines on what the series depends on."""
    return _BELOW.sub("", text)


def cover_md(title: str, said: str) -> str:
    """The file ``cover.md``: the title on a line ``# …``, then the text."""
    heading = f"# {' '.join(title.split()) or '(no subject)'}\n"
    return f"{heading}\n{said.strip(chr(10))}\n" if said.strip() else heading
