# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands that say how good a version is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refseries.cli import complete
from refseries.cli.options import (
    AllVersionsOption,
    BaseRefOption,
    JobsOption,
    JsonOption,
    OneConfigOption,
    OnlyOption,
    QuietOption,
    TreeOption,
    VersionArgument,
    VersionsArgument,
)

app = typer.Typer()


@app.command(epilog="Example: refseries check v4 --only checkpatch --only compile")
def check(
    context: typer.Context,
    versions: Annotated[
        list[str] | None,
        typer.Argument(metavar="VERSION", help="v1, v2, …", autocompletion=complete.plain_versions),
    ] = None,
    all_versions: AllVersionsOption = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="NAME",
            help="Run this check alone; a glob, or compile for the matrix; may be given again.",
            autocompletion=complete.checks,
        ),
    ] = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    jobs: JobsOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Show what is new in what checkpatch, compilers, sparse and others say of each patch."""
    from refseries.cli import check_command

    check_command.check(
        check_command.Options(
            directory=context.obj,
            versions=versions or [],
            all_versions=all_versions,
            only=tuple(only or ()),
            tree=tree,
            base_ref=base_ref,
            jobs=jobs,
            json=json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: refseries kselftest v4 --only 'mm.uffd*'")
def kselftest(
    context: typer.Context,
    versions: VersionsArgument = None,
    all_versions: AllVersionsOption = False,
    config: OneConfigOption = "default",
    only: OnlyOption = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    jobs: JobsOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run the base kernel's own selftests on base and on versions, and show what differs."""
    from refseries.cli import kselftest_command

    kselftest_command.kselftest(
        kselftest_command.Options(
            directory=context.obj,
            versions=tuple(versions or ()),
            all_versions=all_versions,
            config=config,
            only=tuple(only or ()),
            tree=tree,
            base_ref=base_ref,
            jobs=jobs,
            json=json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: refseries mutate v4 --mutant '*:negated:*'")
def mutate(
    context: typer.Context,
    version: VersionArgument,
    mutant: Annotated[
        list[str] | None,
        typer.Option("--mutant", metavar="GLOB", help="Try these alone; may be given again."),
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Name the mutants, try none.")] = False,
    config: OneConfigOption = "default",
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    jobs: JobsOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Make small wrong versions of a version, and show which of them no selftest notices."""
    from refseries.cli import mutate_command

    mutate_command.mutate(
        mutate_command.Options(
            directory=context.obj,
            version=version,
            mutant=tuple(mutant or ()),
            only_list=only_list,
            config=config,
            tree=tree,
            base_ref=base_ref,
            jobs=jobs,
            json=json,
            quiet=quiet,
        )
    )


@app.command(epilog="Example: refseries bench v3 v4 --save")
def bench(
    context: typer.Context,
    versions: VersionsArgument = None,
    all_versions: AllVersionsOption = False,
    config: OneConfigOption = "default",
    against: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="Compare with this version's saved figures.",
            autocompletion=complete.versions,
        ),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the figures in series/measurements/.")
    ] = False,
    plot: Annotated[
        str | None,
        typer.Option("--plot", metavar="FILE", help="Draw an SVG; - is standard output."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Rewrite this Markdown file's figures from what is saved."
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="A row for every pattern, also where they cost the same.")
    ] = False,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    jobs: JobsOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Measure what versions cost, in instructions: the same figures on every machine."""
    from refseries.cli import bench_command

    bench_command.bench(
        bench_command.Options(
            directory=context.obj,
            versions=tuple(versions or ()),
            all_versions=all_versions,
            config=config,
            against=against,
            save=save,
            tree=tree,
            base_ref=base_ref,
            jobs=jobs,
            json=json,
            plot=plot,
            report=report,
            full=full,
            quiet=quiet,
        )
    )
