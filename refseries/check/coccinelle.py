# SPDX-License-Identifier: GPL-2.0-or-later
"""``scripts/coccicheck`` of base in report mode, on the C files that a version touches.

All semantic patches of base are asked, but for those that are compiled with OCaml before they run
(they would need its compiler) and those that have no report mode; each on one file at a time. That
costs about a minute of processor time a file; files that have not changed are not asked again.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from refseries.check import compare, diagnostics
from refseries.check.context import CheckContext, answer, blobs
from refseries.check.model import CheckedVersion, Diagnostic, Finding
from refseries.host import proc

VERSION = 1
PROGRAMS = ("spatch", "bash", "git", "tar")

_WITHOUT = re.compile(r"^@.*script:ocaml", re.M)
_REPORTS = re.compile(r"^virtual .*\breport\b", re.M)


def check(subject: CheckedVersion, context: CheckContext) -> tuple[Finding, ...]:
    """What is new in the state after each patch."""
    names = [name for name in subject.touched if name.endswith(".c")]
    state = functools.partial(_state, subject, context, names)
    return compare.of_states("coccinelle", subject, state)


def asked(scripts: Path) -> list[Path]:
    """The semantic patches below ``scripts`` that are asked, in their order."""
    found = sorted(scripts.rglob("*.cocci"))
    texts = ((path, path.read_text("utf-8", "replace")) for path in found)
    return [path for path, text in texts if _REPORTS.search(text) and not _WITHOUT.search(text)]


def _state(
    subject: CheckedVersion, context: CheckContext, names: Sequence[str], commit: str
) -> tuple[Diagnostic, ...]:
    return tuple(
        one
        for name, blob in blobs(subject.base.repo, commit, names).items()
        for one in _file(subject, context, commit, name, blob)
    )


def _file(
    subject: CheckedVersion, context: CheckContext, commit: str, name: str, blob: str
) -> tuple[Diagnostic, ...]:
    base = subject.base
    rules = context.script_ids(base)

    def all_scripts() -> tuple[Diagnostic, ...]:
        context.say(f"coccinelle: {name}")
        tree = context.scripts(base)
        with (
            context.files(base.repo, commit, [name]) as place,
            ThreadPoolExecutor(context.jobs, thread_name_prefix="coccinelle") as pool,
        ):
            one = functools.partial(ask, tree, place, name, context.deadline)
            scripts = asked(tree / "scripts/coccinelle")
            return tuple(found for each in pool.map(one, scripts) for found in each)

    return context.said(["coccinelle", VERSION, _version(), rules, name, blob], all_scripts)


def ask(
    tree: Path, place: Path, name: str, deadline: float, script: Path
) -> tuple[Diagnostic, ...]:
    """What one semantic patch says of the file ``name`` in ``place``.

    Args:
        tree: holds the kernel's scripts and headers.
        deadline: in seconds.
        script: the semantic patch.

    Raises:
        StageError: spatch hung or failed.
    """
    # As `make C=2 CHECK=scripts/coccicheck` calls it, which takes one file, but without a build.
    return answer(
        ["bash", str(tree / "scripts/coccicheck"), name],
        lambda text: diagnostics.coccinelle(text, script.stem),
        cwd=place,
        env={
            "C": "2", "MODE": "report", "COCCI": str(script), "srctree": str(tree),
            "LINUXINCLUDE": f"-I{tree}/include", "SPFLAGS": "", "DEBUG_FILE": "", "V": "",
            "KBUILD_EXTMOD": "", "SPATCH": "spatch",
        },
        deadline=deadline,
    )  # fmt: skip


@functools.cache
def _version() -> str:
    return proc.run(["spatch", "--version"]).stdout.splitlines()[0]
