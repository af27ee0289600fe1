# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
import toy as toys
from toy import Toy

from refseries.errors import SeriesError
from refseries.model import Identity
from refseries.series import naming, store


def replace(toy: Toy, name: str, old: str, new: str) -> None:
    path = toy.project / "series" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def refusal(toy: Toy) -> SeriesError:
    with pytest.raises(SeriesError) as caught:
        store.load(toy.project)
    assert caught.value.hint
    return caught.value


def test_a_series_is_read_with_its_versions_in_order_of_number(toy: Toy) -> None:
    toy.version_of(*toys.V1, name="v10")
    series = store.load(toy.project)
    assert series.name == "toy"
    assert series.identity == Identity("Refseries Toy", "toy@example.org")
    assert (series.base.release, series.base.tree) == ("6.12.117", None)
    assert [version.name for version in series.versions] == ["v1", "v2", "v10"]
    v2 = store.version(series, "v2")
    assert v2.date == datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert [path.name for path in v2.patches] == [
        "0001-mm-introduce-toys.patch", "0002-mm-tell-what-a-toy-is.patch",
    ]  # fmt: skip
    assert [(fixup.task, fixup.addresses) for fixup in v2.fixups] == [
        ("small-toy", ("t-small-toy",)), ("two-toys", ("t-two-toys",)),
    ]  # fmt: skip


def test_a_version_is_known_by_its_cover_its_patches_and_their_order(toy: Toy) -> None:
    v1 = toy.series().versions[0]
    said = store.digest(v1)
    assert store.digest(dataclasses.replace(v1, patches=v1.patches[::-1])) != said
    for path in (v1.cover, *v1.patches):
        whole = path.read_bytes()
        path.write_bytes(whole + b"\n")
        assert store.digest(v1) != said
        path.write_bytes(whole)
    assert store.digest(v1) == said


def test_the_series_is_found_from_a_directory_below(toy: Toy) -> None:
    assert store.find_root(toy.project / "series" / "v2" / "fixups") == toy.project
    with pytest.raises(SeriesError, match="no series here"):
        store.find_root(toy.tree)


def test_a_tree_is_relative_to_the_project(toy: Toy) -> None:
    replace(toy, "series.toml", 'package = "toy-source"', 'package = "t"\ntree = "../linux"')
    assert store.load(toy.project).base.tree == toy.tree


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "what"),
    [
        (
            "series.toml",
            "[identity]",
            '[recipients]\nto = ["Bob"]\n\n[identity]',
            ": recipients.to",
            "`Bob` is not one mail address",
        ),
        (
            "series.toml",
            "schema = 1",
            'schema = 1\nchange_id = "x"',
            ":2: change_id",
            "regex",
        ),
        ("series.toml", "schema = 1", 'schema = 1\nprefixes = ["a b"]', ":2: prefixes[0]", "regex"),
        ("series.toml", "schema = 1", 'schema = 1\nprefixes = ["v2"]', ":2: prefixes[0]", "regex"),
        ("series.toml", "schema = 1", "schema = 2", ":1: schema", "schema 2 is not known"),
        ("series.toml", '"toy"', '"Toy"', ":2: name", "regex"),
        ("series.toml", '"toy"', '"toy\\n"', ":2: name", "regex"),
        ("series.toml", '"toy"', '"../toy"', ":2: name", "regex"),
        ("series.toml", '"toy"', '"base"', ": name", "no series can be called `base`"),
        ("series.toml", "title", "titel", ":3: titel", "unknown field"),
        ("series.toml", '["default"]', "[]", ":4: configs", "length"),
        ("series.toml", "Refseries Toy", "A <b@c>", ":7: identity.name", "regex"),
        ("series.toml", "toy@example", "t\\ny@example", ":8: identity.email", "regex"),
        ("series.toml", f'"{"0" * 64}"', '"0"', ":16: base.tarball.sha256", "regex"),
        ("series.toml", "6.12.117", "6.12-rc1", ":11: base.release", "regex"),
        ("v2/version.toml", '"v2"', '"v1"', ": version", "says `v1` but stands in `v2/`"),
        ("v2/version.toml", "12:00:00Z", "12:00:00", ": date", "no time zone"),
        ("v2/version.toml", "T12:00:00Z", "", ":3: date", "datetime"),
        ("v2/version.toml", "2026-11-25", "9999-12-31", ": date", "no version is of the year 9999"),
        ("v2/version.toml", "0001-mm", "0001\\u0000-mm", ":4: patches[0]", "a NUL character"),
        ("series.toml", '"mm: introduce toys"', '"\\U00000000"', ":3: title", "a NUL character"),
        ("series.toml", "schema = 1", f"schema = {'1' * 5000}", "", "a number is too long"),
        ("series.toml", "schema = 1", f"schema = {'[' * 600}{']' * 600}", "", "nested too deep"),
        ("v2/version.toml", "0001-mm", "0009-mm", ": patches", "no file `0009-mm-introduce"),
        ("v2/version.toml", "0001-mm", "../v1/0001-mm", ": patches", "leads out of `v2/`"),
        ("v2/version.toml", "0001-mm", "/etc/0001-mm", ": patches", "leads out of `v2/`"),
        ("v2/version.toml", "fixups/0001-mm", "fixups/0009-mm", ": fixups", "no file"),
        ("v2/version.toml", "two-toys", "small-toy", ": fixups", "two fixups are named"),
        ("v2/version.toml", "two-toys", "2", ": fixups", "how a patch of the version is named"),
        ("v2/version.toml", "two-toys", "Two/Toys", ":15: fixups[1].task", "regex"),
        ("v2/version.toml", "schema = 1", "schema = 1\ncover = 1", ":2: cover", "unknown"),
    ],
)
def test_wrong_data_is_refused_and_named(
    toy: Toy, file: str, old: str, new: str, place: str, what: str
) -> None:
    replace(toy, file, old, new)
    error = refusal(toy)
    assert error.where == f"{toy.project}/series/{file}{place}"
    assert what in str(error)


def test_a_patch_that_is_a_link_out_of_its_version_is_refused(toy: Toy) -> None:
    patch = toy.project / "series" / "v1" / "0001-mm-introduce-toys.patch"
    patch.rename(toy.directory / "elsewhere.patch")
    patch.symlink_to(toy.directory / "elsewhere.patch")
    assert "leads out of `v1/`" in refusal(toy).what


def test_a_version_without_its_files_is_refused(toy: Toy) -> None:
    (toy.project / "series" / "v1" / "cover.md").unlink()
    assert "no file `cover.md`" in refusal(toy).what
    (toy.project / "series" / "v1" / "version.toml").unlink()
    assert refusal(toy).where == str(toy.project / "series" / "v1" / "version.toml")


def test_a_series_that_was_just_begun_has_no_version(toy: Toy) -> None:
    for name in ("v1", "v2"):
        (toy.project / "series" / name).rename(toy.directory / name)
    (toy.project / "series" / "v01").mkdir()  # no version's name
    series = toy.series()
    assert series.versions == ()
    for choose in (
        lambda: store.newest(series),
        lambda: store.version(series, "v1"),
        lambda: naming.targets(series, [], every=True),
    ):
        with pytest.raises(SeriesError, match="no version") as caught:
            choose()
        assert caught.value.hint == "Bring one: refseries import COMMIT..BRANCH --as v1"


def test_a_base_may_come_from_a_tree_alone(toy: Toy) -> None:
    path = toy.project / "series" / "series.toml"
    text = path.read_text()
    path.write_text(text[: text.index("package")] + 'tree = "../linux"\nref = "v6.12.117"\n')
    base = toy.series().base
    assert (base.tree, base.ref) == (toy.tree, "v6.12.117")
    assert (base.package, base.tarball_url, base.tarball_sha256) == ("", "", "")


def test_an_unknown_version_lists_the_known_ones(toy: Toy) -> None:
    with pytest.raises(SeriesError, match="no version `v7`") as caught:
        store.version(toy.series(), "v7")
    assert caught.value.hint == "It has v1, v2."


def test_recipients_and_change_id_are_read(toy: Toy) -> None:
    assert (toy.series().to, toy.series().cc, toy.series().change_id) == ((), (), "")
    more = (
        'change_id = "20261120-toy-0123456789ab"\n\n[recipients]\n'
        'to = ["Bob Ångström <bob@example.org>", "list@example.org"]\n'
        "cc = ['\"L, A\" <a@example.org>']\n"
    )
    replace(toy, "series.toml", "\n[identity]", f"{more}\n[identity]")
    series = toy.series()
    assert series.to == (
        Identity("Bob Ångström", "bob@example.org"),
        Identity("", "list@example.org"),
    )
    assert series.cc == (Identity("L, A", "a@example.org"),)
    assert series.change_id == "20261120-toy-0123456789ab"
