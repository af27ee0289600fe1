# SPDX-License-Identifier: GPL-2.0-or-later
"""``kernel-tests/expectations.toml``: what is not a plain pass, and why.

Where several entries fit, the last one in the file counts: general ones come first, exceptions
behind them. An exception may expect ``pass``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import msgspec

from refseries.errors import SeriesError
from refseries.host import toml
from refseries.model import BASE, Target
from refseries.testing.model import STAGES, Outcome


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry, as it stands in the file.

    Attributes:
        case: glob of case names; None when it is about a stage.
        stage: ``apply``, ``build``, ``boot`` or ``test``; None when it is about cases.
        versions: globs of targets as they are printed: ``v3``, ``base``, ``v4:gfp-user``, ``v4:*``.
        configs: globs of config names.
        outcome: ``pass``, ``fail``, ``skip``, ``crash``, ``timeout``, ``no-console`` or ``flaky``.
        task: id of the review task that it belongs to.
        why: one sentence.
    """

    case: str | None = None
    stage: Literal["apply", "build", "boot", "test"] | None = None
    versions: tuple[str, ...]
    configs: tuple[str, ...]
    outcome: Outcome
    task: str | None = None
    why: str

    def fits(self, target: Target, config: str) -> bool:
        """Whether it is about this target in this config."""
        return any(
            fnmatchcase(name, glob) for name in _names(target) for glob in self.versions
        ) and any(fnmatchcase(config, glob) for glob in self.configs)


_VERDICTS = (Outcome.XFAIL, Outcome.XPASS, Outcome.VANISHED)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: int
    expect: tuple[Expectation, ...] = ()


@dataclass(frozen=True)
class Expectations:
    """The whole file, in its order; empty when a series has none."""

    entries: tuple[Expectation, ...] = ()

    @classmethod
    def load(cls, root: Path) -> Expectations:
        """Read ``kernel-tests/expectations.toml`` below ``root``.

        Raises:
            SeriesError: it is missing or wrong; file, line and key are named.
        """
        path = root / "kernel-tests" / "expectations.toml"
        file = toml.load(path, _File)
        text = path.read_text(encoding="utf-8")
        for position, entry in enumerate(file.expect):
            line = toml.line_of(text, ["expect", f"[{position}]"])
            _check(entry, f"{path}:{line}: expect[{position}]")
        return cls(file.expect)

    def case(self, target: Target, config: str, name: str) -> Expectation | None:
        """What counts for a case; None: a plain pass is expected."""
        fitting = (
            each
            for each in self.entries
            if each.case is not None and fnmatchcase(name, each.case) and each.fits(target, config)
        )
        return _last(fitting)

    def stage(self, target: Target, config: str, stage: str) -> Expectation | None:
        """The failure that is expected of a stage; None: it is expected to pass."""
        fitting = (e for e in self.entries if e.stage == stage and e.fits(target, config))
        found = _last(fitting)
        return found if found and found.outcome is not Outcome.PASS else None


def _names(target: Target) -> tuple[str, ...]:
    """What an entry may call ``target``: its own name, or that of what it shall behave as.

    A version on another base is still the version, another base still base, and a commit is as the
    version that it becomes. What is behind a fixup or a patch is nothing else.
    """
    if target.commit:
        return (str(target), target.like)
    if target.version == BASE:
        return (str(target), BASE)
    return (str(target), str(replace(target, onto="")))


def _last(entries: Iterable[Expectation]) -> Expectation | None:
    found = list(entries)
    return found[-1] if found else None


def _check(entry: Expectation, where: str) -> None:
    if (entry.case is None) == (entry.stage is None):
        raise SeriesError(
            "an entry is about `case` or about `stage`, and about one of them.",
            where=where,
            hint=f"Name a glob of cases, or one of {', '.join(STAGES)}.",
        )
    if entry.outcome in _VERDICTS:
        raise SeriesError(
            f"no case can be expected to be {entry.outcome}: that is a verdict over what it did.",
            where=f"{where}: outcome",
            hint="Say what it shall do: pass, fail, skip, crash, timeout, no-console or flaky.",
        )
    if entry.stage is not None and entry.outcome not in (Outcome.PASS, Outcome.FAIL):
        raise SeriesError(
            f"a stage cannot be expected to {entry.outcome}.", where=where, hint="Use `fail`."
        )
    if entry.outcome is Outcome.FLAKY and not entry.task:
        raise SeriesError(
            "a case may be flaky only where a task says so.",
            where=where,
            hint="Name in `task` the one that it belongs to, or fix the case.",
        )
    if not entry.versions or not entry.configs or not entry.why.strip():
        raise SeriesError(
            "`versions`, `configs` and `why` must not be empty.", where=where, hint='Use ["*"].'
        )
