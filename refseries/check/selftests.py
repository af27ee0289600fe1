# SPDX-License-Identifier: GPL-2.0-or-later
"""A new selftest is listed where kselftest looks. Pure, but for reading the files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from refseries import git
from refseries.check import compare
from refseries.check.context import CheckContext
from refseries.check.model import CheckedVersion, Diagnostic, Finding

PROGRAMS = ("git",)

ROOT = "tools/testing/selftests/"
_LISTED = re.compile(
    r"^\s*(TEST_(?:GEN_)?(?:PROGS|FILES|PROGS_EXTENDED)\w*)\s*[+:?]?=\s*(.*)$", re.M
)

Read = Callable[[str], str | None]
"""Text of a file of the tree, None when it is not there."""


def check(subject: CheckedVersion, _context: CheckContext) -> tuple[Finding, ...]:
    """What is wrong in the state after each patch with the tests added so far."""
    said = []
    added: list[str] = []
    for step in subject.steps:
        added += step.added

        def read(name: str, commit: str = step.commit) -> str | None:
            found = git.read_files(subject.base.repo, commit, [name])
            return found[name].decode("utf-8", "replace") if found else None

        said.append((step.name, tuple(complaints(added, read))))
    return compare.through("selftests", subject.version, (), said)


def complaints(added: Sequence[str], read: Read) -> Iterator[Diagnostic]:
    """What is wrong with the tests among the files of ``added``."""
    for name in added:
        path = PurePosixPath(name)
        if not name.startswith(ROOT) or path.suffix not in (".c", ".sh", ".py"):
            continue
        makefile = f"{path.parent}/Makefile"
        text = read(makefile)
        if text is None:
            yield Diagnostic(name, 0, f"there is no {makefile} to list it")
            continue
        test = path.stem if path.suffix == ".c" else path.name
        variables = [variable for variable, words in _lists(text) if test in words]
        if not variables and not _part_of_another(path.name, text):
            yield Diagnostic(makefile, 0, f"does not list the test `{test}`")
            continue
        yield from _run_and_ignored(path, test, variables, read)


def _run_and_ignored(
    path: PurePosixPath, test: str, variables: Sequence[str], read: Read
) -> Iterator[Diagnostic]:
    runner = f"{path.parent}/run_vmtests.sh"
    script = read(runner)
    word = re.compile(rf"(^|[\s/]){re.escape(test)}($|[\s;])", re.M)
    # TEST_GEN_PROGS are run by kselftest itself; files are run by a script, if at all.
    if variables and script is not None and not word.search(script):
        yield Diagnostic(runner, 0, f"does not run the test `{test}`")
    ignored = read(f"{path.parent}/.gitignore")
    if any(each.startswith("TEST_GEN") for each in variables) and ignored is not None:
        names = {line.strip().removeprefix("/") for line in ignored.splitlines()}
        if test not in names:
            yield Diagnostic(f"{path.parent}/.gitignore", 0, f"does not ignore `{test}`")


def _lists(makefile: str) -> Iterator[tuple[str, list[str]]]:
    joined = makefile.replace("\\\n", " ")
    for variable, words in _LISTED.findall(joined):
        yield variable, [word.rpartition("/")[2] for word in words.split()]


def _part_of_another(name: str, makefile: str) -> bool:
    """Whether a rule of the Makefile names the source file, as for one shared by several tests."""
    return re.search(rf"(^|[\s/:]){re.escape(name)}($|\s)", makefile, re.M) is not None
