# SPDX-License-Identifier: GPL-2.0-or-later
"""What is expected of the states between the patches of a version.

A case of what only a later patch brings has nothing to test before that patch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from refseries.guest.cases import CasesRun
from refseries.guest.results import CaseStatus
from refseries.model import BASE, Target
from refseries.testing.expectations import Expectation, Expectations
from refseries.testing.model import Outcome, Run


def before(target: Target, targets: Iterable[Target]) -> tuple[Target, ...]:
    """Those of ``targets`` behind an earlier patch of the same version, on the same base."""
    if target.patch is None:
        return ()
    return tuple(
        each
        for each in targets
        if (each.version, each.onto) == (target.version, target.onto)
        and each.patch
        and each.patch < target.patch
    )


def expected(
    target: Target,
    config: str,
    run: CasesRun,
    expectations: Expectations,
    earlier: Sequence[Run],
) -> Expectations:
    """``expectations``, and that a case may skip until the patch that brings what it tests.

    A skip is as expected of a state before the last patch where base is expected to skip the case,
    no entry of its own speaks of it there, and no earlier patch had it do anything else.

    Args:
        run: what the guest of ``target`` said.
        earlier: the runs of the earlier patches in this config, as far as they are asked for.
    """
    if target.patch is None:
        return expectations
    had = {
        result.name
        for each in earlier
        for result in each.results
        if result.outcome is not Outcome.SKIP
    }
    lacking = []
    for result in run.results:
        if result.status is not CaseStatus.SKIP or result.name in had:
            continue
        of_base = expectations.case(Target(BASE), config, result.name)
        own = expectations.case(target, config, result.name)
        if own is None and of_base is not None and of_base.outcome is Outcome.SKIP:
            lacking.append(_skips(result.name, target, config))
    return Expectations((*expectations.entries, *lacking))


def _skips(case: str, target: Target, config: str) -> Expectation:
    # A name may have bytes that a glob reads as something else.
    name = "".join(f"[{char}]" if char in "*?[" else char for char in case)
    why = "What it tests comes with a later patch."
    return Expectation(
        case=name, versions=(str(target),), configs=(config,), outcome=Outcome.SKIP, why=why
    )
