# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest
import reviews

from refseries.review.model import Review


@pytest.fixture
def review() -> Review:
    return reviews.make()
