# SPDX-License-Identifier: GPL-2.0-or-later
"""What the same selftests say on base and on a version, beside each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from refseries.guest import splat
from refseries.guest.results import CaseStatus, KtapResult
from refseries.model import Splat, Target
from refseries.testing.kselftest.suite import Suite


@dataclass(frozen=True)
class Heard:
    """What the guests of one target said.

    Attributes:
        results: by the name of the case.
        splats: the kernel's complaints.
        reason: why they did not say all that they should; empty when they did.
        log: directory of the evidence.
    """

    target: Target
    results: dict[str, KtapResult]
    splats: tuple[Splat, ...]
    reason: str
    log: Path


@dataclass(frozen=True)
class CaseDifference:
    """One thing that is not as on base.

    Attributes:
        case: its name; empty when it is about none.
        text: a few words: what it is on base, and what here.
    """

    case: str
    text: str


@dataclass(frozen=True)
class KselftestReport:
    """A run of the suite on base and on versions.

    Attributes:
        names: of the cases that were asked for.
        unlisted: programs of the base's Makefile that the suite does not know.
    """

    suite: Suite
    config: str
    names: tuple[str, ...]
    base: Heard
    others: tuple[Heard, ...]
    unlisted: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether every case was heard of, and is everywhere as on base."""
        heard = all(name in self.base.results for name in self.names)
        return heard and not self.base.reason and not any(map(self.differences, self.others))

    def differences(self, other: Heard) -> tuple[CaseDifference, ...]:
        """How a version differs from base."""
        found = [
            CaseDifference(name, text)
            for name in self.names
            for text in _different(self.base.results.get(name), other.results.get(name))
        ]
        found += [
            CaseDifference(each.case or "", f"the kernel complains: {each.title}")
            for each in splat.new(other.splats, self.base.splats)
        ]
        if other.reason:
            found.append(CaseDifference("", other.reason))
        return tuple(found)


def parts(result: KtapResult) -> tuple[KtapResult, ...]:
    """The single results that a program reported, in their order; none when it speaks no TAP."""
    # Init's result, in it that of the program as a whole, in it what the program itself said.
    inside = (each for whole in result.subtests for each in whole.subtests)
    return tuple(leaf for each in inside for leaf in each.walk() if not leaf.subtests)


def counts(result: KtapResult) -> Counter[CaseStatus]:
    """How many of the parts have each status."""
    return Counter(part.status for part in parts(result))


def _different(here: KtapResult | None, there: KtapResult | None) -> list[str]:
    if here is None or there is None:
        return [] if here is there else [f"{_said(here)} on base, {_said(there)} here"]
    found = []
    # The names hold addresses and times; the order is the program's own.
    for one, other in zip_longest(parts(here), parts(there)):
        if one is None or other is None or one.status is not other.status:
            named = other or one
            assert named is not None
            title = f"{named.number} {named.name}"
            found.append(f"{title}: {_said(one)} on base, {_said(other)} here")
    if here.status is not there.status and not found:
        found.append(f"{_said(here)} on base, {_said(there)} here")
    return found


def _said(result: KtapResult | None) -> str:
    return "no result" if result is None else str(result.status)
