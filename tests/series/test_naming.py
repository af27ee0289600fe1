# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user names: versions, fixup states and the base."""

from __future__ import annotations

import pytest
import toy as toys
from toy import Toy

from refseries.errors import SeriesError
from refseries.model import Target
from refseries.series import naming, store


def test_targets_are_versions_fixup_states_and_base(toy: Toy) -> None:
    series = toy.series()
    assert naming.target(series, "base") == Target("base")
    assert naming.target(series, "v1") == Target("v1")
    assert naming.target(series, "v2:small-toy") == Target("v2", "small-toy")


def test_a_number_is_a_patch_and_the_last_one_is_the_version_itself(toy: Toy) -> None:
    series = toy.series()
    assert str(naming.target(series, "v1:1")) == "v1:1"
    assert naming.target(series, "v1:1") == Target("v1", patch=1)
    assert naming.target(series, "v1:2") == Target("v1")
    states = naming.targets(series, ["v1"], by_patch=True)
    assert states == (Target("v1", patch=1), Target("v1"))
    with pytest.raises(SeriesError, match="takes one version"):
        naming.targets(series, ["v1", "v2"], by_patch=True)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("v1:0", "v1 has no patch 0", "1 to 2"),
        ("v1:3", "v1 has no patch 3", "1 to 2"),
        ("v1:" + "9" * 5000, "v1 has no patch 999", "1 to 2"),
        ("v9", "no version `v9`", "v1, v2"),
        ("", "no version ``", "v1, v2"),
        ("base:x", "no version `x`", "v1, v2"),
        ("v2:", "v2 has no fixup ``", "small-toy, two-toys"),
        ("v2:gone", "v2 has no fixup `gone`", "small-toy, two-toys"),
        ("v1:small-toy", "v1 has no fixup `small-toy`", "none"),
    ],
)
def test_a_target_that_is_not_there_is_refused(toy: Toy, text: str, what: str, hint: str) -> None:
    with pytest.raises(SeriesError) as caught:
        naming.target(toy.series(), text)
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_the_chain_goes_from_the_version_before_over_the_fixups(toy: Toy) -> None:
    series = toy.series()
    assert [str(target) for target in naming.chain(series, "v2")] == [
        "v1", "v2:small-toy", "v2:two-toys", "v2",
    ]  # fmt: skip
    v1, v2 = series.versions
    assert store.previous(series, v2) is v1
    assert store.previous(series, v1) is None
    with pytest.raises(SeriesError, match="v1 has no fixups"):
        naming.chain(series, "v1")


def test_targets_are_those_named_once_or_all_versions(toy: Toy) -> None:
    series = toy.series()
    named = naming.targets(series, ["v2:small-toy", "base", "v2:small-toy"])
    assert named == (Target("v2", "small-toy"), Target("base"))
    assert naming.targets(series, [], every=True) == (Target("v1"), Target("v2"))


def test_by_task_takes_the_newest_version_with_fixups_unless_one_is_named(toy: Toy) -> None:
    toy.version_of(*toys.V1, name="v3")
    series = toy.series()
    assert naming.targets(series, [], by_task=True) == naming.chain(series, "v2")
    assert naming.targets(series, ["v2"], by_task=True) == naming.chain(series, "v2")
    with pytest.raises(SeriesError, match="v1 has no fixups"):
        naming.targets(series, ["v1"], by_task=True)


@pytest.mark.parametrize(
    ("names", "every", "by_task", "what"),
    [
        ([], False, False, "say which versions"),
        (["v1"], True, False, "names them already"),
        (["v1", "v2"], False, True, "takes one version"),
        ([], True, True, "takes one version"),
    ],
)
def test_a_choice_that_says_too_little_or_too_much_is_refused(
    toy: Toy, names: list[str], every: bool, by_task: bool, what: str
) -> None:
    with pytest.raises(SeriesError, match=what):
        naming.targets(toy.series(), names, every=every, by_task=by_task)
