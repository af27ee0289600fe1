# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine without a browser fails the tests of pages in words, and skips none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from refseries.host import proc

HERE = Path(__file__).parent
TEST = "def test_a_page(browser):\n    pass\n"


def test_a_missing_browser_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((HERE / "conftest.py").read_text())
    (tmp_path / "test_page.py").write_text(TEST)
    done = proc.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={
            "PATH": str(tmp_path),
            "PYTHONPATH": os.pathsep.join((str(HERE.parent / "support"), str(HERE.parents[1]))),
            "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none"),
        },
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "No Chromium can be started." in done.stdout
    assert "1 error" in done.stdout
    assert "skipped" not in done.stdout
