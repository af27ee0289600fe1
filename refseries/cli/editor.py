# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts that a user gives: by an option, on standard input, or in his editor."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType

from refseries import git
from refseries.errors import HostError, SeriesError
from refseries.host import proc
from refseries.host.scratch import scratch_folder

# What git's own cut line looks like; a `#` alone would take preprocessor lines away.
_CUT = "# ------------------------ >8 ------------------------"


def text(given: str | None, option: str, root: Path, about: str, initial: str = "") -> str:
    """The text that was given, read, or edited.

    Args:
        given: what the option says: a text, ``-`` for standard input, None to ask the editor.
        option: its name, for errors.
        root: where git looks for its setting of the editor.
        about: shown below the cut line of the editor's file.
        initial: what the editor starts with.

    Raises:
        SeriesError: nothing was given, and there is no terminal and no editor to ask.
        HostError: the editor cannot be run, or failed.
    """
    if given == "-":
        return sys.stdin.read()
    if given is not None:
        return given
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not named and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SeriesError(
            "it needs a text, and there is no terminal to ask for it.",
            where=option,
            hint=f"Give `{option} TEXT`, or `{option} -` to read standard input.",
        )
    command = git.users(root, "var", "GIT_EDITOR").stdout.strip() or named or "vi"
    with scratch_folder() as scratch:
        path = scratch / "TASK_EDITMSG"
        below = "".join(f"# {line}".rstrip() + "\n" for line in about.splitlines())
        cut = f"{_CUT}\n# What stands below this line is ignored.\n"
        path.write_text(f"{initial}\n{cut}{below}", encoding="utf-8")
        _edit(command, path)
        edited = path.read_text(encoding="utf-8", errors="replace")
    return edited.partition(_CUT)[0].strip() + "\n"


def _edit(command: str, path: Path) -> None:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise SeriesError(
            f"the editor `{command}` is no command: {error}.", hint="Fix EDITOR."
        ) from error
    # Ctrl-C is the editor's while it runs. A function, as ignoring it would be inherited.
    before = signal.signal(signal.SIGINT, _leave_it)
    try:
        with proc.start([*words, path], stdin=0, stdout=1, stderr=2, foreground=True) as editor:
            while (status := editor.wait(3600)) is None:
                pass
    finally:
        signal.signal(signal.SIGINT, before)
    if status != 0:
        raise HostError(
            f"the editor `{command}` failed; nothing was changed.", hint="Set EDITOR to another."
        )


def _leave_it(_number: int, _frame: FrameType | None) -> None:
    pass
