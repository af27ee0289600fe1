# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for rerolling."""

from __future__ import annotations

import pytest
from reroll_author import Author
from toy import Toy


@pytest.fixture
def author(toy: Toy) -> Author:
    return Author(toy)
