# SPDX-License-Identifier: GPL-2.0-or-later
"""``scripts/checkpatch.pl --strict`` of base, on each patch. Everything it says is new."""

from __future__ import annotations

import re
from pathlib import Path

from refseries.check import compare
from refseries.check.context import CheckContext, answer
from refseries.check.model import CheckedVersion, Diagnostic, Finding, PatchStep

VERSION = 1
PROGRAMS = ("perl", "git")

# What is not for it to say here. Stored patches carry no sign-off: whoever sends them signs. Where
# checkpatch only asks whether a new file has a maintainer, the check `maintainers` looks it up.
_IGNORED = ("MISSING_SIGN_OFF", "FILE_PATH_CHANGES")

_LINE = re.compile(r"(?P<file>[^:]*):(?P<line>\d+): (?P<text>(?:ERROR|WARNING|CHECK):.+)")


def check(subject: CheckedVersion, context: CheckContext) -> tuple[Finding, ...]:
    """Findings of every patch."""
    scripts = context.script_ids(subject.base)

    def said(step: PatchStep) -> tuple[Diagnostic, ...]:
        text = step.path.read_text("utf-8", "replace")
        parts = ["checkpatch", VERSION, _IGNORED, scripts, text]
        return context.said(parts, lambda: _ask(subject, step, context))

    return compare.of_patches("checkpatch", subject, said)


def command(tree: Path, patch: Path) -> list[str]:
    """The command line; ``tree`` holds the scripts."""
    return [
        "perl", str(tree / "scripts/checkpatch.pl"), f"--root={tree}", "--strict", "--terse",
        "--showfile", "--show-types", "--no-summary", "--color=never",
        f"--ignore={','.join(_IGNORED)}", "--", str(patch),
    ]  # fmt: skip


def parse(text: str) -> tuple[Diagnostic, ...]:
    """What it printed. A line about the message names no file, and its number is of no use."""
    found = (match for line in text.splitlines() if (match := _LINE.match(line)))
    return tuple(
        Diagnostic(one["file"], int(one["line"]) if one["file"] else 0, one["text"])
        for one in found
    )


def _ask(subject: CheckedVersion, step: PatchStep, context: CheckContext) -> tuple[Diagnostic, ...]:
    tree = context.scripts(subject.base)
    # It asks git about the commits that a message names.
    return answer(
        command(tree, step.path.resolve()),
        parse,
        cwd=tree,
        env={"GIT_DIR": str(subject.base.repo)},
        deadline=context.deadline,
        fine=(0, 1),
    )
