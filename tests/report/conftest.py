# SPDX-License-Identifier: GPL-2.0-or-later
"""A browser without a screen: of the distribution, or the one that its driver has fetched."""

from __future__ import annotations

from collections.abc import Iterator

import browsers
import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright
from waiting import SECONDS

expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process; each takes a context of its own.

    Without one a test fails: what nobody looked at was not seen to work.
    """
    with sync_playwright() as playwright:
        try:
            running = browsers.launch(playwright)
        except Error as error:
            pytest.fail(f"{browsers.MISSING} {error.message.splitlines()[0]}", pytrace=False)
        yield running
        running.close()
