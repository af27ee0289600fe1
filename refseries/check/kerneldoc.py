# SPDX-License-Identifier: GPL-2.0-or-later
"""``scripts/kernel-doc -none -Wall`` of base on the C files that a version touches."""

from __future__ import annotations

import functools

from refseries.check import compare, diagnostics
from refseries.check.context import CheckContext, answer, blobs
from refseries.check.model import CheckedVersion, Diagnostic, Finding

VERSION = 1
PROGRAMS = ("perl", "git", "tar")


def check(subject: CheckedVersion, context: CheckContext) -> tuple[Finding, ...]:
    """What is new in the state after each patch."""
    names = [name for name in subject.touched if name.endswith((".c", ".h"))]
    state = functools.partial(_state, subject, context, names)
    return compare.of_states("kernel-doc", subject, state)


def _state(
    subject: CheckedVersion, context: CheckContext, names: list[str], commit: str
) -> tuple[Diagnostic, ...]:
    base = subject.base
    scripts = context.script_ids(base)
    files = blobs(base.repo, commit, names)

    def ask() -> tuple[Diagnostic, ...]:
        with context.files(base.repo, commit, list(files)) as place:
            return answer(
                [
                    "perl",
                    str(context.scripts(base) / "scripts/kernel-doc"),
                    "-none",
                    "-Wall",
                    *files,
                ],
                diagnostics.kernel_doc,
                cwd=place,
                env={"KDOC_WERROR": "", "KCFLAGS": "", "SRCTREE": "."},
                deadline=context.deadline,
            )

    return context.said(["kernel-doc", VERSION, scripts, files], ask) if files else ()
