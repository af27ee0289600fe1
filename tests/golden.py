# SPDX-License-Identifier: GPL-2.0-or-later
"""Golden files: what the command line writes, kept below tests/data/golden/ and compared.

They are made anew by

    REFSERIES_GOLDEN=write ./setup pytest tests/cli/test_golden_*.py

and what git shows as changed there afterwards is what changed for users. Without the variable a
file that is missing or different is a failure.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "data" / "golden"
# Read here: a fixture of all tests takes the user's variables of this name away.
WRITING = os.environ.get("REFSERIES_GOLDEN") == "write"
_HOW = "REFSERIES_GOLDEN=write ./setup pytest tests/cli/test_golden_*.py"

PLAIN = {
    "COLUMNS": "80",
    "TERMINAL_WIDTH": "80",
    "NO_COLOR": "1",
    **dict.fromkeys(("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "TTY_COMPATIBLE"), ""),
}
"""Variables for a command whose text is compared: 80 columns and no colour, wherever tests run."""


def hold(name: str, text: str) -> None:
    """Compare ``text`` with a golden file, or write the file where that is asked for.

    Args:
        name: of the file, below tests/data/golden/.
    """
    path = GOLDEN / name
    if WRITING:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    if not path.is_file():
        pytest.fail(f"there is no {path}; if it is to be there: {_HOW}", pytrace=False)
    kept = path.read_text(encoding="utf-8")
    if text != kept:
        lines = difflib.unified_diff(
            kept.splitlines(), text.splitlines(), str(path), "now", lineterm=""
        )
        pytest.fail("\n".join([*lines, f"If this is as it should be: {_HOW}"]), pytrace=False)


def none_is_left_over(folder: str, names: Iterable[str]) -> None:
    """Fail for a golden file that no test compares; remove it where files are written.

    Args:
        folder: below tests/data/golden/.
        names: of all files that belong there.
    """
    place = GOLDEN / folder
    over = {path.name for path in place.iterdir()} - set(names)
    if WRITING:
        for name in over:
            (place / name).unlink()
    elif over:
        pytest.fail(f"no test compares {sorted(over)} in {place}", pytrace=False)
