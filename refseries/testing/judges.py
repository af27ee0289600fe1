# SPDX-License-Identifier: GPL-2.0-or-later
"""What results rest on besides a kernel's sources: the tests, what is expected of them, options."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from refseries.errors import HostError, SeriesError
from refseries.guest import initramfs
from refseries.kernel import configs, configure
from refseries.kernel.model import Config
from refseries.model import BASE, Target
from refseries.testing.expectations import Expectation, Expectations
from refseries.testing.runs import Grounds, LatestRun
from refseries.testing.suites import load

OLDER_PATCHES, OTHER_JUDGES = "older patches", "other tests or expectations"
OTHER_OPTIONS = "other kernel options"


@dataclass(frozen=True)
class Judges:
    """Tests, expectations and configs of a project as they are now.

    Attributes:
        tests: stands for the sources of the tests, without those that stand in a kernel's tree.
        options: of each config, its name and what stands for what it is made of.
    """

    expectations: Expectations
    tests: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def load(cls, root: Path) -> Judges:
        """Of the project at ``root``; no compiler is asked.

        What cannot be read judges nothing: no result rests on it.
        """
        try:
            there = (root / "kernel-tests" / "expectations.toml").exists()
            expectations = Expectations.load(root) if there else Expectations()
            return cls(expectations, initramfs.digest(_sources(root)), tuple(_options(root)))
        except (SeriesError, OSError):
            return cls(Expectations(), "cannot be read")

    def digest(self, target: Target, config: str, *, booted: bool) -> str:
        """Stands for all of it that says how a run of ``target`` in ``config`` came out.

        Args:
            booted: its cases were run; otherwise only stages were judged.
        """
        fitting = list(self._about(target, config, booted=booted))
        if booted and target.patch is not None:  # it may skip what base is expected to skip
            fitting += self._about(Target(BASE), config, booted=True)
        said = [(each.case, each.stage, str(each.outcome), each.task) for each in fitting]
        tests = self.tests if booted else ""
        return hashlib.sha256(repr((said, tests)).encode("utf-8", "surrogateescape")).hexdigest()

    def grounds(self, target: Target, config: str, *, booted: bool) -> Grounds:
        """What a run of now rests on; arguments as of ``digest``."""
        judged_by = self.digest(target, config, booted=booted)
        return Grounds(judged_by, self.tests if booted else "", self._options_of(config))

    def _options_of(self, config: str) -> str:
        return dict(self.options).get(config, "")

    def made(self, found: LatestRun, config: str) -> bool:
        """Whether the tests and options of ``found`` are those of now, as far as is known."""
        # An older refseries did not keep them.
        same_tests = found.tests in ("", self.tests)
        return same_tests and found.options in ("", self._options_of(config))

    def _about(self, target: Target, config: str, *, booted: bool) -> Iterator[Expectation]:
        for each in self.expectations.entries:
            if each.fits(target, config) and (booted or each.stage is not None):
                yield each

    def outdated(self, found: LatestRun, target: Target, config: str, tree: str | None) -> str:
        """What ``found`` is of instead of the target as it stands, in words; empty where it is not.

        Args:
            tree: git tree id of ``target``; None where it does not apply.
        """
        if found.tree != tree:
            return OLDER_PATCHES
        if found.options not in ("", self._options_of(config)):
            return OTHER_OPTIONS
        same = self.judged(found.judged_by, target, config, booted=found.booted)
        return "" if same else OTHER_JUDGES

    def judged(self, judged_by: str, target: Target, config: str, *, booted: bool) -> bool:
        """Whether ``judged_by`` stands for what ``digest`` does now, as far as is known."""
        # An older refseries did not say what it judged by.
        return judged_by in ("", self.digest(target, config, booted=booted))


def _options(root: Path) -> Iterator[tuple[str, str]]:
    try:
        known = configs.of_project(root)
    except (SeriesError, HostError, OSError):
        return
    for name, config in known.items():
        yield name, hashlib.sha256(repr(_made_of(config)).encode("utf-8", "replace")).hexdigest()


def _made_of(config: Config) -> tuple[object, ...]:
    """All of a config that a result depends on; without its name, and what is for people."""
    texts = [each.text for each in (*configure.origin(config), *config.fragments)]
    flags = (config.boot, config.modules, config.case_ptrace)
    return config.arch, config.targets, *texts, *flags


def _sources(root: Path) -> Iterator[tuple[str, bytes]]:
    suites = load.load(root)
    if suites is None:
        for path in initramfs.source_files(root / "kernel-tests"):
            yield str(path.relative_to(root)), path.read_bytes()
        return
    yield "suites.toml", load.path_of(root).read_bytes()
    for name, suite in sorted(suites.items()):
        for file, data in sorted(suite.inputs(root).items()):
            yield f"{name}/{file}", data
