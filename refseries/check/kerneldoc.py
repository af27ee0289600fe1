# SPDX-License-Identifier: GPL-2.0-or-later
"""``scripts/kernel-doc -none -Wall`` of base on the C files that a version touches."""

from __future__ import annotations

import functools

from refseries.check import compare, diagnostics
from refseries.check.context import Shop, answer, blobs
from refseries.check.model import Diagnostic, Finding, Subject

VERSION = 1
PROGRAMS = ("perl", "git", "tar")


def check(subject: Subject, shop: Shop) -> tuple[Finding, ...]:
    """What is new in the state after each patch."""
    names = [name for name in subject.touched if name.endswith((".c", ".h"))]
    ask = functools.partial(_state, subject, shop, names)
    base = ask(subject.base.commit)
    return compare.through(
        "kernel-doc",
        subject.version,
        base,
        [(step.name, ask(step.commit)) for step in subject.steps],
    )


def _state(subject: Subject, shop: Shop, names: list[str], commit: str) -> tuple[Diagnostic, ...]:
    base = subject.base
    script = blobs(base.repo, base.tree, ["scripts/kernel-doc"])
    files = blobs(base.repo, commit, names)

    def ask() -> tuple[Diagnostic, ...]:
        with shop.files(base.repo, commit, list(files)) as place:
            return answer(
                ["perl", str(shop.scripts(base) / "scripts/kernel-doc"), "-none", "-Wall", *files],
                diagnostics.kernel_doc,
                cwd=place,
                env={"KDOC_WERROR": "", "KCFLAGS": ""},
                deadline=shop.deadline,
            )

    return shop.said(["kernel-doc", VERSION, script, files], ask) if files else ()
