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
_NOT_BAD = _GOOD | {Outcome.SKIP}
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
        return bool(self.told)

    @property
    def told(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The kinds of change that there are, in words, each with the names it concerns."""
        kinds = ((kind.replace("_", " "), getattr(self, kind)) for kind in _KINDS)
        every = (*kinds, ("by the base alone", self.by_base))
        return tuple((word, names) for word, names in every if names)

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
    cases = [(name, old.get(name), now) for name, now in new.items()]
    # A guest that said nothing has no results to vanish from: its stage says what happened.
    gone = [name for name, was in old.items() if new and name not in new and was not in _UNSEEN]
    went = [name for name, was, now in cases if now is Outcome.VANISHED and was not in _UNSEEN]
    fixed = [name for name, was, now in cases if was in _BAD and now in _GOOD]
    broke = [name for name, was, now in cases if was in _NOT_BAD and now in _BAD - _UNSEEN]
    skipped = [n for n, was, now in cases if now is Outcome.SKIP and was not in (None, now)]
    mute = [name for name, was, now in cases if now is Outcome.NO_CONSOLE and was is not now]
    known = {splat.title for splat in before.splats}
    splats = dict.fromkeys(splat.title for splat in after.splats if splat.title not in known)
    return Changes(
        before=str(before.target),
        after=str(after.target),
        config=after.config,
        fixed=(*_stages(before, after, to_pass=True), *fixed),
        broke=(*_stages(before, after, to_pass=False), *broke),
        newly_skipped=tuple(skipped),
        vanished=(*gone, *went),
        no_console=tuple(mute),
        new_splats=tuple(splats),
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
    return run.target if run.target.version == BASE else matrix.base.target(run.target.stands_on)


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
