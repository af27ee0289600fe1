# SPDX-License-Identifier: GPL-2.0-or-later
"""What every kind of evidence is: a value as it stands in a file, and what it can say of itself.

A kind is one module beside this one: a class whose fields are its keys in ``series/feedback/``, and
which says what it looks for, what it rests on, what it comes to and how a reviewer is told. It is
made known by its name in ``kinds``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec

if TYPE_CHECKING:
    from refseries.bench.measurements import Measurement
    from refseries.check.results import LatestCheck
    from refseries.coverage.model import ConfigCoverage
    from refseries.testing.runs import LatestRun

# \Z: "$" would let a line feed at the end through.
FullLine = Annotated[
    str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z")
]
KernelPath = Annotated[
    str,
    msgspec.Meta(pattern=r"^(?!/)(?!\.\.?(/|\Z))(?!.*/\.\.?(/|\Z))[^\x00-\x1f\x7f]*\Z"),
]
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_.-]*\Z")]
WebLink = Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s<>\x00-\x1f\x7f]+)?\Z")]
# A regular expression; that it is one, ``problems`` says.
Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class Verdict(StrEnum):
    """What became of an evidence when it was looked at.

    ``proven``: seen before and after. ``claimed``: somebody's word. ``broken``: it says otherwise.
    ``untested``: the results that it needs are not there.
    """

    PROVEN = "proven"
    CLAIMED = "claimed"
    BROKEN = "broken"
    UNTESTED = "untested"


@dataclass(frozen=True)
class Proof:
    """What became of one evidence; ``seen`` is one line about both versions."""

    verdict: Verdict
    seen: str


@dataclass(frozen=True)
class Pair:
    """The names of the version criticised and of the settling one, and the task, for errors."""

    before: str
    after: str
    task: str = ""

    def seen(self, before: str, after: str) -> str:
        """``fail on v3, pass on v4``."""
        return f"{before} on {self.before}, {after} on {self.after}"


@dataclass(frozen=True)
class Rests:
    """The results that an evidence rests on, of both versions.

    Attributes:
        config: the kernel config that they are of; empty for a check.
        boot: whether its guest has to have run.
        check: name of a check of ``refseries check``; empty for a config.
        counted: whether lines have to be counted, of the settling version alone.
    """

    config: str = ""
    boot: bool = False
    check: str = ""
    counted: bool = False


@dataclass(frozen=True)
class Told:
    """What a reviewer is told of an evidence.

    Attributes:
        sentences: each is said once in a reply.
        code: lines of the settling version, with their place.
        gone: a file that nothing of it is left in.
    """

    sentences: tuple[str, ...] = ()
    code: str = ""
    gone: str = ""


class Known(Protocol):
    """What is known of the versions of a series; see ``facts``."""

    @property
    def config(self) -> str:
        """The config that is meant where an evidence names none: the series' first."""

    def latest(self, version: str, config: str) -> LatestRun | None:
        """The newest results of ``version`` as it stands."""

    def lines(self, version: str, name: str) -> tuple[str, ...]:
        """The lines of a file as ``version`` leaves it."""

    def text(self, version: str, where: str) -> str:
        """What ``version`` says in its cover letter, its messages or a documentation file."""

    def recipients(self) -> str:
        """Who gets the mail of a version from now on."""

    def checked(self, version: str) -> LatestCheck | None:
        """What the checks last said of ``version``."""

    def measured(self, version: str) -> Measurement | None:
        """The saved figures of ``version``."""

    def counted(self, version: str, config: str) -> ConfigCoverage | None:
        """Which lines of ``version`` its cases run."""

    def fixup_lines(self, version: str, task: str) -> frozenset[tuple[str, int]] | None:
        """File and number of the lines of ``version`` that the fixups of a task brought."""


class Evidence(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"
):
    """What proves that a task is settled; every kind inherits it."""

    unseen = Verdict.UNTESTED

    @property
    def kind(self) -> str:
        """Its name in files and on the screen."""
        return str(self.__struct_config__.tag)

    def detail(self) -> str:
        """What it looks for, in one line, without its kind."""
        raise NotImplementedError

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """What no single key can tell: the key, what is wrong, what to do."""
        yield from ()

    def rests(self, first: str) -> Rests | None:
        """The results that it rests on; None for those that need none.

        Args:
            first: the config that is meant where an evidence names none.
        """
        return None

    def files(self) -> tuple[str, ...]:
        """Files of the kernel, or texts of the version, that it is about."""
        return ()

    def judge(self, pair: Pair, known: Known) -> Proof:
        """What it comes to, from what is known.

        Raises:
            StageError: a version does not apply.
            SeriesError: a pattern is wrong or too slow.
        """
        raise NotImplementedError

    def tell(self, pair: Pair, proof: Proof, known: Known | None) -> Told:
        """What a reviewer is told once it is proven or claimed.

        Args:
            known: None where nothing is at hand to quote from.
        """
        raise NotImplementedError


def overall(proofs: Sequence[Proof]) -> Verdict | None:
    """The verdict on a task: the worst of its evidence; None when it has none.

    A person's word beside a proof takes nothing away from it.
    """
    verdicts = {proof.verdict for proof in proofs}
    order = (Verdict.BROKEN, Verdict.UNTESTED, Verdict.PROVEN, Verdict.CLAIMED)
    return next((verdict for verdict in order if verdict in verdicts), None)


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
