# SPDX-License-Identifier: GPL-2.0-or-later
"""What all commands share on the screen: consoles, errors, JSON, progress.

Results go to stdout, everything else to stderr, so that ``--json -`` can be piped. Text that came
from a patch, a mail or a guest is passed through ``printable`` before it is shown. rich is imported
by what needs it alone: a command with nothing but plain lines to say does without.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from refseries.cli import documents
from refseries.errors import HostError, RefseriesError, Stopped
from refseries.host.files import write_atomically
from refseries.host.scratch import sweep
from refseries.host.text import printable as printable

if TYPE_CHECKING:
    from rich.console import Console


@cache
def out() -> Console:
    """Where results go. 80 columns when it is not a terminal."""
    from rich.console import Console

    return Console(highlight=False, markup=False, soft_wrap=False, width=_width(sys.stdout))


@cache
def err() -> Console:
    """Where progress and errors go."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, width=_width(sys.stderr))


@contextmanager
def until_stopped() -> Iterator[None]:
    """A block that the user ends by Ctrl-C and not otherwise: nothing is left to go on with."""
    try:
        yield
    except Stopped:
        raise Stopped("stopped.") from None


def _width(stream: TextIO) -> int | None:
    return None if stream.isatty() else 80


Part = str | tuple[str, str]
"""A text, or a text and the style that it has on a terminal."""

DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
"""Of the lines of a diff, by their mark."""


def say(*parts: Part, to_err: bool = False) -> None:
    """Print the parts and a line feed, as a result or to standard error; of any length.

    Without styles, or without a terminal, rich has no part in it: it goes through long text by the
    word.
    """
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    stream = sys.stderr if to_err else sys.stdout
    if any(style for _text, style in pairs) and _may_colour(stream):
        from rich.text import Text

        coloured = Text.assemble(*((printable(text), style) for text, style in pairs))
        (err() if to_err else out()).print(coloured, soft_wrap=True)
    else:
        stream.write(printable("".join(text for text, _style in pairs)) + "\n")


def _may_colour(stream: TextIO) -> bool:
    """Whether rich may take it for a terminal: it is one, or the user says so."""
    return stream.isatty() or any(map(os.environ.get, ("FORCE_COLOR", "TTY_COMPATIBLE")))


def say_field(name: str, text: str, margin: int, style: str = "", *, to_err: bool = False) -> None:
    """Print a name, and behind it text over as many lines as it takes.

    Args:
        margin: columns in front of the text.
        style: of the name.
        to_err: as for ``say``.
    """
    terminal = (sys.stderr if to_err else sys.stdout).isatty()
    columns = shutil.get_terminal_size().columns if terminal else 80
    wrapped = textwrap.fill(
        printable(text),
        max(columns, margin + 10),
        initial_indent=" " * margin,
        subsequent_indent=" " * margin,
        break_on_hyphens=False,
    )
    say((f"{name:<{margin}}", style), wrapped[margin:], to_err=to_err)


def say_sentence(text: str) -> None:
    """Print a sentence; on a terminal broken between words, and never within a path."""
    if sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        text = textwrap.fill(
            printable(text), columns, break_long_words=False, break_on_hyphens=False
        )
    say(text)


def note(text: str) -> None:
    """Print what the user may want to know, on standard error; on a terminal as a sentence is."""
    from rich.text import Text

    console, told = err(), printable(f"Note: {text}")
    if console.is_terminal:
        told = textwrap.fill(told, console.width, break_long_words=False, break_on_hyphens=False)
    console.print(Text(told, style="yellow"), soft_wrap=True)


def some(names: Sequence[str]) -> str:
    """The first few of ``names``, and how many more there are."""
    most = 3  # more would not fit on a line
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def hidden(names: Sequence[str], where: str) -> str:
    """That files are not in ``where``, as git ignores them, and how they get there."""
    return f"git ignores, so not in {where}: {some(names)} (git add --force takes them)"


def show_error(error: RefseriesError) -> None:
    """Print the one paragraph of an error, and its detail below."""
    from rich.text import Text

    console = err()
    lead, told = "refseries: ", printable(str(error))
    if console.is_terminal:
        # A path is never broken over lines: it is there to be copied.
        told = textwrap.fill(
            told,
            console.width,
            initial_indent=lead,
            break_long_words=False,
            break_on_hyphens=False,
        ).removeprefix(lead)
    text = Text(lead, style="bold red")
    text.append(told, style="default")
    console.print(text, soft_wrap=True)
    if error.detail:
        console.print(Text(printable(error.detail), style="dim"), soft_wrap=True)


def show_json(data: object, destination: str) -> None:
    """Write ``data`` as JSON to a file, or to stdout for ``-``.

    Raises:
        HostError: the file cannot be written.
    """
    text = msgspec.json.format(msgspec.json.encode(data, enc_hook=str), indent=2).decode()
    write_text(text + "\n", destination)


def write_text(text: str, destination: str) -> None:
    """Write ``text`` to stdout for ``-``, else to a file that is replaced as a whole.

    It is in UTF-8, but for a terminal that has another encoding.

    Raises:
        HostError: the file cannot be written.
    """
    if destination == "-":
        sys.stdout.flush()
        if sys.stdout.isatty():
            sys.stdout.write(text)
        else:
            sys.stdout.buffer.write(text.encode(errors="replace"))
        sys.stdout.flush()
        return
    try:
        path = documents.place(destination)
        sweep(path.parent)
        write_atomically(path, text)
    except OSError as error:
        raise HostError(
            f"cannot be written: {error.strerror}.", where=destination, hint="Name another file."
        ) from error


class Progress:
    """One line about slow work: redrawn on a terminal, a line now and then elsewhere."""

    PLAIN_SECONDS = 15.0

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._status: Any = None
        self._last = ("", 0.0)

    def __call__(self, text: str, part: float = 0.0, /) -> None:
        """As ``host.progress.Say``."""
        if self._quiet:
            return
        line = f"{text} … {part:.0%}" if part else f"{text} …"
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(printable(line)))  # a plain string would be read as markup
            return
        now = time.monotonic()
        said, when = self._last
        if said != text or now - when >= self.PLAIN_SECONDS:
            print(printable(line), file=sys.stderr, flush=True)
            self._last = (text, now)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """A Progress for the length of a block."""
    shown = Progress(quiet)
    if quiet or not err().is_terminal:
        yield shown
        return
    with err().status("") as status:
        shown._status = status
        yield shown
