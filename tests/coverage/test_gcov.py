# SPDX-License-Identifier: GPL-2.0-or-later
"""Counters read by gcov: of objects that the host's own compiler makes and a program runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from refseries.coverage import gcov
from refseries.errors import StageError
from refseries.guest.counters import CaseCounters
from refseries.host import proc

TOY = """\
#include "toy.h"

int toy_fault(int flags)
{
	if (flags)
		return twice(flags);
	return 0;
}
"""
HEADER = "static inline int twice(int x)\n{\n\treturn x + x;\n}\n"
MAIN = "int toy_fault(int);\nint main(int n, char **v)\n{\n\treturn (void)v, toy_fault(n - 1);\n}\n"


class Built:
    """A tree with ``mm/toy.c``, built in a child of it as kernels are, and a program of it."""

    def __init__(self, tree: Path) -> None:
        self.tree, self.out, self.notes = tree, tree / "o-x", tree / "kept"
        for place in (tree / "mm", self.out / "mm", self.notes / "mm"):
            place.mkdir(parents=True)
        (tree / "mm/toy.c").write_text(TOY)
        (tree / "mm/toy.h").write_text(HEADER)
        (tree / "main.c").write_text(MAIN)
        self.make()

    def make(self) -> None:
        flags = ["-O2", "-fprofile-arcs", "-ftest-coverage"]
        compiled = ["gcc", *flags, "-c", "-o", "mm/toy.o", "../mm/toy.c"]
        proc.run(compiled, cwd=self.out)
        proc.run(["gcc", "--coverage", "-o", "toy", "../main.c", "mm/toy.o"], cwd=self.out)
        (self.notes / "mm/toy.gcno").write_bytes((self.out / "mm/toy.gcno").read_bytes())

    def ran(self, case: str, *words: str) -> CaseCounters:
        counted = self.out / "mm/toy.gcda"
        counted.unlink(missing_ok=True)
        proc.run([self.out / "toy", *words], cwd=self.out, check=False)
        return CaseCounters(case, ((str(counted), counted.read_bytes()),))


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return Built(tmp_path)


def counts(built: Built, counters: CaseCounters) -> dict[tuple[str, int], int]:
    table = gcov.read("gcov", {**gcov.compiled(counters, built.notes)}, built.notes)
    return {key: line.count for key, line in table.items()}


def test_lines_of_the_source_and_of_headers_are_counted(built: Built) -> None:
    none = counts(built, built.ran("none"))
    assert (none["mm/toy.c", 5], none["mm/toy.c", 6], none["mm/toy.h", 3]) == (1, 0, 0)
    assert {file for file, _number in none} == {"mm/toy.c", "mm/toy.h"}
    two = counts(built, built.ran("two", "a"))
    assert (two["mm/toy.c", 5], two["mm/toy.c", 6], two["mm/toy.h", 3]) == (1, 1, 1)


def test_what_was_built_is_known_without_counters(built: Built) -> None:
    assert list(gcov.objects(built.notes)) == ["mm/toy"]
    table = gcov.read("gcov", {"mm/toy": None}, built.notes)
    assert {line.count for line in table.values()} == {0}
    assert table.keys() == counts(built, built.ran("x")).keys()
    assert table["mm/toy.c", 5].ways == (False, False)


def test_the_function_of_a_line_is_known(built: Built) -> None:
    table = gcov.read("gcov", {**gcov.compiled(built.ran("x"), built.notes)}, built.notes)
    assert table["mm/toy.c", 5].function == "toy_fault"


def test_counters_of_another_object_are_not_believed(built: Built) -> None:
    old = built.ran("x")
    (built.tree / "mm/toy.c").write_text(TOY.replace("return 0;", "return flags ? 1 : 0;"))
    built.make()
    with pytest.raises(StageError, match="not those of the object"):
        gcov.compiled(old, built.notes)
    (path, data), *_ = built.ran("x").files
    for cut in (b"", data[:11]):
        with pytest.raises(StageError, match="not those of the object"):
            gcov.compiled(CaseCounters("x", ((path, cut),)), built.notes)


def test_counters_of_objects_that_nobody_asked_for_are_left_out(built: Built) -> None:
    counters = built.ran("x")
    ((_path, data),) = counters.files
    others = (("/b/o-x/fs/toy2.gcda", data), ("/b/o-x/lib/toy.gcda", data), ("/../toy", data))
    assert gcov.compiled(replace(counters, files=others), built.notes) == {}
    assert gcov.read("gcov", {}, built.notes) == {}


def kept(notes: Path, *names: str) -> bytes:
    """Notes of objects as far as counters are compared with them; gives that."""
    head = b"oncg*22Bstmp"
    for name in names:
        path = notes / f"{name}.gcno"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(head)
    return head


def test_counters_are_those_of_the_longest_path_and_come_once(tmp_path: Path) -> None:
    head = kept(tmp_path, "mm/toy", "lib/mm/toy")
    one = ("/b/o-x/lib/mm/toy.gcda", head)
    assert gcov.compiled(CaseCounters("x", (one,)), tmp_path) == {"lib/mm/toy": head}
    with pytest.raises(StageError, match="not those of the object"):
        gcov.compiled(CaseCounters("x", (one, one)), tmp_path)


def test_what_several_objects_make_of_a_line_is_put_together(tmp_path: Path) -> None:
    kept(tmp_path, "mm/a", "mm/b", "mm/c")
    said = tmp_path / "said"
    for count, function in ((2, "f"), (0, "g"), (-1, "h")):
        line = {"line_number": 3, "count": count, "function_name": function,
                "branches": [{"count": count}]}  # fmt: skip
        file = {"file": "../mm/toy.h", "lines": [line]}
        with said.open("a") as stream:
            print(json.dumps({"current_working_directory": "/b/o-x", "files": [file]}), file=stream)
    tool = tmp_path / "played-gcov"
    tool.write_text(f"#!/bin/sh\ncat {said}\n")
    tool.chmod(0o755)
    assert gcov.read(str(tool), {"mm/a": b"", "mm/b": b"", "mm/c": None}, tmp_path) == {
        ("mm/toy.h", 3): gcov.GcovLine(2, "f", (True, False, False))
    }


@pytest.mark.parametrize("size", [12, 13, 40, 60, 100])
def test_counters_that_are_cut_or_bent_do_no_harm(built: Built, size: int) -> None:
    counters = built.ran("x", "a")
    ((path, data),) = counters.files
    for bad in (data[:size], data[:size] + b"\xff" * 64, data[:size] + data[12:] * 4):
        bent = replace(counters, files=((path, bad),))
        try:
            table = counts(built, bent)
        except StageError:
            continue  # gcov refused them
        assert {file for file, _number in table} <= {"mm/toy.c", "mm/toy.h"}


def test_a_gcov_that_says_something_else_is_told(built: Built, tmp_path: Path) -> None:
    for said in ("nonsense", "{}", ""):
        tool = tmp_path / "odd-gcov"
        tool.write_text(f"#!/bin/sh\necho '{said}'\n")
        tool.chmod(0o755)
        with pytest.raises(StageError, match="gcov does not make lines"):
            gcov.read(str(tool), {**gcov.compiled(built.ran("x"), built.notes)}, built.notes)


@pytest.mark.parametrize(
    ("file", "directory", "path"),
    [
        ("../mm/toy.c", "/cache/src/o-default", "mm/toy.c"),
        ("../include/linux/mm.h", "/cache/src/o-default", "include/linux/mm.h"),
        ("./include/generated/asm.h", "/cache/src/o-default", "o-default/include/generated/asm.h"),
        ("/cache/src/mm/toy.c", "/cache/src/o-default", "mm/toy.c"),
    ],
)
def test_paths_are_those_in_the_tree(file: str, directory: str, path: str) -> None:
    assert gcov.in_tree(file, directory) == path


@pytest.mark.parametrize(
    ("compiler", "people"),
    [
        ("__do_sys_refpage_create", "sys_refpage_create"),
        ("__se_sys_refpage_create", "sys_refpage_create"),
        ("__arch_sys_refpage_create", "sys_refpage_create"),
        ("__do_compat_sys_open", "sys_open"),
        ("refpage_fault", "refpage_fault"),
    ],
)
def test_a_system_call_has_one_name(compiler: str, people: str) -> None:
    assert gcov.plain_name(compiler) == people
