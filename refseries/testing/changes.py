# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed in behaviour from one run to the next; pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from refseries.model import BASE, StageOutcome, Target
from refseries.testing.model import Matrix, Outcome, Run

_BAD = frozenset(
    {
        Outcome.FAIL,
        Outcome.XFAIL,
        Outcome.TIMEOUT,
        Outcome.CRASH,
        Outcome.VANISHED,
        Outcome.FLAKY,
    }
)
"""What is no pass and no skip, whether somebody expected it or not."""

_GOOD = frozenset({Outcome.PASS, Outcome.XPASS})
_UNSEEN = frozenset({None, Outcome.VANISHED})

# Stages that say nothing about the behaviour of a version.
_NOT_THERE = frozenset({None, StageOutcome.NOT_RUN, StageOutcome.STOPPED})


@dataclass(frozen=True)
class Changes:
    """Names of cases (or stages, as ``stage: build``), and titles of splats, that changed.

    Attributes:
        by_base: those that change in the same way from the one base to the other, without a patch;
            they are in none of the others.
    """

    before: str
    after: str
    config: str
    fixed: tuple[str, ...] = ()
    broke: tuple[str, ...] = ()
    newly_skipped: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    no_console: tuple[str, ...] = ()
    new_splats: tuple[str, ...] = ()
    by_base: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """True when anything changed."""
        return any((*(getattr(self, kind) for kind in _KINDS), self.by_base))

    def charged(self, bases: Changes) -> Changes:
        """With what ``bases``, from the one base to the other, has as well charged to the base."""
        own: dict[str, Any] = {}
        by_base: list[str] = []
        for kind in _KINDS:
            theirs = set(getattr(bases, kind))
            by_base += [name for name in getattr(self, kind) if name in theirs]
            own[kind] = tuple(name for name in getattr(self, kind) if name not in theirs)
        return replace(self, **own, by_base=tuple(by_base))


_KINDS = ("fixed", "broke", "newly_skipped", "vanished", "no_console", "new_splats")


def between(before: Run, after: Run) -> Changes:
    """What ``after`` does differently from ``before``, both in the same config.

    A case that one of the two never got to, because a stage before it failed, is neither fixed nor
    broken; the stage is.
    """
    old = {result.name: result.outcome for result in before.results}
    new = {result.name: result.outcome for result in after.results}
    # A guest that said nothing has no results to vanish from: its stage says what happened.
    gone = [name for name, o in old.items() if name not in new and o not in _UNSEEN]
    vanished = gone if new else []
    known = {splat.title for splat in before.splats}
    return Changes(
        before=str(before.target),
        after=str(after.target),
        config=after.config,
        fixed=(
            *_stages(before, after, to_pass=True),
            *(n for n, o in new.items() if o in _GOOD and old.get(n) in _BAD),
        ),
        broke=(
            *_stages(before, after, to_pass=False),
            *(
                n
                for n, o in new.items()
                if o in _BAD and o is not Outcome.VANISHED and old.get(n) in {*_GOOD, Outcome.SKIP}
            ),
        ),
        newly_skipped=tuple(
            n for n, o in new.items() if o is Outcome.SKIP and n in old and old[n] != o
        ),
        vanished=(
            *vanished,
            *(n for n, o in new.items() if o is Outcome.VANISHED and old.get(n) not in _UNSEEN),
        ),
        no_console=tuple(
            n for n, o in new.items() if o is Outcome.NO_CONSOLE and old.get(n) is not o
        ),
        new_splats=tuple(
            dict.fromkeys(splat.title for splat in after.splats if splat.title not in known)
        ),
    )


def _stages(before: Run, after: Run, *, to_pass: bool) -> list[str]:
    """Stages other than ``test`` that turned to pass, or away from it."""
    changed = []
    for stage in ("apply", "build", "boot"):
        old, new = before.stages.get(stage), after.stages.get(stage)
        if old in _NOT_THERE or new in _NOT_THERE:
            continue
        passed, passes = old is StageOutcome.PASS, new is StageOutcome.PASS
        if passed is not passes and passes is to_pass:
            changed.append(f"stage: {stage}")
    return changed


def _base_of(matrix: Matrix, run: Run) -> Target:
    """The target that is ``run`` without the patches; itself where it is a base."""
    return run.target if run.target.version == BASE else matrix.base.target(run.target.version)


def through(matrix: Matrix) -> tuple[Changes, ...]:
    """The changes from each run to the next one of the same config, those without any left out.

    Where the bases of the two are in the matrix as well, what those do by themselves is theirs.
    """
    found: list[Changes] = []
    for config in dict.fromkeys(run.config for run in matrix.runs):
        runs: Sequence[Run] = [run for run in matrix.runs if run.config == config]
        of = {run.target: run for run in runs}
        for old, new in itertools.pairwise(runs):
            changes = between(old, new)
            one, other = (of.get(_base_of(matrix, run)) for run in (old, new))
            if one and other and one is not other and old is not one:
                changes = changes.charged(between(one, other))
            found.append(changes)
    return tuple(changes for changes in found if changes)
