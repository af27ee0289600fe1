# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever has kinds: a new one stands in every table that has to know it, documents included."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest

from refseries.check import catalogue
from refseries.cli import task_view
from refseries.host.packages import PACKAGES
from refseries.kernel.arch import ARCHES
from refseries.kernel.arch.model import Arch
from refseries.review import changelog
from refseries.review.evidence.kinds import AnyEvidence
from refseries.review.model import State
from refseries.testing.suites.kinds import AnySuite

ROOT = Path(__file__).parents[1]


def tags(union: object) -> list[str]:
    return [str(kind.__struct_config__.tag) for kind in get_args(union)]


def not_in(document: str, names: Iterable[str]) -> set[str]:
    text = (ROOT / document).read_text()
    return {name for name in names if f"`{name}`" not in text and f'"{name}"' not in text}


@pytest.mark.parametrize("document", ["docs/architecture.md", "docs/feedback.md"])
def test_every_kind_of_evidence_and_state_of_a_task_is_described(document: str) -> None:
    assert not_in(document, tags(AnyEvidence)) == set()
    assert not_in(document, State) == set()


def test_every_kind_of_suite_is_described() -> None:
    assert not_in("docs/own-series.md", tags(AnySuite)) == set()


def test_every_check_is_described() -> None:
    assert not_in("docs/check.md", [check.name for check in catalogue.checks({})]) == set()


def test_every_state_of_a_task_has_its_place_in_a_changelog_and_on_the_screen() -> None:
    # A settled one is a change, and a started one is as good as open.
    assert {State.SETTLED, State.STARTED, *changelog._TITLES} == {*State}
    assert {*task_view.STYLES} == {*State}


@pytest.mark.parametrize("arch", ARCHES.values(), ids=ARCHES)
def test_every_architecture_can_be_installed(arch: Arch) -> None:
    tools = {f"{arch.cross}gcc", f"{arch.cross}ld"}
    if arch.machine:
        tools |= {arch.machine.qemu, f"{arch.cross}gcov"}
    assert tools - {*PACKAGES} == set()
    setup = (ROOT / "setup").read_text()
    assert PACKAGES[f"{arch.cross}gcc"] in setup
