# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands that end with 1 as something is not as it should be, and that a script relies on."""

from __future__ import annotations

from pathlib import Path

import played_series
import pytest
from played_series import Played


@pytest.fixture
def played(tmp_path: Path) -> Played:
    return played_series.make(tmp_path)


def test_something_is_not_as_it_should_be(played: Played) -> None:
    # Nobody accounts for its survivor any more.
    survivors = played.directory / "kernel-tests/mutants/survivors.toml"
    survivors.write_text("schema = 1\n")
    done = played.run("mutate", "v5", "--mutant", "harmless", "--quiet")
    assert (done.returncode, "harmless: survives" in done.stdout) == (1, True), done.stderr
    # One of two versions cannot be measured, as it does not compile.
    done = played.run("bench", "v5", "v3", "--quiet")
    assert (done.returncode, "500" in done.stdout) == (1, True), done.stderr
    # It passes on both.
    done = played.run("bisect", "toy.three", "v1", "v5", "--quiet")
    assert done.returncode == 1, done.stderr
    # No Makefile has a word of the file.
    kernel = played.project.kernel
    kernel.git("checkout", "--quiet", "--detach", kernel.base.commit)
    kernel.commit("drivers: add an odd one", {"drivers/gpu/odd.c": "int odd;\n"})
    kernel.git("branch", "topic")
    done = played.run("config", "suggest", "topic", "--quiet")
    assert (done.returncode, "odd.c" in done.stdout) == (1, True), done.stderr
