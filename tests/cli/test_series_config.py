# SPDX-License-Identifier: GPL-2.0-or-later
"""Where no config is asked for, the first that the series names is meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from toy import Toy

from refseries.host import proc

Refseries = Callable[..., proc.Completed]


@pytest.mark.parametrize(
    "words",
    [
        "boot v1",
        "mutate v1",
        "kselftest v1",
        "bench v1",
        "bisect toy.answers",
        "coverage v1",
        "config suggest v1",
        "test v1",
    ],
)
def test_a_command_of_one_config_takes_that_of_the_series(
    refseries: Refseries, toy: Toy, words: str
) -> None:
    (toy.project / "kernel-tests").mkdir(exist_ok=True)
    (toy.project / "kernel-tests" / "config").touch()
    path = toy.project / "series" / "series.toml"
    lines = path.read_text().splitlines()
    named = [f'configs = ["{words.split()[0]}-odd"]', *(x for x in lines if "configs =" not in x)]
    path.write_text("\n".join(named) + "\n")
    done = refseries(*words.split())
    assert done.returncode == 2
    assert f"series.toml: there is no config `{words.split()[0]}-odd`." in done.stderr
