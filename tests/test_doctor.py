# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
import toy as toys

from refseries import doctor, settings


def look(toy: toys.Toy) -> dict[str, doctor.Check]:
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
