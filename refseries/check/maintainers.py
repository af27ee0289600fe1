# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody maintains each file that a patch adds, by ``scripts/get_maintainer.pl`` of base.

checkpatch can only ask whether a new file has a maintainer; MAINTAINERS has the answer. Whom a
series goes to is export's to gather, by the same script.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from refseries.check import compare
from refseries.check.context import CheckContext, answer, blobs
from refseries.check.model import CheckedVersion, Diagnostic, Finding, PatchStep

VERSION = 2
PROGRAMS = ("perl", "git", "tar")

_SCRIPT = "scripts/get_maintainer.pl"
# Only what MAINTAINERS says: who committed to a file lately differs with the clone at hand.
_OPTIONS = (
    "--nogit", "--nogit-fallback", "--nofixes", "--norolestats", "--nol", "--sections",
)  # fmt: skip
# The section that has every file there is.
_EVERYTHING = "THE REST"


def check(subject: CheckedVersion, context: CheckContext) -> tuple[Finding, ...]:
    """The files that each patch adds and nobody is responsible for."""
    base = subject.base
    script = blobs(base.repo, base.tree, [_SCRIPT])

    def said(step: PatchStep) -> tuple[Diagnostic, ...]:
        rules = blobs(base.repo, step.tree, ["MAINTAINERS"])
        parts = ["maintainers", VERSION, script, rules, step.added]
        return context.said(parts, lambda: _ask(subject, context, step.commit, step.added))

    return compare.of_patches("maintainers", subject, said)


def sections(text: str) -> tuple[str, ...]:
    """Names of the sections of MAINTAINERS that the script printed: lines in capitals, alone."""
    lines = text.splitlines()
    starts = (line for before, line in zip(["", *lines], lines, strict=False) if not before.strip())
    return tuple(line.strip() for line in starts if line.strip() and line[1:2] != ":")


def _ask(
    subject: CheckedVersion, context: CheckContext, commit: str, names: Sequence[str]
) -> tuple[Diagnostic, ...]:
    script = context.scripts(subject.base) / _SCRIPT
    with context.files(subject.base.repo, commit, ["MAINTAINERS"]) as place:
        return tuple(
            found for name in names for found in _one(script, place, name, context.deadline)
        )


def _one(script: Path, place: Path, name: str, deadline: float) -> tuple[Diagnostic, ...]:
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()  # the script wants to see the file, not to read it

    def read(text: str) -> tuple[Diagnostic, ...]:
        if set(sections(text)) - {_EVERYTHING}:
            return ()
        return (Diagnostic(name, 0, "nobody in MAINTAINERS is responsible for this file"),)

    return answer(
        ["perl", str(script), *_OPTIONS, "--no-tree", "-f", "--", name],
        read,
        cwd=place,
        deadline=deadline,
    )
