# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries boot``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from refseries.cli import screen
from refseries.cli.context import find_configs, find_lab, load
from refseries.errors import StageError
from refseries.guest import terminal
from refseries.series import naming
from refseries.testing import shell


@dataclass(frozen=True)
class Options:
    """See the help of ``refseries boot``. ``command`` is empty for an interactive shell."""

    directory: Path | None
    version: str
    command: tuple[str, ...]
    config: str
    deadline: float
    tree: Path | None
    base_ref: str | None
    jobs: int | None
    quiet: bool


def boot(options: Options) -> None:
    """Build if need be, boot, and leave with the guest's exit status."""
    context = load(
        options.directory, tree=options.tree, base_ref=options.base_ref, jobs=options.jobs
    )
    target = naming.target(context.series, options.version)
    (config,) = find_configs(context, [options.config])
    lab = find_lab(context, options.quiet)
    with screen.progress(options.quiet) as progress:
        request = shell.prepare(
            lab, target, config, options.deadline, lambda text: progress(text, 0.0)
        )
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


def _show(data: bytes) -> None:
    # On a terminal nothing that the guest prints may be obeyed; a file gets it as it is.
    if sys.stdout.isatty():
        text = data.decode("utf-8", "replace").replace("\r\n", "\n")
        data = screen.printable(text).encode()
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
