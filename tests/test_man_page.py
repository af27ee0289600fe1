# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/refpage_create.2 reads without a complaint, and says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from refseries.host import proc

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/refpage_create.2"
TABLES = next((ROOT / "series/v4").glob("0002-*.patch"))


def rendered() -> str:
    done = proc.run(
        ["man", "--warnings=w", "--nj", "--nh", "-l", str(PAGE)],
        env={"LC_ALL": "C.UTF-8", "MANWIDTH": "78", "MAN_KEEP_FORMATTING": "", "PAGER": "cat"},
    )
    assert done.stderr == ""
    return done.stdout


def test_man_shows_it_without_a_warning() -> None:
    text = rendered()
    headings = re.findall(r"^([A-Z][A-Z ]+)$", text, re.M)
    assert headings == [
        "NAME", "LIBRARY", "SYNOPSIS", "DESCRIPTION", "RETURN VALUE", "ERRORS", "STANDARDS",
        "HISTORY", "NOTES", "EXAMPLES", "SEE ALSO",
    ]  # fmt: skip
    assert max(map(len, text.splitlines())) <= 80
    assert "refpage_create - create a reference page" in text


def test_mandoc_finds_nothing() -> None:
    # Below a warning it has opinions, such as a title in capitals, which man-pages gave up.
    done = proc.run(["mandoc", "-T", "lint", "-W", "warning", str(PAGE)], check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_its_example_compiles(tmp_path: Path) -> None:
    example = rendered().split("EXAMPLES\n")[1].split("SEE ALSO")[0]
    code = example[example.index("#include") :]
    source = tmp_path / "example.c"
    source.write_text(code)
    number = "-DSYS_refpage_create=463"
    proc.run(["gcc", "-Wall", "-Wextra", "-Werror", number, "-c", "-o", "/dev/null", str(source)])


def test_its_numbers_are_those_of_the_tables() -> None:
    rows = re.findall(r"^\+(\d+)\s+\S+\s+refpage_create\b", TABLES.read_text(), re.M)
    told = re.search(r"its number is (\d+), on Alpha (\d+)", " ".join(rendered().split()))
    assert told
    assert set(rows) == set(told.groups())
