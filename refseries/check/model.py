# SPDX-License-Identifier: GPL-2.0-or-later
"""What is checked and what comes of it, as frozen values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from refseries.model import BaseInfo


class CheckState(StrEnum):
    """How one check of one version came out; none is ever folded into ``ok``.

    ``missing`` is a check whose tool this machine lacks, ``failed`` one whose tool crashed, hung or
    made no sense, ``not-run`` one of a version that does not apply.
    """

    OK = "ok"
    FINDINGS = "findings"
    MISSING = "missing"
    FAILED = "failed"
    NOT_RUN = "not-run"


@dataclass(frozen=True)
class Diagnostic:
    """One thing that a tool says of one place in one state of the tree.

    Attributes:
        file: path in the tree or of the patch; empty when it is about no file.
        line: counts from 1; 0 when it is about no line.
        text: what is wrong, in one line.
    """

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Finding:
    """A diagnostic, and the patch that brought it.

    Attributes:
        check: name of the check.
        patch: file name of the patch; empty when it is about the version as a whole.
        new: False for what base has as well, which is nobody's fault here.
    """

    check: str
    version: str
    patch: str
    file: str
    line: int
    text: str
    new: bool = True

    @property
    def where(self) -> str:
        """``file:line``, as far as there is one; a line of no file is one of the message."""
        if not self.file:
            return f"message:{self.line}" if self.line else ""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class CheckOutcome:
    """How one check of one version came out.

    Attributes:
        message: why it is missing, failed or not run; empty otherwise.
        findings: all of them, also those that are not new.
        seconds: wall-clock time of this run; next to nothing where the tool's answers are kept.
    """

    check: str
    version: str
    state: CheckState
    message: str = ""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @property
    def new(self) -> tuple[Finding, ...]:
        """The findings that the version is to blame for."""
        return tuple(finding for finding in self.findings if finding.new)


@dataclass(frozen=True)
class PatchStep:
    """One patch of a version, applied.

    Attributes:
        path: the patch file; ``name`` is its file name.
        message: subject, blank line and body.
        touched: paths that the patch touches; ``added`` those that it makes.
        commit, tree: the state that the patch leads to.
    """

    path: Path
    message: str
    touched: tuple[str, ...]
    added: tuple[str, ...]
    commit: str
    tree: str

    @property
    def name(self) -> str:
        """The patch's file name."""
        return self.path.name


@dataclass(frozen=True)
class CheckedVersion:
    """A version, applied patch by patch over the base."""

    version: str
    base: BaseInfo
    steps: tuple[PatchStep, ...]

    @property
    def tip(self) -> str:
        """The commit of the last patch."""
        return self.steps[-1].commit

    @property
    def touched(self) -> tuple[str, ...]:
        """Every path that one of its patches touches, in their order."""
        return tuple(dict.fromkeys(path for step in self.steps for path in step.touched))


@dataclass(frozen=True)
class CheckReport:
    """What one ``refseries check`` came to: an outcome for each version and check."""

    series: str
    base: BaseInfo
    outcomes: tuple[CheckOutcome, ...]
    stopped: bool = False

    @property
    def exit_code(self) -> int:
        """0: clean. 1: something is wrong with a patch, or a tool failed. 3: tools are missing."""
        states = {outcome.state for outcome in self.outcomes}
        if states & {CheckState.FINDINGS, CheckState.FAILED, CheckState.NOT_RUN}:
            return 1
        return 3 if CheckState.MISSING in states else 0
