# SPDX-License-Identifier: GPL-2.0-or-later
"""Every b4 command on our exports; the table in docs/b4.md is what came of it."""

from __future__ import annotations

from pathlib import Path

import b4_table
from toy import Toy

DOCUMENT = Path(__file__).parents[2] / "docs" / "b4.md"


def test_the_table_in_the_documentation_is_what_b4_gives(toy: Toy, tmp_path: Path) -> None:
    directory = tmp_path / "b4"
    directory.mkdir()
    table = b4_table.table(b4_table.set_up(directory, toy))
    assert DOCUMENT.read_text() == table, "run: python tests/support/b4_table.py > docs/b4.md"
