# SPDX-License-Identifier: GPL-2.0-or-later
"""Chromium for tests and pictures of pages."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from waiting import SECONDS

# As Debian, Fedora and Arch have it, and its maker. Ubuntu has a snap, which sees no /tmp.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MISSING = (
    "No Chromium can be started. `./setup pytest` installs one on Debian and Ubuntu; elsewhere, "
    f"put one on PATH ({', '.join(NAMES)}), or let its driver fetch one: "
    "`.venv/bin/playwright install --with-deps --only-shell chromium`."
)


def launch(playwright: Playwright) -> Browser:
    """Start the one on PATH, else the one that the driver has fetched.

    Raises:
        playwright.sync_api.Error: there is neither, or it does not start.
    """
    found = (path for path in map(shutil.which, NAMES) if path and "/snap/" not in path)
    return playwright.chromium.launch(executable_path=next(found, None), timeout=SECONDS * 1000)


def new_page(browser: Browser, **more: Any) -> Page:  # noqa: ANN401 - as of new_context
    """An empty page in a context of its own, which a busy machine may take its time to show."""
    context = browser.new_context(**more)
    context.set_default_timeout(SECONDS * 1000)
    return context.new_page()


def picture(page: Path, file: Path) -> str:
    """Show ``page``, write what one sees of its beginning to ``file`` (PNG), and give its text.

    In a thread of its own: the driver refuses a second browser in one where it has one already.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_picture, page, file).result()


def _picture(page: Path, file: Path) -> str:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        shown = new_page(browser, viewport={"width": 960, "height": 900}, color_scheme="light")
        shown.goto(page.as_uri())
        shown.screenshot(path=file)
        text = shown.inner_text("body")
        browser.close()
    return text
