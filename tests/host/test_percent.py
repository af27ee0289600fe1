# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts in per cent: nothing but the whole is 100."""

from __future__ import annotations

import pytest

from refseries.host.text import percent


@pytest.mark.parametrize(
    ("part", "digits", "sign", "shown"),
    [
        (1.0, 1, "", "100.0"),
        (0.9999, 1, "", "99.9"),
        (0.5, 1, "", "50.0"),
        (-0.997, 0, "+", "-99"),
        (-1.0, 0, "+", "-100"),
        (1.1, 0, "+", "+110"),
        (0.0, 1, "", "0.0"),
    ],
)
def test_only_all_of_it_is_a_hundred(part: float, digits: int, sign: str, shown: str) -> None:
    assert percent(part, digits, sign) == shown
