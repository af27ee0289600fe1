# SPDX-License-Identifier: GPL-2.0-or-later
"""A result is one of the tests and expectations that it came out by, as of its patches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fake_kernel import ARM64_FRAGMENT
from played_project import BAD, EXPECTATIONS, Project
from played_series import CONFIGS

from refseries.model import Target
from refseries.review import status
from refseries.series import apply
from refseries.testing import each_patch, matrix, runs
from refseries.testing.expectations import Expectations
from refseries.testing.judges import OLDER_PATCHES, OTHER_JUDGES, OTHER_OPTIONS, Judges
from refseries.testing.runs import LatestRun

V1 = Target("v1")
ENTRY = '[[expect]]\ncase = "toy.two"\nversions = ["{}"]\nconfigs = ["{}"]\noutcome = "fail"\n'


def _rewrite(tests: Path, name: str, old: str, new: str) -> None:
    path = tests / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def newest_of(project: Project) -> LatestRun:
    """v1, which fails as expected, once it has been tested."""
    project.add({"guest.sh": BAD}, {"lib/toy.c": "int toy;\n"})
    matrix.run(project.request(), lambda _event: None)
    lab = project.request().lab
    found = runs.latest(lab.cache, lab.series.home, V1, "default")
    assert found is not None
    assert found.as_expected
    return found


@pytest.mark.parametrize(
    ("change", "outdated"),
    [
        (lambda _tests: None, ""),
        (lambda tests: _rewrite(tests, "toy_test.c", "0", "1"), OTHER_JUDGES),
        (lambda tests: (tests / "more.c").touch(), OTHER_JUDGES),
        (lambda tests: (tests / "README.md").touch(), ""),
        (lambda tests: _rewrite(tests, "expectations.toml", EXPECTATIONS[12:], ""), OTHER_JUDGES),
        (lambda tests: _rewrite(tests, "expectations.toml", "v1-toy-1", "v1-toy-2"), OTHER_JUDGES),
        (lambda tests: _rewrite(tests, "expectations.toml", "one toy", "a toy"), ""),
        (
            lambda tests: _rewrite(tests, "expectations.toml", "[[expect]]", "[[expected]]"),
            OTHER_JUDGES,
        ),
        (lambda tests: (tests / "suites.toml").write_text("schema = 1\n"), OTHER_JUDGES),
    ],
)
def test_what_was_judged_by_others_is_none_of_the_version_as_it_stands(
    project: Project, change: Callable[[Path], object], outdated: str
) -> None:
    found = newest_of(project)
    change(project.directory / "kernel-tests")
    judges = Judges.load(project.directory)
    assert judges.outdated(found, V1, "default", found.tree) == outdated
    assert judges.outdated(found, V1, "default", "another") == OLDER_PATCHES
    older = replace(found, judged_by="")
    assert judges.outdated(older, V1, "default", found.tree) == ""


@pytest.mark.parametrize(
    ("name", "old", "new", "outdated"),
    [
        ("config", "SWAP=y", "SWAP=n", OTHER_OPTIONS),
        ("configs.toml", "boot = true", "boot = true\ncase_ptrace = true", OTHER_OPTIONS),
        ("configs.toml", "boot = true", 'boot = true\nstart = "defconfig"', OTHER_OPTIONS),
        ("configs.toml", "boot = true", 'boot = true\nabout = "All there is."', ""),
        ("mm.config", "SHMEM", "HMM", ""),
        ("configs.toml", "arch", "ark", OTHER_OPTIONS),
    ],
)
def test_what_was_seen_with_other_options_is_none_of_the_version_as_it_stands(
    project: Project, name: str, old: str, new: str, outdated: str
) -> None:
    tests = project.directory / "kernel-tests"
    (tests / "configs.toml").write_text(CONFIGS)
    (tests / "config").write_text(ARM64_FRAGMENT)
    (tests / "mm.config").write_text("CONFIG_SHMEM=y\n")
    found = newest_of(project)
    _rewrite(tests, name, old, new)
    judges = Judges.load(project.directory)
    assert judges.outdated(found, V1, "default", found.tree) == outdated
    assert judges.made(found, "default") == (not outdated)
    older = replace(found, options="", tests="")
    assert judges.outdated(older, V1, "default", found.tree) == ""
    assert judges.made(older, "default")


def test_status_and_what_is_known_patch_by_patch_heed_it(project: Project) -> None:
    newest_of(project)
    request, base = project.request(), project.request().lab.base
    series, cache = request.lab.series, request.lab.cache

    def told() -> tuple[str, str]:
        found = status.status_of(series, base, ("default",), cache)
        return found.rows[0].cells[0].outdated, found.next_step

    assert told()[1].startswith("refseries export v1: ")
    assert each_patch.known(series, base, "v1", cache).untested == (
        "v1 was never tested patch by patch in default",
    )
    states, _error = apply.patch_by_patch(series, base, "v1", cache)
    by_patch = replace(request, targets=tuple(states), chain="v1", by_patch=True)
    matrix.run(by_patch, lambda _event: None)
    assert each_patch.known(series, base, "v1", cache).untested == ()
    (project.directory / "kernel-tests/more.c").touch()
    assert told() == (
        OTHER_JUDGES,
        "refseries test v1: it has not been tested as it stands.",
    )
    assert each_patch.known(series, base, "v1", cache).untested


def test_what_is_said_of_others_changes_nothing(tmp_path: Path) -> None:
    def digest(text: str, target: Target = V1, *, booted: bool = True) -> str:
        tests = tmp_path / "kernel-tests"
        tests.mkdir(exist_ok=True)
        (tests / "expectations.toml").write_text(f"schema = 1\n{text}")
        judges = replace(Judges.load(tmp_path), tests="")
        return judges.digest(target, "default", booted=booted)

    why = 'why = "So."\n'
    nothing = digest("")
    assert digest(ENTRY.format("v2", "*") + why) == nothing
    assert digest(ENTRY.format("v1", "debug") + why) == nothing
    assert digest(ENTRY.format("v1", "*") + why) != nothing
    # Where nothing was booted, no case was judged, and no test was asked.
    unbooted = digest("", booted=False)
    assert digest(ENTRY.format("v1", "*") + why, booted=False) == unbooted
    assert replace(Judges(Expectations(), "a")).digest(V1, "default", booted=False) == unbooted
    stage = ENTRY.format("v1", "*").replace('case = "toy.two"', 'stage = "build"') + why
    assert digest(stage, booted=False) != unbooted
    # A state between patches may skip what base is expected to skip.
    state = Target("v1", patch=1)
    skips = ENTRY.format("base", "*").replace('"fail"', '"skip"') + why
    assert digest(skips) == nothing
    assert digest(skips, state) != digest("", state)
