# SPDX-License-Identifier: GPL-2.0-or-later
"""The options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refseries.cli import complete

TreeOption = Annotated[
    Path | None,
    typer.Option("--tree", metavar="DIR", help="Your kernel git tree, instead of the package."),
]
BaseRefOption = Annotated[
    str | None,
    typer.Option("--base-ref", metavar="REF", help="The commit of --tree to apply over."),
]
JsonOption = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write JSON to FILE; - is standard output."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
VersionArgument = Annotated[
    str,
    typer.Argument(
        metavar="VERSION",
        help="v1, v2, …, or v4:TASK for a fixup state.",
        autocompletion=complete.versions,
    ),
]
PlainVersionArgument = Annotated[
    str,
    typer.Argument(metavar="VERSION", help="v1, v2, …", autocompletion=complete.plain_versions),
]
VersionsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="VERSION",
        help="v1, v2, …, v4:TASK for a fixup state, or base.",
        autocompletion=complete.versions,
    ),
]
AllVersionsOption = Annotated[
    bool, typer.Option("--all-versions", "-a", help="Every version of the series.")
]
ConfigOption = Annotated[
    list[str] | None,
    typer.Option(
        "--config",
        "-c",
        metavar="NAME",
        help="Kernel config; may be given again.",
        autocompletion=complete.configs,
    ),
]
OneConfigOption = Annotated[
    str,
    typer.Option(
        "--config", "-c", metavar="NAME", help="Kernel config.", autocompletion=complete.configs
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="GLOB", help="Run these cases alone; may be given again."),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", "-j", metavar="N", help="Processors to use; default: all."),
]
RebuildOption = Annotated[
    bool, typer.Option("--rebuild", help="Build again what is stored as built, or as failed.")
]
