# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import toy as toys

from refseries.host import proc, settings
from refseries.kernel import doctor
from refseries.model import BaseSpec


def look(toy: toys.Toy) -> dict[str, doctor.Prerequisite]:
    series = toy.series()
    environ = {"REFSERIES_CACHE": str(toy.cache), "REFSERIES_TREE": str(toy.tree)}
    found = doctor.examine(series, settings.resolve(environ=environ))
    return {check.name: check for check in found}


def test_tools_of_the_checks_are_told_but_the_main_job_goes_without(
    toy: toys.Toy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look(toy)
    for name in ("sparse", "spatch", "codespell", "perl", "arm-linux-gnueabi-gcc"):
        assert not found[name].found
        assert found[name].ok
    assert found["spatch"].mend == "apt-get install coccinelle"
    assert not found["make"].ok
    command = doctor.missing_packages(tuple(found.values()))
    assert command.startswith("apt-get install git make")
    assert "gcc-riscv64-linux-gnu" in command


def test_a_linker_that_is_missing_is_told_with_its_package(
    toy: toys.Toy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = look(toy)
    linkers = {name for name, check in before.items() if name.endswith("ld") and check.needed}
    assert len(linkers) == 2  # the host's own, and the cross one
    for name, check in before.items():
        if name not in linkers and Path(check.found).name == name:
            (tmp_path / name).symlink_to(check.found)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look(toy)
    for name in linkers:
        assert not found[name].ok
        assert found[name].mend.startswith("apt-get install binutils")
    assert found["make"].ok


def test_a_tree_that_is_gone_is_missing(toy: toys.Toy) -> None:
    toy.tree.rename(toy.directory / "moved")
    tree = look(toy)["kernel tree"]
    assert not tree.ok
    assert tree.mend == f"{toy.tree} is not there; name another with --tree"


def test_a_base_without_a_source_is_missing(toy: toys.Toy) -> None:
    series = toy.series()
    bare = replace(series, base=BaseSpec(series.base.release))
    found = doctor.examine(bare, settings.resolve(environ={"REFSERIES_CACHE": str(toy.cache)}))
    (source,) = (check for check in found if check.name == "kernel source")
    assert (source.ok, source.mend) == (False, "name a kernel git tree with --tree")


def test_whoever_has_no_series_yet_is_told_all_else(
    toy: toys.Toy, refseries: Callable[..., proc.Completed], tmp_path: Path
) -> None:
    names = {check.name for check in look(toy).values()}
    nowhere = refseries("doctor", "--json", "-", cwd=tmp_path)
    assert nowhere.returncode in (0, 3), nowhere.stderr  # as the machine is
    told = {check["name"] for check in json.loads(nowhere.stdout)["checks"]}
    assert told == names - {"kernel tree"}
    assert refseries("-C", str(tmp_path), "doctor").returncode == 2
    shown = refseries("doctor", env={"REFSERIES_TREE": "/gone"})
    assert shown.returncode == 3
    assert "/gone is not there; name another with --tree" in " ".join(shown.stdout.split())


def test_what_is_there_is_named_with_its_place(
    toy: toys.Toy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "sparse"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look(toy)
    assert found["sparse"].found == str(tool)
    assert found["sparse"].mend == ""
    assert found["kernel tree"].found == str(toy.tree)
