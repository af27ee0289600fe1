# SPDX-License-Identifier: GPL-2.0-or-later
"""What is new against base, and which patch brought it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from refseries.check.model import CheckedVersion, Diagnostic, Finding, PatchStep


def of_states(
    check: str, subject: CheckedVersion, state: Callable[[str], Sequence[Diagnostic]]
) -> tuple[Finding, ...]:
    """As ``through``, from what ``state`` gives of the commit of base and of each patch."""
    said = ((step.name, state(step.commit)) for step in subject.steps)
    return through(check, subject.version, state(subject.base.commit), said)


def of_patches(
    check: str, subject: CheckedVersion, said: Callable[[PatchStep], Iterable[Diagnostic]]
) -> tuple[Finding, ...]:
    """Findings from what was said of each patch by itself: all of it is new."""
    return tuple(
        Finding(check, subject.version, step.name, one.file, one.line, one.text)
        for step in subject.steps
        for one in said(step)
    )


def through(
    check: str,
    version: str,
    base: Sequence[Diagnostic],
    states: Iterable[tuple[str, Sequence[Diagnostic]]],
) -> tuple[Finding, ...]:
    """Findings from the diagnostics of base and of the state after each patch. Pure.

    A diagnostic belongs to the first patch whose state has it; one that a later patch makes go away
    is a finding all the same, as each patch has to stand by itself. Lines move when a file is
    edited, so two are the same when file and text are; where a text comes up more often than
    before, as many as came are new.

    Args:
        states: file name of each patch, in order, and what was said of the tree behind it.
    """
    found: list[Finding] = []
    seen = _counted(base)
    for patch, diagnostics in states:
        before = Counter(seen)
        for one in _distinct(diagnostics):
            known = before[_key(one)] > 0
            before[_key(one)] -= 1
            if not known:
                found.append(Finding(check, version, patch, one.file, one.line, one.text))
        # What a state shows for the first time is known from there on; nothing is forgotten, so
        # that what comes, goes and comes again is told once.
        seen |= _counted(diagnostics)
    old = (
        Finding(check, version, "", one.file, one.line, one.text, new=False)
        for one in _distinct(base)
    )
    return (*found, *old)


def _key(one: Diagnostic) -> tuple[str, str]:
    return one.file, one.text


def _distinct(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Each once: a header complains again in every file that includes it."""
    return list(dict.fromkeys(diagnostics))


def _counted(diagnostics: Iterable[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter(_key(one) for one in _distinct(diagnostics))
