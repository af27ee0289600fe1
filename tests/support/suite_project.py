# SPDX-License-Identifier: GPL-2.0-or-later
"""A project whose guests run what ``kernel-tests/suites.toml`` says: one suite of any kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_kernel import SOURCE
from played_project import Project

_SELFTEST = "tools/testing/selftests/toy/"
_TOP = "headers:\n\tmkdir -p usr/include && cp include/toy.h usr/include/\n"
_ALONE = "#include <toy.h>\nint main(void) { return TOY; }\n"
_MACHINES = {"arm64": 183, "x86_64": 62}

SUITES = {
    "programs": 'kind = "programs"\n[[suite.toys.case]]\ntest = "one"\nwords = ["toy_test"]\n',
    "command": 'kind = "command"\n[[suite.toys.case]]\ntest = "one"\nwords = ["true"]\n',
    "tree": 'kind = "tree"\ndirectory = "toy"\n',
    "kunit": 'kind = "kunit"\nsuites = ["toys"]\noptions = ["CONFIG_TOY_KUNIT_TEST=y"]\n',
}
TREE: dict[str, str | None] = {
    "Makefile": (SOURCE / "Makefile").read_text() + _TOP,
    "include/toy.h": "#define TOY 0\n",
    f"{_SELFTEST}Makefile": "$(OUTPUT)/%: %.c\n\t$(CROSS_COMPILE)gcc -static"
    " -I$(CURDIR)/../../../../usr/include -o $@ $<\n# TEST_GEN_PROGS := one\n",
    f"{_SELFTEST}one.c": _ALONE,
}
"""The selftests of a tree, for the kind of that name."""
KUNIT: dict[str, str | None] = {
    "Kconfig": (SOURCE / "Kconfig").read_text()
    + "\nconfig KUNIT\n\nconfig KUNIT_DEBUGFS\n\nconfig TOY_KUNIT_TEST\n"
}
"""What a tree knows of KUnit."""


def prepare(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    directory: Path,
    kind: str,
    arch: str = "arm64",
) -> None:
    """The suite ``toys`` of this kind, and a busybox that is put into guests and never run."""
    text = f"schema = 1\n[suite.toys]\n{SUITES[kind]}"
    (project.directory / "kernel-tests" / "suites.toml").write_text(text)
    place = directory / "busybox"
    head = b"\x7fELF\x02\x01\x01" + bytes(11)
    place.write_bytes(head + _MACHINES[arch].to_bytes(2, "little") + bytes(44))
    monkeypatch.setenv("REFSERIES_BUSYBOX", str(place))


def of_tree(kind: str) -> dict[str, str | None]:
    """What a tree needs to have something of the suite."""
    return {"tree": TREE, "kunit": KUNIT}.get(kind, {})
