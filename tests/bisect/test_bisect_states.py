# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies between two states, and where to look when nobody says."""

from __future__ import annotations

import pytest
from played_project import Project

from refseries.bisect import states
from refseries.errors import SeriesError
from refseries.model import Series
from refseries.series import naming

ONE: dict[str, str | None] = {"lib/one.c": "int one;\n"}
TWO: dict[str, str | None] = {"lib/two.c": "int two;\n"}
THREE: dict[str, str | None] = {"lib/three.c": "int three;\n"}


@pytest.fixture
def series(project: Project) -> Series:
    """v1 of one patch, v2 by two fixups, v3 of three patches without fixups."""
    project.add(ONE)
    project.add({**TWO, **THREE}, fixups=("two", "three"))
    project.add(ONE, TWO, THREE)
    return project.request().lab.series


@pytest.mark.parametrize(
    ("ends", "between"),
    [
        ("v1 v2", "v1 v2:two v2:three v2"),
        ("v2 v1", "v1 v2:two v2:three v2"),
        ("v1 v3", "v1 v2:two v2:three v2 v3"),
        ("v2:two v3", "v2:two v2:three v2 v3"),
        ("v2 v3", "v2 v3"),
        ("base v3", "base v3:1 v3:2 v3"),
        ("v3:1 v3", "v3:1 v3:2 v3"),
        ("base v1", "base v1"),
    ],
)
def test_the_states_between(series: Series, ends: str, between: str) -> None:
    one, other = (naming.target(series, name) for name in ends.split())
    assert " ".join(map(str, states.between(series, one, other))) == between


@pytest.mark.parametrize(
    ("ends", "why"),
    [("v2 v2", "nothing lies between"), ("v2:two v3:1", "no way from v2:two to v3:1")],
)
def test_what_lies_on_no_way_is_refused(series: Series, ends: str, why: str) -> None:
    one, other = (naming.target(series, name) for name in ends.split())
    with pytest.raises(SeriesError, match=why):
        states.between(series, one, other)


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        ({}, "v2 v3"),
        ({"v1": "fail", "v2": "pass", "v3": "pass"}, "v1 v3"),
        ({"v1": "fail", "v3": "pass"}, "v1 v3"),
        ({"v1": "fail", "v2": "pass"}, "v2 v3"),
        ({"v1": "pass", "v2": "pass", "v3": "pass"}, "v2 v3"),
    ],
)
def test_without_ends_it_is_the_newest_versions_that_differ(
    series: Series, words: dict[str, str], ends: str
) -> None:
    assert " ".join(map(str, states.ends(series, words))) == ends
