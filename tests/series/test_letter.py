# SPDX-License-Identifier: GPL-2.0-or-later
"""What an author says in a cover letter, and what git adds."""

from __future__ import annotations

import pytest

from refseries.series import letter

TABLE = "It costs:\n\n threads | 12 ms\n pages | 4\n\nwhich is little.\n\nChanges in v2:\n- less"


@pytest.mark.parametrize(
    "stat",
    [
        " mm/a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n",
        " a     |   0\n b.bin | Bin 0 -> 12 bytes\n 2 files changed, 0 insertions(+)\n",
        " mm/a.c | 2 +-\n",  # somebody took its last line away
    ],
)
def test_a_table_of_the_author_is_no_diffstat(stat: str) -> None:
    shortlog = "Ada (1):\n  mm: one\n\n"
    assert letter.text(f"{TABLE}\n\n{shortlog}{stat}\n-- \n2.39\n") == TABLE
    assert letter.text(f"{TABLE}\n\n---\n{stat}") == TABLE
