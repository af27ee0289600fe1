# SPDX-License-Identifier: GPL-2.0-or-later
"""``--help`` of every command is as it was; support/golden.py says how its files are made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import golden
import pytest
import typer
from typer.testing import CliRunner

from refseries.cli.app import app
from refseries.host import proc


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - typer gives it no public type
    """The words of each command below ``command`` and of itself, hidden ones included."""
    yield words
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*words, name))


COMMANDS = tuple(commands(typer.main.get_command(app)))


def file_of(words: tuple[str, ...]) -> str:
    return f"{'-'.join(('refseries', *words))}.txt"


def plain(text: str) -> str:
    """``text`` without blanks at the ends of lines, which fill boxes."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@pytest.mark.parametrize("words", COMMANDS, ids=file_of)
def test_help_is_as_it_was(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    # typer settles these two when it is loaded, from the environment of whoever runs the tests.
    monkeypatch.setattr("typer.rich_utils.FORCE_TERMINAL", None)
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", None)
    done = CliRunner().invoke(app, [*words, "--help"], prog_name="refseries", env=golden.PLAIN)
    assert (done.exit_code, "\x1b" in done.output) == (0, False)
    golden.hold(f"help/{file_of(words)}", plain(done.output))


def test_what_programs_cannot_read_is_so_on_purpose() -> None:
    """docs/architecture.md, rule 10, has the reason of each; what b4 asks writes nothing else."""
    command, lacking = typer.main.get_command(app), set()
    for words in COMMANDS:
        found: Any = command
        for word in words:
            found = found.commands[word]
        if not hasattr(found, "commands") and "json" not in {each.name for each in found.params}:
            lacking.add(" ".join(words))
    assert lacking - {"b4-check"} == {"boot", "cluster keys", "report", "watch"}


def test_no_help_is_left_over() -> None:
    assert len(COMMANDS) > 30
    golden.none_is_left_over("help", map(file_of, COMMANDS))


def test_a_real_process_says_the_same(refseries: Callable[..., proc.Completed]) -> None:
    words = ("feedback", "list")
    done = refseries(*words, "--help", env=golden.PLAIN)
    assert (done.returncode, done.stderr) == (0, "")
    golden.hold(f"help/{file_of(words)}", plain(done.stdout))
