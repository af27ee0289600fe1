# SPDX-License-Identifier: GPL-2.0-or-later
"""codespell on the message of each patch and on the lines that it adds. All it says is new."""

from __future__ import annotations

import re
from collections.abc import Sequence

from refseries.check import added, compare
from refseries.check.context import CheckContext, answer
from refseries.check.model import CheckedVersion, Diagnostic, Finding, PatchStep
from refseries.host import proc
from refseries.host.scratch import scratch_folder
from refseries.series import patches

VERSION = 2
PROGRAMS = ("codespell",)

_MISSPELT = 65  # EX_DATAERR: what codespell ends with when it found something
_LINE = re.compile(r"(?P<number>\d+): (?P<text>\S+ ==> .+)")
_COMMAND = ("codespell", "--stdin-single-line", "-")


def check(subject: CheckedVersion, context: CheckContext) -> tuple[Finding, ...]:
    """Findings of every patch."""
    version = _version()

    def said(step: PatchStep) -> tuple[Diagnostic, ...]:
        lines = added.lines(patches.read(step.path))
        texts = [(line.file, line.number, line.text) for line in lines]
        key = ["codespell", VERSION, version, texts]
        return context.said(key, lambda: _ask(lines, context.deadline))

    return compare.of_patches("codespell", subject, said)


def parse(text: str, lines: Sequence[added.AddedLine]) -> tuple[Diagnostic, ...]:
    """What codespell printed of ``lines``, which it was given in this order."""
    found = (match for line in text.splitlines() if (match := _LINE.match(line)))
    numbered = ((lines[int(one["number"]) - 1], one["text"]) for one in found)
    return tuple(Diagnostic(line.file, line.number, said) for line, said in numbered)


def _ask(lines: Sequence[added.AddedLine], deadline: float) -> tuple[Diagnostic, ...]:
    text = "\n".join(line.text for line in lines)
    # It reads settings from where it runs, which is no business of the kernel's.
    with scratch_folder() as nowhere:
        return answer(
            _COMMAND,
            lambda said: parse(said, lines),
            cwd=nowhere,
            stdin=text.encode("utf-8", "replace"),
            deadline=deadline,
            fine=(0, _MISSPELT),
        )


def _version() -> str:
    return proc.run(["codespell", "--version"]).stdout.strip()
