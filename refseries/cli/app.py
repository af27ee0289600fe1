# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of the commands, and the options of the program itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import refseries
from refseries.cli import declare

# By the heading that --help has them under. Those of the main job stand first, the others in the
# order in which a version needs them.
COMMANDS = {
    "": ("base", "apply", "build", "test", "watch", "boot", "status", "report", "doctor", "init"),
    "Review": ("feedback", "reroll", "rebase"),
    "Mail": (
        "export",
        "check-mail",
        "diff",
        "import",
        "depend",
        "prep",
        "b4-check",
        "publish",
        "send",
    ),
    "How good it is": ("config", "check", "kselftest", "coverage", "bisect", "mutate", "bench"),
    "More machines": ("cluster",),
}
FEEDBACK = (
    *("fetch", "import", "verify", "start", "status", "list", "show", "add", "edit", "split"),
    *("merge", "answer", "decline", "obsolete", "reopen", "settle", "changelog", "reply"),
)
CLUSTER = ("start", "status", "keys")
GROUPS = {"feedback": FEEDBACK, "config": ("suggest",), "cluster": CLUSTER}


class _CommandLine(TyperGroup):
    """The commands of the table, each out of its file."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - what typer gives its groups
        super().__init__(**given)
        for panel, names in COMMANDS.items():
            for name in names:
                self.add_command(declare.command(name, panel, GROUPS.get(name, ())))


app = typer.Typer(
    name="refseries",
    cls=_CommandLine,
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
