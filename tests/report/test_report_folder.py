# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries report --folder``: a large series as several pages, looked at in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import browsers
import pytest
import sample_reports
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, expect
from toy import Toy

from refseries.errors import SeriesError
from refseries.host import proc
from refseries.report import folder, page

Run = Callable[..., proc.Completed]
NAMES = ["diff-v1-v2.html", "index.html", "lines-v2.html"]


def test_its_pages_are_one_in_a_browser(toy: Toy, refseries: Run, browser: Browser) -> None:
    sample_reports.hostile(toy)
    done = refseries("report", "--folder", "pages")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Wrote pages/index.html\n", "")
    place = toy.project / "pages"
    assert sorted(path.name for path in place.iterdir()) == NAMES
    shown = browsers.new_page(browser)
    complaints: list[str] = []
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    shown.goto((place / "index.html").as_uri())
    axe = Axe()
    assert shown.locator(".rangediff").count() == 0
    shown.get_by_role("link", name="v1 → v2").click()
    expect(shown).to_have_url((place / "diff-v1-v2.html").as_uri())
    shown.wait_for_load_state()
    # No two tabs are called the same.
    expect(shown).to_have_title("v1 → v2, toy: mm: introduce toys")
    shown.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert "++short toy_create;  ← not run" in shown.locator("body").inner_text()
    assert axe.run(shown).generate_report() == "Found 0 accessibility violations:\n"
    shown.get_by_role("link", name="v1-ada-1").first.click()
    expect(shown).to_have_url((place / "index.html").as_uri() + "#task-v1-ada-1")
    shown.wait_for_load_state()
    assert shown.locator("#task-v1-ada-1").is_visible()
    shown.get_by_role("link", name="v2", exact=True).last.click()
    expect(shown).to_have_url((place / "lines-v2.html").as_uri())
    shown.wait_for_load_state()
    expect(shown).to_have_title("lines of v2, toy: mm: introduce toys")
    assert shown.locator("table.counted").count() == 2
    assert axe.run(shown).generate_report() == "Found 0 accessibility violations:\n"
    shown.get_by_role("link", name="Back to the whole of toy").click()
    assert axe.run(shown).generate_report() == "Found 0 accessibility violations:\n"
    assert complaints == []
    shown.context.close()


def test_the_same_again_replaces_its_own_pages_and_nothing_else(toy: Toy, refseries: Run) -> None:
    place = toy.project / "pages"
    place.mkdir()
    (place / "diff-v7-v8.html").write_text("of a version that is gone")
    assert refseries("report", "--folder", "pages").returncode == 0
    assert sorted(path.name for path in place.iterdir()) == ["diff-v1-v2.html", "index.html"]
    (place / "mine.txt").write_text("mine")
    before = (place / "index.html").stat().st_mtime_ns
    done = refseries("report", "--folder", "pages")
    assert done.returncode == 2
    assert "holds `mine.txt`, which is no page of ours" in done.stderr
    assert (place / "index.html").stat().st_mtime_ns == before


@pytest.mark.parametrize("words", [("--serve",), ("--output", "a.html")])
def test_one_of_them(toy: Toy, refseries: Run, words: tuple[str, ...]) -> None:
    done = refseries("report", "--folder", "pages", *words)
    assert done.returncode == 2
    assert "a folder, a file or a server: one of them" in done.stderr
    assert not (toy.project / "pages").exists()


def test_one_file_has_a_limit_that_the_largest_series_keeps_in_a_folder() -> None:
    with pytest.raises(SeriesError, match=r"the page would have 10\.1 MB") as caught:
        folder.check_size("x" * 10_100_000)
    assert caught.value.hint == "Write a folder of pages: --folder DIR"
    large = sample_reports.large(tasks=60, patches=20, versions=8, cases=100)
    whole = page.render(large)
    folder.check_size(whole)
    apart = folder.pages(large, page.render)
    assert len(apart) == 8  # the first, and seven range-diffs
    assert max(map(len, apart.values())) < len(whole)
    assert all("int line_3;" in apart[f"diff-v{n}-v{n + 1}.html"] for n in range(1, 8))
    assert "int line_3;" not in apart["index.html"]
