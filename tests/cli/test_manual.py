# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/refseries.1, which is made from the command line's help."""

from __future__ import annotations

import inspect
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from refseries.cli.app import app
from refseries.host import proc

MAKE = Path(__file__).parents[2] / "docs" / "make_man.py"
PAGE = MAKE.with_name("refseries.1")


def test_it_says_what_help_says() -> None:
    made = runpy.run_path(str(MAKE))["page"]()
    assert PAGE.read_text(encoding="utf-8") == made, "run ./setup python docs/make_man.py"


def test_it_is_shown_without_a_warning_and_tells_of_every_command() -> None:
    shown = proc.run(["man", "--warnings=w", "--nj", "--nh", "-l", str(PAGE)])
    assert shown.stderr == ""
    for words in ("refseries test [VERSION", "refseries feedback import", "EXIT STATUS"):
        assert words in shown.stdout
    assert proc.run(["mandoc", "-T", "lint", "-W", "warning", str(PAGE)], check=False).stdout == ""


def lines_of_help(command: Any) -> Iterator[str]:  # noqa: ANN401 - typer gives it no public type
    for below in command.commands.values():
        if hasattr(below, "commands"):
            yield from lines_of_help(below)
        else:
            yield from inspect.cleandoc(below.help or "").partition("\n\n")[2].splitlines()


def test_help_fits_into_80_columns() -> None:
    """Behind the first paragraph, typer breaks lines where the text does and where it must."""
    lines = list(lines_of_help(typer.main.get_command(app)))
    assert lines
    assert [line for line in lines if len(line) > 78] == []


def test_odd_help_texts_stay_text() -> None:
    roff = runpy.run_path(str(MAKE))["roff"]
    assert roff(".TH\n'quoted' a\\b --c") == "\\&.TH\n\\&'quoted' a\\eb \\-\\-c"
