# SPDX-License-Identifier: GPL-2.0-or-later
"""The example that ``init`` writes: it passes on any kernel, and says nothing of a series."""

from __future__ import annotations

from collections.abc import Iterable

from refseries.testing.model import CaseResult

CASE = "example.answers"
"""The one case of it."""
ADVICE = "write tests of your own in kernel-tests/"


def is_all(results: Iterable[CaseResult]) -> bool:
    """Whether cases were run, and none but the example's."""
    return {result.name for result in results} == {CASE}
