# SPDX-License-Identifier: GPL-2.0-or-later
"""One file an architecture, and nothing of it elsewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import refseries
from refseries.errors import SeriesError
from refseries.kernel import arch

PACKAGE = Path(refseries.__file__).parent
NAMES = re.compile(r"\b(arm64|aarch64|x86_64|riscv(64)?|amd64)\b")

# Where an architecture may be named as well: the table of packages, and the one that Ubuntu keeps
# apart from all others.
NAMED = {"host/packages.py", "guest/busybox.py"}


def strings(path: Path) -> list[str]:
    """String constants of a module that are no docstrings."""
    tree = ast.parse(path.read_text())
    documents = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documents
    ]


def test_no_code_names_an_architecture_but_its_own_file() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "arch" and any(map(NAMES.search, strings(path)))
    }
    assert found == NAMED


def test_each_is_known_by_the_kernels_name_for_it() -> None:
    assert {name: arch.get(name) for name in arch.ARCHES} == arch.ARCHES
    assert len({each.cross for each in arch.ARCHES.values()}) == len(arch.ARCHES)
    assert arch.get("x86_64").source == "x86"


def test_a_host_of_its_own_kind_needs_no_cross_tools() -> None:
    arm64 = arch.get("arm64")
    assert arm64.prefix("aarch64") == ""
    assert arm64.prefix("x86_64") == "aarch64-linux-gnu-"


def test_one_that_is_not_known_or_not_booted_is_told() -> None:
    with pytest.raises(SeriesError, match="`vax` is not known"):
        arch.get("vax")
    with pytest.raises(SeriesError, match="arm are compiled only"):
        arch.bootable("arm")


def test_a_tree_has_the_architectures_that_are_built_in_it() -> None:
    folders = ("Documentation", "arch/arm", "arch/arm64/boot/dts", "arch/mips", "arch/riscv")
    assert arch.leave_out(folders, ("arm", "arm64", "x86")) == (
        "Documentation", "arch/arm64/boot/dts", "arch/mips", "arch/riscv", "arch/arm/boot/dts",
        "arch/x86/boot/dts",
    )  # fmt: skip
