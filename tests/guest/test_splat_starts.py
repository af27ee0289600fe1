# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of beginnings, and the words without which no line is held against it."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refseries.guest import splat_starts

ROWS = [pattern for _, _, pattern in splat_starts._STARTS]


@pytest.mark.parametrize("pattern", ROWS)
def test_each_line_that_a_row_knows_has_a_word_worth_a_look(pattern: str) -> None:
    lines = st.from_regex(re.compile(pattern, re.ASCII)).filter(
        lambda line: "\n" not in line and re.match(pattern, line) is not None
    )

    @settings(max_examples=100, suppress_health_check=list(HealthCheck))
    @given(lines)
    def holds(line: str) -> None:
        assert splat_starts.begins(line) is not None

    holds()
