# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries feedback``: options and help; what a command does is in its own module."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refseries.cli import answers_app, complete, tasks_app
from refseries.cli.options import (
    BaseRefOption,
    JobsOption,
    JsonOption,
    QuietOption,
    TreeOption,
)

app = typer.Typer(
    no_args_is_help=True,
    help="What reviewers asked for: tasks, their evidence, and the commits that settle them.",
)
app.add_typer(tasks_app.app)
app.add_typer(answers_app.app)


@app.command("import", epilog="Example: refseries feedback import review.mbox")
def import_mail(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="A saved mail, an mbox (.gz too), a maildir, the text of an archive's page, or -.",
        ),
    ],
    version: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="What the mails review; default: what they say themselves.",
            autocompletion=complete.versions,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show what would be written, and write nothing.")
    ] = False,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Make tasks of review mails: one for each point, at the line of the patch it is about.

    The same mail again changes nothing. What makes no task is named with the
    reason.

    Leaves with 1 when a mail could not be read, and with 2 when none belongs to
    the series.
    """
    from refseries.cli import feedback_import_command

    feedback_import_command.import_mail(
        context.obj, tuple(files), version, json, dry_run=dry_run, quiet=quiet
    )


@app.command(epilog="Example: refseries feedback verify --all")
def verify(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            help="Tasks, such as v3-jannh-7; default: the settled ones.",
            autocompletion=complete.tasks,
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", "-a", help="Every task that has evidence, settled or not.")
    ] = False,
    version: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="Hold this one against the version criticised; default: the one that settles.",
            autocompletion=complete.versions,
        ),
    ] = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    jobs: JobsOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Prove tasks: what fails on the version criticised, and passes on the one that settles it.

    Runs whatever results are missing. Leaves with 1 when the evidence of a
    settled or answered task says otherwise, or could not be looked at.
    """
    from refseries.cli import verify_command

    verify_command.verify(
        verify_command.Options(
            directory=context.obj,
            ids=tuple(ids or ()),
            every=every,
            version=version,
            tree=tree,
            base_ref=base_ref,
            jobs=jobs,
            json=json,
            quiet=quiet,
        )
    )


OntoOption = Annotated[
    str | None,
    typer.Option(
        metavar="VERSION",
        help="The version to work on top of; default: the newest.",
        autocompletion=complete.versions,
    ),
]


@app.command(epilog="Example: refseries feedback start v4-rita-2")
def start(
    context: typer.Context,
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", help="Tasks to work on.", autocompletion=complete.tasks),
    ],
    onto: OntoOption = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Mark tasks as started, and show the work tree to settle them in.

    Commit there as you like, `git commit --fixup` included, and name the tasks
    that a commit settles in a trailer `Addresses: ID`. `refseries reroll` makes
    the next version of it.
    """
    from refseries.cli import work_command

    work_command.start(context.obj, tuple(ids), onto, tree, base_ref, json, quiet)


@app.command(epilog="Example: refseries feedback status")
def status(
    context: typer.Context,
    onto: OntoOption = None,
    branch: Annotated[
        str | None,
        typer.Option("--from", metavar="BRANCH", help="Another branch than that of `start`."),
    ] = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Show what the working branch settles, by which commit, and what is open."""
    from refseries.cli import work_command

    work_command.status(context.obj, onto, branch, tree, base_ref, json, quiet)
