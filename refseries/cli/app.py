# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands and their options. Each imports what it needs when it runs, so --help stays fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import refseries

app = typer.Typer(
    name="refseries",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Apply, build, boot and test a Linux kernel patch series across its revisions.",
    epilog="Start with: refseries test --all-versions",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"refseries {refseries.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    series: Annotated[
        Path | None,
        typer.Option("--series", "-C", metavar="DIR", help="Where the series is; default: here."),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    context.obj = series
    assert not version


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
    str, typer.Argument(metavar="VERSION", help="v1, v2, …, or v4:TASK for a fixup state.")
]


@app.command(epilog="Example: refseries base --tree ~/linux --base-ref v6.12.40")
def base(
    context: typer.Context,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Get the base kernel: your tree, the distribution's source package, or a tarball."""
    from refseries.cli import apply_command

    apply_command.base(context.obj, tree, base_ref, json, quiet)


@app.command(epilog="Example: refseries apply v4 --by-task")
def apply(
    context: typer.Context,
    version: VersionArgument,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    branch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Branch; default: refseries/SERIES/VERSION.")
    ] = None,
    by_task: Annotated[
        bool, typer.Option("--by-task", help="One commit a task over the version before.")
    ] = False,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Apply a version over the base: commits on a branch, and a work tree to look at."""
    from refseries.cli import apply_command

    apply_command.apply(context.obj, version, tree, base_ref, branch, by_task, json, quiet)
