# SPDX-License-Identifier: GPL-2.0-or-later
"""What several commands take: single options and arguments, and sets of them to inherit from.

The order of the classes that a command inherits from is that of their options in its help.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from refseries.cli import complete, documents
from refseries.guest.accel import Accel

TreeOption = Annotated[
    Path | None,
    typer.Option("--tree", metavar="DIR", help="Your kernel git tree, instead of the package."),
]
_TARGET_HELP = "v1, v2, …; v4:TASK or v4:2, a state on the way; base; work; a commit of --tree."
StateArgument = Annotated[
    str,
    typer.Argument(
        metavar="VERSION",
        help="v1, v2, …, or v4:TASK for a fixup state.",
        autocompletion=complete.states,
    ),
]
TargetArgument = Annotated[
    str,
    typer.Argument(metavar="VERSION", help=_TARGET_HELP, autocompletion=complete.targets),
]
VersionsArgument = Annotated[
    tuple[str, ...],
    typer.Argument(metavar="VERSION…", help=_TARGET_HELP, autocompletion=complete.targets),
]
PlainVersionArgument = Annotated[
    str,
    typer.Argument(metavar="VERSION", help="v1, v2, …", autocompletion=complete.plain_versions),
]
AllVersionsOption = Annotated[
    bool, typer.Option("--all-versions", "-a", help="Every version of the series.")
]
OneConfigOption = Annotated[
    str | None,
    typer.Option(
        "--config",
        "-c",
        metavar="NAME",
        help="Kernel config; default: the first of series.toml.",
        autocompletion=complete.configs,
    ),
]
ConfigsOption = Annotated[
    tuple[str, ...],
    typer.Option(
        "--config",
        "-c",
        metavar="NAME",
        help="Kernel config; may be given again.",
        autocompletion=complete.configs,
    ),
]
OnlyOption = Annotated[
    tuple[str, ...],
    typer.Option("--only", metavar="GLOB", help="Run these cases alone; may be given again."),
]
SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A mailbox, a maildir or other folder of mails, - for standard input, "
        "<MESSAGE-ID> or its link, a branch that b4 prepares, or A..B.",
    ),
]
KeepTagsOption = Annotated[
    bool,
    typer.Option("--keep-tags", help="Keep reviewers' tags although their patch changed."),
]
WriteNothingOption = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Show what would be written, and write nothing.")
]
WorkBranchOption = Annotated[
    str | None,
    typer.Option("--from", metavar="BRANCH", help="Another branch than that of `start`."),
]


@dataclass(frozen=True, kw_only=True)
class SeriesOptions:
    """What every command has; what not all of them let the user say is None.

    Attributes:
        directory: ``--series`` of the program itself; None looks here.
        tree: see ``BaseOptions``.
        base_ref: see ``BaseOptions``.
        jobs: see ``LabOptions``.
        accel: see ``GuestOptions``.
        cluster, fetch_images: see ``ClusterOptions``.
    """

    directory: Path | None = None
    tree: Path | None = None
    base_ref: str | None = None
    jobs: int | None = None
    accel: Accel = Accel.AUTO
    cluster: str | None = None
    fetch_images: bool = False


@dataclass(frozen=True, kw_only=True)
class BaseOptions(SeriesOptions):
    """Where the base kernel comes from."""

    tree: TreeOption = None
    base_ref: Annotated[
        str | None,
        typer.Option("--base-ref", metavar="REF", help="The commit of --tree to apply over."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class LabOptions(BaseOptions):
    """How kernels are built."""

    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", metavar="N", help="Processors to use; default: all."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class GuestOptions(SeriesOptions):
    """How kernels are booted."""

    accel: Annotated[
        Accel,
        typer.Option("--accel", help="What runs guests; kvm fails where KVM does not work."),
    ] = Accel.AUTO


@dataclass(frozen=True, kw_only=True)
class ClusterOptions(SeriesOptions):
    """Which machines do the work."""

    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="ADDRESS",
            envvar="REFSERIES_CLUSTER",
            help="Let the workers of this scheduler do it; see `refseries cluster`.",
        ),
    ] = None
    fetch_images: Annotated[
        bool, typer.Option("--fetch-images", help="Bring the kernels that workers build.")
    ] = False


@dataclass(frozen=True, kw_only=True)
class JsonOptions:
    """Where the result goes as JSON."""

    json: Annotated[
        str | None,
        documents.option("--json", told="Write JSON to FILE; - is standard output."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class QuietOptions:
    """What is said while it lasts."""

    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False


@dataclass(frozen=True, kw_only=True)
class OutputOptions(JsonOptions, QuietOptions):
    """What a command writes, and what it says meanwhile."""


@dataclass(frozen=True, kw_only=True)
class BuildOptions(LabOptions, ClusterOptions, OutputOptions):
    """Which kernels are built, and how."""

    versions: VersionsArgument = ()
    all_versions: AllVersionsOption = False
    config: ConfigsOption = ()
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build again what is stored as built, or as failed.")
    ] = False
