# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of ``refseries coverage``; what it counts is tested in tests/coverage/."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from toy import Toy

from refseries.host import proc


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("v1", "--json", "-", "--lcov", "-"), "only one document can go to standard output"),
        (("v7",), "no version `v7`"),
        (("v1", "--config", "odd"), "there is no config `odd`"),
        (("v1", "--at-least", "101"), "101"),
    ],
)
def test_wrong_words_are_told(
    toy: Toy, refseries: Callable[..., proc.Completed], words: tuple[str, ...], what: str
) -> None:
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests/config").touch()
    done = refseries("coverage", *words)
    assert done.returncode == 2
    assert what in done.stderr


def test_a_wrong_file_of_reasons_is_told_before_anything_is_built(
    toy: Toy, refseries: Callable[..., proc.Completed]
) -> None:
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests/config").touch()
    (toy.project / "kernel-tests/coverage.toml").write_text("schema = 1\n[[unrun]]\nfile = 3\n")
    done = refseries("coverage", "v1")
    assert done.returncode == 2
    assert "coverage.toml" in done.stderr
