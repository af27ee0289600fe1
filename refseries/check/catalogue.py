# SPDX-License-Identifier: GPL-2.0-or-later
"""The checks by name, in the order in which they are shown."""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from refseries.check import (
    checkpatch,
    coccinelle,
    compiling,
    kerneldoc,
    maintainers,
    message,
    selftests,
    spelling,
    tables,
)
from refseries.check.compiling import CompiledState
from refseries.check.context import CheckContext
from refseries.check.model import CheckedVersion, Finding
from refseries.errors import SeriesError
from refseries.kernel.model import Config

APPLIES = "applies"
COMPILE = "compile"


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: ``compile:CONFIG`` for those of the compile matrix.
        about: one line for people.
        programs: what it cannot do without.
        arch: kernel's ARCH whose compiler it needs as well; empty for none.
        run: gives its findings for a version; raises StageError when a tool fails.
        states: what is compiled for it; None for a check that compiles nothing.
    """

    name: str
    about: str
    programs: tuple[str, ...]
    run: Callable[[CheckedVersion, CheckContext], tuple[Finding, ...]]
    arch: str = ""
    states: Callable[[CheckedVersion, CheckContext], tuple[CompiledState, ...]] | None = None


def checks(configs: Mapping[str, Config]) -> tuple[Check, ...]:
    """All checks but ``applies``, which comes before them; sparse runs in the first config."""
    plain = (
        ("checkpatch", "checkpatch --strict", checkpatch),
        ("message", "subject, lines and trailers of each message", message),
        ("codespell", "spelling of messages and added lines", spelling),
        ("maintainers", "somebody maintains each new file", maintainers),
        ("kernel-doc", "kernel-doc -Wall on the files touched", kerneldoc),
        ("selftests", "new selftests are listed where kselftest looks", selftests),
        ("tables", "system-call tables of all architectures agree", tables),
        ("coccinelle", "coccicheck on the files touched", coccinelle),
    )
    found = [Check(name, about, module.PROGRAMS, module.check) for name, about, module in plain]
    for number, config in enumerate(configs.values()):
        if number == 0:
            programs = (*compiling.PROGRAMS, compiling.SPARSE)
            run = functools.partial(_compiled, config, compiling.SPARSE, True)
            about = f"sparse on the files touched, config {config.name}"
            states = functools.partial(compiling.states, config=config, sparse=True)
            found.append(Check(compiling.SPARSE, about, programs, run, config.arch, states))
        name = f"{COMPILE}:{config.name}"
        run = functools.partial(_compiled, config, name, False)
        states = functools.partial(compiling.states, config=config, sparse=False)
        found.append(Check(name, config.about, compiling.PROGRAMS, run, config.arch, states))
    return tuple(found)


def select(known: Iterable[Check], names: Iterable[str]) -> tuple[Check, ...]:
    """The checks that ``names`` (or globs, or ``compile`` for the matrix) mean; all for none.

    Raises:
        SeriesError: a name that means none of them.
    """
    every = tuple(known)
    wanted: set[str] = set()
    for name in names:
        found = {
            check.name
            for check in every
            if fnmatch.fnmatchcase(check.name, name) or check.name.startswith(f"{name}:")
        }
        if not found and name != APPLIES:
            raise SeriesError(
                f"there is no check `{name}`.",
                where="--only",
                hint=f"The checks are: {', '.join(check.name for check in every)}. What is wrong "
                "with the mails of a version, `refseries export` says.",
            )
        wanted |= found
    return tuple(check for check in every if check.name in wanted) if names else every


def _compiled(
    config: Config, name: str, sparse: bool, subject: CheckedVersion, context: CheckContext
) -> tuple[Finding, ...]:
    return compiling.check(subject, context, config, name, sparse=sparse)
