# SPDX-License-Identifier: GPL-2.0-or-later
"""Make docs/report.png anew: the page of the bundled series, as a browser shows it.

It shows what the main job has left, so run that first, and `./setup pytest --version`, which
installs the browser. Then: .venv/bin/python docs/make_picture.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from refseries.host import proc

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import browsers  # noqa: E402 - where the tests have it

PICTURE = ROOT / "docs" / "report.png"
SIZE = {"width": 960, "height": 900}


def main() -> int:
    """Write the page, and take its picture; 3 where there is no browser."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "report.html")
        command = [sys.executable, "-c", "from refseries.cli import main; main()"]
        proc.run([*command, "--series", str(ROOT), "report", "--output", str(file)])
        try:
            browser = browsers.launch(playwright)
        except Error:
            print(browsers.MISSING, file=sys.stderr)
            return 3
        page = browser.new_page(viewport=SIZE, color_scheme="light")  # type: ignore[arg-type]
        page.goto(file.as_uri())
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"Wrote {PICTURE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
