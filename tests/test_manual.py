# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/refseries.1, which is made from the command line's help."""

from __future__ import annotations

import runpy
from pathlib import Path

from refseries import proc

MAKE = Path(__file__).parents[1] / "docs" / "make_man.py"
PAGE = MAKE.with_name("refseries.1")


def test_it_says_what_help_says() -> None:
    made = runpy.run_path(str(MAKE))["page"]()
    assert PAGE.read_text(encoding="utf-8") == made, "run ./setup python docs/make_man.py"


def test_it_is_shown_without_a_warning_and_tells_of_every_command() -> None:
    shown = proc.run(["man", "--warnings=w", "--nj", "--nh", "-l", str(PAGE)])
    assert shown.stderr == ""
    for words in ("refseries test VERSION", "refseries feedback import", "EXIT STATUS"):
        assert words in shown.stdout
    assert proc.run(["mandoc", "-T", "lint", "-W", "warning", str(PAGE)], check=False).stdout == ""


def test_odd_help_texts_stay_text() -> None:
    roff = runpy.run_path(str(MAKE))["roff"]
    assert roff(".TH\n'quoted' a\\b --c") == "\\&.TH\n\\&'quoted' a\\eb \\-\\-c"
