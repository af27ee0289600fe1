# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands and their options. Each imports what it needs when it runs, so --help stays fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import refseries
from refseries.cli import begin_app, feedback_app, mail_app, quality_app, reroll_app
from refseries.cli.options import (
    AllVersionsOption,
    BaseRefOption,
    ConfigOption,
    JobsOption,
    JsonOption,
    OneConfigOption,
    OnlyOption,
    QuietOption,
    RebuildOption,
    TreeOption,
    VersionArgument,
    VersionsArgument,
)

app = typer.Typer(
    name="refseries",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Apply, build, boot, test and mail a Linux kernel patch series across its revisions.",
    epilog="Start with: refseries test --all-versions; with a series of your own: refseries init",
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


@app.command(epilog="Example: refseries build v3 v4 --config debug")
def build(
    context: typer.Context,
    versions: VersionsArgument = None,
    all_versions: AllVersionsOption = False,
    config: ConfigOption = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    jobs: JobsOption = None,
    rebuild: RebuildOption = False,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Build kernels; what is built already costs nothing."""
    from refseries.cli import test_command

    test_command.run(
        test_command.Options(
            directory=context.obj,
            versions=versions or [],
            all_versions=all_versions,
            config=config or [],
            tree=tree,
            base_ref=base_ref,
            jobs=jobs,
            quiet=quiet,
            json=json,
            boot=False,
            rebuild=rebuild,
        )
    )


@app.command("test", epilog="Example: refseries test --all-versions --junit results.xml")
def run_tests(
    context: typer.Context,
    versions: VersionsArgument = None,
    all_versions: AllVersionsOption = False,
    by_task: Annotated[
        bool, typer.Option("--by-task", help="One column for each fixup on the way to VERSION.")
    ] = False,
    config: ConfigOption = None,
    only: OnlyOption = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    jobs: JobsOption = None,
    rebuild: RebuildOption = False,
    json: JsonOption = None,
    junit: Annotated[
        str | None,
        typer.Option("--junit", metavar="FILE", help="Write JUnit XML; - is standard output."),
    ] = None,
    html: Annotated[
        str | None,
        typer.Option("--html", metavar="FILE", help="Write the matrix as a page; - is stdout."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="A row for every case, also where all pass.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Apply, build, boot and test versions, and show the matrix of results."""
    from refseries.cli import test_command

    test_command.run(
        test_command.Options(
            directory=context.obj,
            versions=versions or [],
            all_versions=all_versions,
            by_task=by_task,
            config=config or [],
            only=tuple(only or ()),
            tree=tree,
            base_ref=base_ref,
            jobs=jobs,
            quiet=quiet,
            json=json,
            junit=junit,
            html=html,
            rebuild=rebuild,
            full=full,
        )
    )


@app.command(epilog="Example: refseries boot v4 -- uname -a")
def boot(
    context: typer.Context,
    version: VersionArgument,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- COMMAND…]", help="Run this in the guest; default: a shell."),
    ] = None,
    config: OneConfigOption = "default",
    deadline: Annotated[
        float, typer.Option(metavar="SECONDS", help="End the guest of a COMMAND after this.")
    ] = 600.0,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    jobs: JobsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Boot a version: a shell in the guest, or a command whose exit status becomes ours."""
    from refseries.cli import boot_command

    options = boot_command.Options(
        directory=context.obj,
        version=version,
        command=tuple(command or ()),
        config=config,
        deadline=deadline,
        tree=tree,
        base_ref=base_ref,
        jobs=jobs,
        quiet=quiet,
    )
    boot_command.boot(options)


@app.command(epilog="Example: refseries status --json - | jq .next")
def status(
    context: typer.Context,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
) -> None:
    """Show the versions, what is tested and how it came out, and what to do next."""
    from refseries.cli import status_command

    status_command.status(context.obj, tree, base_ref, json)


@app.command(epilog="Example: refseries doctor")
def doctor(context: typer.Context, tree: TreeOption = None, json: JsonOption = None) -> None:
    """Show what this machine lacks, and the command that installs it."""
    from refseries.cli import status_command

    status_command.doctor(context.obj, tree, json)


app.add_typer(begin_app.app)
# Those of the main job stand first, the others in the order in which a version needs them.
for panel, part in (
    ("Review", reroll_app.app),
    ("Mail", mail_app.app),
    ("How good it is", quality_app.app),
):
    for each in part.registered_commands:
        each.rich_help_panel = panel
app.add_typer(feedback_app.app, name="feedback", rich_help_panel="Review")
for part in (reroll_app.app, mail_app.app, quality_app.app):
    app.add_typer(part)
