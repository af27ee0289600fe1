# SPDX-License-Identifier: GPL-2.0-or-later
"""Golden files: what the command line writes, kept below tests/data/golden/ and compared.

They are made anew by

    REFSERIES_GOLDEN=write ./setup pytest tests/cli/test_golden_*.py

and the picture of the README by the tests of the main job (tests/test_main_job.py). What git shows
as changed there afterwards is what changed for users. Without the variable a file that is missing
or different is a failure, but for the picture, whose pixels are those of a browser and its fonts.
"""

from __future__ import annotations

import difflib
import itertools
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
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

_ID = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{32,64}|[0-9a-f]{12})(?![0-9a-f])")
# QEMU's machine, as far as it depends on the host.
_MACHINE = re.compile(r'("-(M|cpu|accel)",\s+)"[^"]*"')
_RUN = re.compile(r"(?<=/runs/)[0-9]{8}-[^/\s\"]+")

# When a mail of ours is made, at the head of its id.
_WHEN = re.compile(r"\b20[0-9]{6}(?:[0-9]{6})?(?=(?:-[a-z0-9-]+-v[0-9]+-[0-9]+-|\.)[0-9a-f]{12}@)")


def normal(text: str, words: Mapping[str, str]) -> str:
    """``text`` without what differs from one run or machine to the next.

    Ids of git's and our own keys are numbered in the order in which they come; a short one has the
    number of the long one that begins with it.

    Args:
        words: what else is replaced, and by what; longer ones first.
    """
    for old in sorted(words, key=len, reverse=True):
        text = text.replace(old, words[old])
    text = _WHEN.sub("WHEN", _RUN.sub("RUN", text))
    counter = itertools.count(1)
    numbers: dict[str, int] = {}
    for found in sorted(_ID.findall(text), key=lambda each: -len(each)):
        whole = next((each for each in numbers if each.startswith(found)), found)
        numbers[found] = numbers.get(whole, 0)
    for found in _ID.findall(text):
        whole = next(each for each in numbers if each.startswith(found))
        numbers[whole] = numbers[whole] or next(counter)
    return _ID.sub(
        lambda match: f"<id {next(n for w, n in numbers.items() if w.startswith(match[0]))}>", text
    )


def normal_json(text: str, words: Mapping[str, str], keys: Mapping[str, object]) -> str:
    """A JSON document as ``normal`` has it, laid out for people to compare.

    Args:
        keys: what stands in place of the values of these keys, wherever they are, unless there is
            none; of an object, in place of each value in it.
    """

    def plain(value: Any) -> Any:  # noqa: ANN401 - JSON is that
        if isinstance(value, dict):
            return {key: put(keys[key], each) if key in keys else plain(each)
                    for key, each in value.items()}  # fmt: skip
        return [plain(each) for each in value] if isinstance(value, list) else value

    def put(word: object, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return dict.fromkeys(value, word)
        return value if value in (None, "", []) else word

    laid_out = json.dumps(plain(json.loads(text)), indent=2, ensure_ascii=False)
    return normal(_MACHINE.sub(r'\1"\2 OF THE HOST"', laid_out), words) + "\n"


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
