# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of ``refseries feedback`` that shows tasks and changes them; options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refseries.cli import complete
from refseries.cli.options import BaseRefOption, JsonOption, TreeOption
from refseries.review.model import Kind, State

app = typer.Typer()

TaskArgument = Annotated[
    str,
    typer.Argument(metavar="ID", help="Such as v3-jannh-7.", autocompletion=complete.tasks),
]
WhyOption = Annotated[
    str | None,
    typer.Option(
        "--why", metavar="TEXT", help="The reason; - is standard input. Default: $EDITOR."
    ),
]
ReviewerOption = Annotated[
    str | None,
    typer.Option(
        metavar="WHO", help="Nick, name or address of a reviewer.",
        autocompletion=complete.reviewers,
    ),
]  # fmt: skip
PatchOption = Annotated[
    str | None,
    typer.Option("--patch", metavar="PATCH", help="Number or name of a patch, or cover."),
]
FileOption = Annotated[
    str | None, typer.Option("--file", metavar="PATH", help="A file of the kernel.")
]
LineOption = Annotated[
    int | None,
    typer.Option(
        "--line", metavar="N", min=1, help="Its line in that version; of the text without --file."
    ),
]
CommentOption = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="What was said; - is standard input."),
]


@app.command("list", epilog="Example: refseries feedback list --open")
def list_(
    context: typer.Context,
    is_open: Annotated[
        bool, typer.Option("--open", help="What is not finished: open or started.")
    ] = False,
    state: Annotated[
        list[State] | None, typer.Option(help="In this state; may be given again.")
    ] = None,
    reviewer: ReviewerOption = None,
    version: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Raised on it.", autocompletion=complete.versions),
    ] = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
) -> None:
    """Show the tasks, with the state of each."""
    from refseries.cli import tasks_command

    options = tasks_command.ListOptions(
        directory=context.obj,
        is_open=is_open,
        states=tuple(state or ()),
        reviewer=reviewer or "",
        version=version or "",
        tree=tree,
        base_ref=base_ref,
        json=json,
    )
    tasks_command.show_list(options)


@app.command(epilog="Example: refseries feedback show v3-jannh-7")
def show(
    context: typer.Context,
    task: TaskArgument,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
) -> None:
    """Show one task: what it is about, what was said, its state, evidence and fixup."""
    from refseries.cli import tasks_command

    tasks_command.show(context.obj, task, tree, base_ref, json)


@app.command(
    epilog="Example: refseries feedback add 'Test with 64K pages' --version v4 "
    "--reviewer 'Ada <ada@example.org>'"
)
def add(
    context: typer.Context,
    summary: Annotated[str, typer.Argument(metavar="SUMMARY", help="One line.")],
    version: Annotated[
        str,
        typer.Option(
            metavar="VERSION", help="What it was said about.", autocompletion=complete.versions
        ),
    ],
    reviewer: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help="'Name <address>', a name, or the nick of a known reviewer.",
            autocompletion=complete.reviewers,
        ),
    ],
    kind: Annotated[Kind, typer.Option(help="What it asks for.")] = Kind.CHANGE,
    patch: PatchOption = None,
    file: FileOption = None,
    line: LineOption = None,
    comment: CommentOption = None,
    link: Annotated[str, typer.Option(metavar="URL", help="Where to read it.")] = "",
    json: JsonOption = None,
) -> None:
    """Add a point that came in no mail: from IRC, from a meeting, or your own."""
    from refseries.cli import task_changes_command

    options = task_changes_command.AddOptions(
        directory=context.obj,
        summary=summary,
        version=version,
        reviewer=reviewer,
        kind=kind,
        place=task_changes_command.Place(patch, file, line),
        comment=comment,
        link=link,
        json=json,
    )
    task_changes_command.add(options)


@app.command(epilog="Example: refseries feedback edit v3-jannh-7 --kind bug")
def edit(
    context: typer.Context,
    task: TaskArgument,
    summary: Annotated[str | None, typer.Option(metavar="TEXT", help="One line.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="What it asks for.")] = None,
    patch: PatchOption = None,
    file: FileOption = None,
    line: LineOption = None,
    comment: CommentOption = None,
) -> None:
    """Change anything but the state; without options, summary and comment in $EDITOR."""
    from refseries.cli import task_changes_command

    place = task_changes_command.Place(patch, file, line)
    task_changes_command.edit(context.obj, task, summary, kind, place, comment)


@app.command(epilog="Example: refseries feedback split v3-jannh-8 'copy_from_user()' 'A comment'")
def split(
    context: typer.Context,
    task: TaskArgument,
    summaries: Annotated[
        list[str] | None,
        typer.Argument(metavar="SUMMARY…", help="One for each part. Default: $EDITOR, one a line."),
    ] = None,
) -> None:
    """Make several tasks of one that asks for several things."""
    from refseries.cli import task_changes_command

    task_changes_command.split(context.obj, task, summaries or [])


@app.command(epilog="Example: refseries feedback merge v3-jannh-6 v3-jhubbard-13")
def merge(
    context: typer.Context,
    task: TaskArgument,
    others: Annotated[
        list[str],
        typer.Argument(
            metavar="OTHER…", help="What asks for the same.", autocompletion=complete.tasks
        ),
    ],
) -> None:
    """Make one task, ID, of several that ask for the same; all reviewers are kept."""
    from refseries.cli import task_changes_command

    task_changes_command.merge(context.obj, task, others)


@app.command(epilog="Example: refseries feedback answer v3-jhubbard-14 --text 'It stays.'")
def answer(
    context: typer.Context,
    task: TaskArgument,
    text: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The answer; - is standard input. Default: $EDITOR."),
    ] = None,
) -> None:
    """Answer a question."""
    _close(context.obj, State.ANSWERED, task, text)


@app.command(epilog="Example: refseries feedback decline v3-jannh-4 --why 'Another series.'")
def decline(context: typer.Context, task: TaskArgument, why: WhyOption = None) -> None:
    """Say that it will not be done, and why."""
    _close(context.obj, State.DECLINED, task, why)


@app.command(epilog="Example: refseries feedback obsolete v3-jannh-2 --why 'Withdrawn.'")
def obsolete(context: typer.Context, task: TaskArgument, why: WhyOption = None) -> None:
    """Say that what it is about is gone, or that the reviewer withdrew it."""
    _close(context.obj, State.OBSOLETE, task, why)


@app.command(epilog="Example: refseries feedback reopen v3-jannh-5 --why 'mprotect() undoes it.'")
def reopen(context: typer.Context, task: TaskArgument, why: WhyOption = None) -> None:
    """Open a task again that was finished."""
    _close(context.obj, State.OPEN, task, why)


def _close(directory: Path | None, state: State, task: str, text: str | None) -> None:
    from refseries.cli import task_changes_command

    task_changes_command.with_text(directory, state, task, text)


@app.command(epilog="Example: refseries feedback settle v3-jannh-7 --in v4 --fixup gfp-user")
def settle(
    context: typer.Context,
    task: TaskArgument,
    version: Annotated[
        str,
        typer.Option(
            "--in", metavar="VERSION", help="The version that does it.",
            autocompletion=complete.versions,
        ),
    ] = "",
    fixup: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The fixup of it that does; alone, of the newest that has it."
        ),
    ] = "",
    text: Annotated[
        str, typer.Option(metavar="TEXT", help="What to tell the reviewer besides.")
    ] = "",
) -> None:  # fmt: skip
    """Say which version, or which fixup of it, does what the task asks for."""
    from refseries.cli import task_changes_command

    task_changes_command.settle(context.obj, task, version, fixup, text)
