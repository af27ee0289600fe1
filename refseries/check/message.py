# SPDX-License-Identifier: GPL-2.0-or-later
"""Subject, lines and trailers of a patch's message. Pure.

The rules are those of the kernel's Documentation/process/submitting-patches.rst: a summary of at
most 75 characters that names the subsystem, a description wrapped at 75 columns, and trailers in
the forms that other people's tools read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from refseries.check import compare
from refseries.check.context import CheckContext
from refseries.check.model import CheckedVersion, Diagnostic, Finding

PROGRAMS = ()
MAX_COLUMNS = 75

_SUBJECT = re.compile(r"[^\s:][^:]*: \S")
_TRAILER = re.compile(r"(?P<name>[A-Z][A-Za-z]*(?:-[A-Za-z]+)*): +(?P<value>.*)")
_PERSON = re.compile(r'("[^"<>]+"|[^"<>@]+) <[^\s<>@]+@[^\s<>@]+>(\s*(#.*|\[.*\]))?')
_FIXES = re.compile(r'[0-9a-f]{12,40} \("\S.*"\)')
_URL = re.compile(r"https?://\S+")
_URLS = ("Link", "Closes", "Lore", "BugLink")
# A quotation, a log or a table is not wrapped, and neither is a line of one word.
_NOT_PROSE = re.compile(r"\s|>|\||\S+$|\[\d+\]:? ")


def check(subject: CheckedVersion, _context: CheckContext) -> tuple[Finding, ...]:
    """Findings of every patch."""
    return compare.of_patches("message", subject, lambda step: complaints(step.message))


def complaints(message: str) -> Iterator[Diagnostic]:
    """What is wrong with ``message``; lines count from 1, the subject's."""
    lines = message.rstrip("\n").split("\n")
    yield from (Diagnostic("", 1, text) for text in _subject(lines[0]))
    body = [line for line in lines[1:] if line and not _TRAILER.fullmatch(line)]
    if not body:
        yield Diagnostic("", 2, "there is no description below the subject")
    for number, line in enumerate(lines[1:], 2):
        trailer = _TRAILER.fullmatch(line)
        if trailer and not trailer["name"].startswith("Note"):
            following = lines[number] if number < len(lines) else ""
            yield from (
                Diagnostic("", number, text)
                for text in _trailer(trailer["name"], trailer["value"], following)
            )
        elif len(line) > MAX_COLUMNS and not _NOT_PROSE.match(line):
            text = f"the line is {len(line)} columns long, more than {MAX_COLUMNS}"
            yield Diagnostic("", number, text)


def _subject(subject: str) -> Iterator[str]:
    if len(subject) > MAX_COLUMNS:
        yield f"the subject is {len(subject)} characters long, more than {MAX_COLUMNS}"
    if not _SUBJECT.match(subject):
        yield "the subject does not start with its subsystem, as in `mm: …`"
    if subject.endswith("."):
        yield "the subject ends in a full stop"


def _trailer(name: str, value: str, following: str) -> Iterator[str]:
    if name == "Fixes" and not _FIXES.fullmatch(value):
        yield 'Fixes: is not followed by 12 hex digits or more and ("the subject")'
    elif name in _URLS and not _URL.match(value):
        yield f"{name}: is not followed by a URL"
    elif name.endswith(("-by", "-By")):
        if name.endswith("-By"):
            yield f"{name}: is written {name[:-3]}-by:"
        if not _PERSON.fullmatch(value):
            yield f"{name}: is not followed by `Name <address>`"
        if name == "Reported-by" and not following.startswith("Closes: "):
            yield "Reported-by: is not followed by Closes: with the report's URL"
