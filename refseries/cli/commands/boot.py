# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot a version: a shell in the guest, or a command whose exit status becomes ours.

Example: refseries boot v4 -- uname -a
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli import screen, targets
from refseries.cli.context import find_config, load
from refseries.cli.options import (
    GuestOptions,
    LabOptions,
    OneConfigOption,
    QuietOptions,
    TargetArgument,
)
from refseries.errors import StageError


@dataclass(frozen=True, kw_only=True)
class BootOptions(LabOptions, GuestOptions, QuietOptions):
    """What is booted, and what is run in it: an interactive shell without ``command``."""

    version: TargetArgument
    command: Annotated[
        tuple[str, ...],
        typer.Argument(metavar="-- COMMAND…", help="Run this in the guest; default: a shell."),
    ] = ()
    config: OneConfigOption = None
    deadline: Annotated[
        float, typer.Option(metavar="SECONDS", help="End the guest of a COMMAND after this.")
    ] = 600.0
    gdb: Annotated[
        bool, typer.Option("--gdb", help="Wait for a debugger, and say what to type there.")
    ] = False


def main(options: BootOptions) -> None:
    """Build if need be, boot, and leave with the guest's exit status."""
    from refseries.guest import terminal
    from refseries.testing import shell

    context = load(options)
    targets.states(context, [options.version])  # refuses a wrong name
    config = find_config(context, options.config)
    lab, (target,) = targets.lab_and_targets(context, [options.version], options.quiet)
    with screen.progress(options.quiet) as progress:
        request = shell.prepare(
            lab,
            target,
            config,
            options.deadline,
            progress,
            gdb=options.gdb,
        )
    if request.debugger:
        _say_what_to_type(request.attach)
    if options.command:
        done = terminal.run_command(request, options.command, _show)
        status, reason = done.exit_status, done.reason
    else:
        end = terminal.interactive(request)
        status, reason = end.exit_status, end.reason
    if status is None:
        raise StageError(
            f"the guest gave no exit status: {reason}.",
            where=str(request.directory),
            hint="Its console and the script that boots it again are there.",
        )
    sys.exit(status)


def _say_what_to_type(command: str) -> None:
    err = screen.err()
    err.print("The guest waits for a debugger. In another terminal:\n")
    # As it is: a line that is folded cannot be copied.
    sys.stderr.write(f"    {screen.printable(command)}\n\n")
    err.print(
        "There: hbreak start_kernel, continue; lx-dmesg, lx-symbols; `apropos lx` lists more."
    )


def _show(data: bytes) -> None:
    # On a terminal nothing that the guest prints may be obeyed; a file gets it as it is.
    if sys.stdout.isatty():
        text = data.decode("utf-8", "replace").replace("\r\n", "\n")
        data = screen.printable(text).encode()
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
