# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the page of a large series takes to open and to filter, in a real browser.

300 tasks, 60 patches, 20 versions, 3 configs and 300 cases. Needs the browser that `./setup pytest`
installs: ./setup pytest --version, then
.venv/bin/python benchmarks/page.py
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/support"))
import browsers
import sample_reports

from refseries.report import page

OPEN_LIMIT = 2.0
FILTER_LIMIT = 0.1
TIMES = 5

_OPENED = """
new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0)))
"""
# From the change of a filter until what it shows is painted.
_FILTERED = """
([field, value]) => new Promise((done) => {
    const began = performance.now();
    const input = document.getElementById(field);
    input.value = value;
    input.dispatchEvent(new Event("input", {bubbles: true}));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began), 0));
})
"""
FILTERS = (
    ("f-text", "case_7"),
    ("f-text", "case"),
    ("f-text", ""),
    ("f-outcome", "xfail"),
    ("f-outcome", "~"),
    ("f-outcome", ""),
    ("f-version", "3"),
    ("f-version", ""),
    ("f-config", "config1"),
    ("f-config", ""),
)


def main() -> int:
    """Print each figure beside its limit; 1 when one is over it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "large.html")
        began = time.monotonic()
        file.write_text(page.render(sample_reports.large()))
        print(f"rendered in {time.monotonic() - began:.2f} s, {file.stat().st_size / 1e6:.1f} MB")
        browser = browsers.launch(playwright)
        opened = [_opened(browser.new_page(), file) for _ in range(TIMES)]
        shown = browser.new_page()
        _opened(shown, file)
        good = _judge("open", opened, OPEN_LIMIT)
        for filter_ in FILTERS:
            took = [_filtered(shown, filter_) for _ in range(TIMES)]
            good &= _judge(f"filter {filter_[0]} by `{filter_[1]}`", took, FILTER_LIMIT)
        browser.close()
    return 0 if good else 1


def _opened(shown: Page, file: Path) -> float:
    shown.goto(file.as_uri())
    return float(shown.evaluate(_OPENED)) / 1000


def _filtered(shown: Page, filter_: tuple[str, str]) -> float:
    """Seconds that a filter takes, from a page without any."""
    for name in ("f-text", "f-outcome", "f-version", "f-config"):
        shown.evaluate(_FILTERED, [name, ""])
    if not filter_[1]:
        shown.evaluate(_FILTERED, [filter_[0], dict(FILTERS)[filter_[0]] or "case_7"])
    return float(shown.evaluate(_FILTERED, list(filter_))) / 1000


def _judge(what: str, seconds: list[float], limit: float) -> bool:
    median = statistics.median(seconds)
    print(f"{what}: {median:.3f} s (worst {max(seconds):.3f}), limit {limit} s")
    return median < limit


if __name__ == "__main__":
    sys.exit(main())
