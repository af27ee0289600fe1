# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading ``file:line: text``, which compilers, sparse, kernel-doc and coccicheck print. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from refseries.check.model import Diagnostic
from refseries.kernel import build_log

_PLACE = r"(?P<file>[^\s:]+):(?P<line>\d+)"
_COMPILER = re.compile(rf"{_PLACE}(?::\d+)?: (?P<text>(?:fatal )?(?:error|warning): .+)")
_KERNEL_DOC = re.compile(rf"{_PLACE}: (?P<text>(?:error|warning): .+)", re.IGNORECASE)
# coccicheck's reports: "FILE:LINE:COLUMN-COLUMN: WARNING: …", the kind being up to the script.
_COCCI = re.compile(rf"{_PLACE}:\d+-\d+: (?P<text>.+)")
_UNDEFINED = re.compile(
    r"^\S*ld: (?P<file>[^\s:]+):.*: (?P<text>undefined reference to .+)$", re.MULTILINE
)
# The compiler reads what scripts/checksyscalls.sh writes; the line in it says nothing to anybody.
_STDIN, _CHECKSYSCALLS = "<stdin>", "scripts/checksyscalls.sh"
_MAX_TEXT = 400


def compiler(log: str) -> tuple[Diagnostic, ...]:
    """Errors and warnings of gcc, of sparse and of the kernel's own ``#warning`` checks.

    A quoted path is seen from the top of the tree, and gcc's quotation marks become plain ones, so
    that the user's language does not matter.
    """
    undefined = (
        Diagnostic(build_log.in_tree(found["file"]), 0, f"error: {found['text']}")
        for found in _UNDEFINED.finditer(log)
    )
    return (*map(_by_script, _read(log, _COMPILER)), *undefined)


def _by_script(one: Diagnostic) -> Diagnostic:
    return Diagnostic(_CHECKSYSCALLS, 0, one.text) if one.file == _STDIN else one


def kernel_doc(text: str) -> tuple[Diagnostic, ...]:
    """What ``scripts/kernel-doc`` says."""
    return tuple(_read(text, _KERNEL_DOC))


def coccinelle(text: str, script: str) -> tuple[Diagnostic, ...]:
    """What a semantic patch in report mode says; ``script`` (its name) is put behind each."""
    return tuple(
        Diagnostic(one.file, one.line, f"{one.text} ({script})") for one in _read(text, _COCCI)
    )


def _read(text: str, pattern: re.Pattern[str]) -> Iterator[Diagnostic]:
    for line in text.splitlines():
        if found := pattern.match(line):
            said = re.sub("[‘’]", "'", found["text"].strip())[:_MAX_TEXT]
            yield Diagnostic(build_log.in_tree(found["file"]), int(found["line"]), said)
