# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether what a version touches is compiled: from archives and command files of real builds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from played_project import Project
from rich.console import Console

from refseries.cli import matrix_view
from refseries.host import proc
from refseries.kernel import compiled
from refseries.model import Target
from refseries.testing import matrix, report, runs, touched

FILES: dict[str, str | None] = {
    "mm/memory.c": "int handle_fault(int address)\n{\n\treturn address;\n}\n",
    "drivers/gpu/drm.c": "int drm_open;\n",
    "include/linux/mm.h": "int handle_fault(int address);\n/* more */\n",
    "include/linux/odd.h": "int odd;\n",
    "Documentation/mm/toy.rst": "Toys\n",
    "tools/testing/selftests/mm/toy.c": "int toy;\n",
}


def make_objects(out: Path, names: tuple[str, ...]) -> None:
    """Objects with command files as kbuild writes them, and their archive."""
    for name in names:
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        source = f"../{name.removesuffix('.o')}.c"
        path.with_name(f".{path.name}.cmd").write_text(
            f"savedcmd_{name} := gcc -I../include -c -o {name} {source}\n\n"
            f"source_{name} := {source}\n\ndeps_{name} := \\\n"
            "    $(wildcard include/config/NUMA) \\\n  ../include/linux/mm.h \\\n"
        )


def test_only_what_an_archive_holds_was_compiled(tmp_path: Path) -> None:
    make_objects(tmp_path, ("mm/memory.o", "drivers/of_an_earlier_build.o"))
    proc.run(["ar", "cDPrST", "built-in.a", "mm/memory.o"], cwd=tmp_path)
    make_objects(tmp_path / "lib", ("a_rather_long_name_of_a_file.o",))
    proc.run(["ar", "cDrsT", "lib/lib.a", "lib/a_rather_long_name_of_a_file.o"], cwd=tmp_path)
    found = compiled.found(tmp_path, ("Image",))
    assert found == ("a_rather_long_name_of_a_file.c", "include/linux/mm.h", "mm/memory.c")


def test_the_stub_of_efi_is_linked_from_a_library_of_copies(tmp_path: Path) -> None:
    # As kbuild leaves it: the archive has fdt.stub.o, which is made of fdt.o.
    stub = "drivers/firmware/efi/libstub"
    make_objects(tmp_path, ("mm/memory.o", f"{stub}/fdt.o"))
    proc.run(["ar", "cDPrST", "built-in.a", "mm/memory.o"], cwd=tmp_path)
    (tmp_path / stub / "fdt.stub.o").write_bytes(b"")
    copied = f"savedcmd_fdt.stub.o := objcopy {stub}/fdt.o {stub}/fdt.stub.o\n"
    (tmp_path / stub / ".fdt.stub.o.cmd").write_text(copied)
    proc.run(["ar", "cDPrST", f"{stub}/lib.a", f"{stub}/fdt.stub.o"], cwd=tmp_path)
    assert f"{stub}/fdt.c" not in compiled.found(tmp_path, ("Image",))  # of an earlier build
    (tmp_path / ".config").write_text("CONFIG_EFI_STUB=y\n")
    assert f"{stub}/fdt.c" in compiled.found(tmp_path, ("Image",))


def test_what_is_linked_by_itself_and_carried_along_was_compiled(tmp_path: Path) -> None:
    vdso = "arch/toy/vdso"
    make_objects(tmp_path, ("mm/memory.o", f"{vdso}/time.o", f"{vdso}/odd.o", f"{vdso}/gone.o"))
    proc.run(["ar", "cDPrST", "built-in.a", "mm/memory.o"], cwd=tmp_path)
    for name, part in (("vdso.so.dbg", "time.o"), ("gone.so.dbg", "gone.o")):
        told = f"savedcmd_{name} := ld -o {vdso}/{name} {vdso}/{part}\n"
        (tmp_path / vdso / f".{name}.cmd").write_text(told)
    (tmp_path / vdso / "vdso.so.dbg").write_bytes(b"")
    found = compiled.found(tmp_path, ("Image",))
    assert [path for path in found if path.startswith(vdso)] == [f"{vdso}/time.c"]
    assert compiled.found(tmp_path, ("mm/",)) == ()


@pytest.mark.parametrize("content", [None, b"", b"!<thin>\n", b"!<arch>\n//", b"\xff" * 100])
def test_without_an_archive_nothing_is_known(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "built-in.a").write_bytes(content)
    assert compiled.found(tmp_path, ("Image",)) == ()
    compiled.keep(tmp_path, ())
    assert compiled.read(tmp_path) is None


def test_what_no_config_compiles_is_told(project: Project) -> None:
    project.add(FILES)
    request = project.request()
    result = matrix.run(request, lambda _event: None)
    found = touched.of_matrix(request.lab, result)
    assert {each.path: each.configs for each in found} == {
        "drivers/gpu/drm.c": (),
        "include/linux/mm.h": ("default",),
        "include/linux/odd.h": (),
        "mm/memory.c": ("default",),
    }
    assert touched.complaints(found) == (
        "v1: drivers/gpu/drm.c: compiled by no config",
        "v1: include/linux/odd.h: compiled by no config",
    )
    console = Console(record=True, width=80)
    matrix_view.show(console, result, found)
    assert "v1: drivers/gpu/drm.c: compiled by no config" in console.export_text()
    assert "drivers/gpu/drm.c: compiled by no config" in matrix_view.as_html(result, found)
    assert report.as_json(result, found)["files"][0] == {
        "version": "v1", "file": "drivers/gpu/drm.c", "configs": (), "known": ("default",),
    }  # fmt: skip
    # Later on it is known without any build.
    assert touched.files_touched(request.lab, Target("v1")) == found
    assert touched.files_touched(request.lab, Target("base")) == ()


def test_a_file_that_is_gone_need_not_be_compiled(project: Project) -> None:
    project.add({"drivers/gpu/drm.c": None})
    assert touched.files_touched(project.request().lab, Target("v1")) == ()


def test_what_is_not_known_is_not_called_uncompiled(project: Project) -> None:
    project.add({"drivers/gpu/drm.c": "int drm_open;\n"})
    request = project.request()
    lab = request.lab
    assert touched.complaints(touched.files_touched(lab, Target("v1"))) == ()
    result = matrix.run(request, lambda _event: None)
    lab = replace(lab, series=replace(lab.series, configs=("default", "debug")))
    assert touched.complaints(touched.files_touched(lab, Target("v1"))) == (
        "v1: drivers/gpu/drm.c: not compiled by default (debug: not known)",
    )
    kept = runs.latest(lab.cache, "toy", Target("v1"), "default")
    assert kept is not None
    (lab.images.directory / kept.image / compiled.NAME).unlink()
    assert touched.complaints(touched.of_matrix(lab, result)) == ()
