# SPDX-License-Identifier: GPL-2.0-or-later
"""The page in a real browser: what it shows, asks for, and lets be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import browsers
import pytest
import sample_reports
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page
from toy import Toy

from refseries.report import gather, page


@dataclass
class Opened:
    """A page that is open, and what it did besides.

    Attributes:
        complaints: errors of its script, and what its policy refused.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def cell(self, case: str, column: int) -> str:
        """Open the cell of a case, and give what the dialog says."""
        rows = self.page.locator("tr[data-case]")
        names = [row.get_attribute("data-case") for row in rows.all()]
        row = rows.nth(names.index(case))
        row.locator("td").nth(column).locator("button").click()
        return self.page.locator("#cell").inner_text()

    def shown_cases(self) -> list[str]:
        return [
            row.get_attribute("data-case") or ""
            for row in self.page.locator("tr[data-case]").all()
            if row.is_visible()
        ]


def open_page(browser: Browser, file: Path, **more: object) -> Opened:
    opened = Opened(browsers.new_page(browser, **more))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on(
        "console",
        lambda said: opened.complaints.append(said.text) if said.type == "error" else None,
    )
    opened.page.goto(file.as_uri())
    return opened


@pytest.fixture
def file(toy: Toy, tmp_path: Path) -> Path:
    """The page of a toy whose cases, console and mails are hostile."""
    sample_reports.hostile(toy)
    path = tmp_path / "toy.html"
    path.write_text(page.render(gather.report(toy.series(), toy.base(), toy.cache)))
    return path


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Opened]:
    found = open_page(browser, file)
    yield found
    found.page.context.close()


def test_no_request_leaves_the_page_and_its_policy_lets_all_of_it_work(
    opened: Opened, file: Path
) -> None:
    opened.page.get_by_role("button", name="Unfold all").click()
    assert "Outcome" in opened.cell("toy.plain", 0)
    assert opened.requests == [file.as_uri()]
    assert opened.complaints == []
    policy = opened.page.locator("meta[http-equiv]").get_attribute("content") or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_names_consoles_and_mails_are_text(opened: Opened) -> None:
    opened.page.get_by_role("button", name="Unfold all").click()
    told = opened.cell(sample_reports.HOSTILE_CASE, 0)
    assert f"kernel: {sample_reports.MARKUP}" in told
    assert f"# case: {sample_reports.MARKUP}" in told
    assert f"{sample_reports.MARKUP}?gpj.exe?[31m" in told
    opened.page.keyboard.press("Escape")
    opened.page.evaluate(
        "for (const each of document.querySelectorAll('details')) each.open = true"
    )
    whole = opened.page.locator("body").inner_text()
    assert f"small {sample_reports.MARKUP}" in whole
    assert f"A letter {sample_reports.MARKUP}" in whole
    assert "{{ 7 * 7 }}" in whole
    assert opened.page.locator("img, script:not(head script):not(#cells)").count() == 0
    assert opened.page.title() == "toy: mm: introduce toys"
    assert opened.complaints == []


def test_a_cell_tells_all_that_is_known_of_a_case(opened: Opened) -> None:
    opened.page.get_by_role("button", name="Unfold all").click()
    told = opened.cell("toy.small", 0)
    assert "toy.small: v1, default" in told
    assert "xfail" in told
    assert "v1-ada-1" in told
    assert "refseries test v1 --config default --only toy.small" in told
    opened.page.get_by_role("link", name="v1-ada-1").last.click()
    assert not opened.page.locator("#cell").is_visible()
    assert opened.page.locator("#task-v1-ada-1").is_visible()  # its review was opened for it


def test_filters_narrow_the_matrix_and_stand_in_the_address(
    opened: Opened, browser: Browser, file: Path
) -> None:
    assert opened.shown_cases() == []  # folded
    opened.page.locator("#f-text").fill("SMALL")
    assert opened.shown_cases() == ["toy.small"]
    opened.page.locator("#f-text").fill("")
    opened.page.locator("#f-outcome").select_option("not as expected")
    assert opened.shown_cases() == [sample_reports.HOSTILE_CASE]
    opened.page.locator("#f-version").select_option("v2")
    assert opened.shown_cases() == []
    assert opened.page.locator("#found").inner_text() == "0 of 3 cases"
    opened.page.locator("#f-outcome").select_option("pass")
    assert opened.shown_cases() == ["toy.small", "toy.plain"]
    assert not opened.page.locator("thead th.c0").is_visible()
    assert opened.page.locator("thead th.c1").first.is_visible()
    address = opened.page.url
    opened.page.goto("about:blank")
    opened.page.goto(address)
    assert opened.shown_cases() == ["toy.small", "toy.plain"]


def test_it_is_used_with_the_keyboard_alone(opened: Opened) -> None:
    fold = opened.page.locator("tbody.fixture button").first
    fold.focus()
    opened.page.keyboard.press("Enter")
    assert fold.get_attribute("aria-expanded") == "true"
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")
    dialog = opened.page.locator("#cell")
    assert dialog.is_visible()
    opened.page.keyboard.press("Escape")
    assert not dialog.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 380])
def test_nothing_keeps_anybody_from_reading_it(
    browser: Browser, file: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    opened = open_page(browser, file, color_scheme=scheme, viewport={"width": width, "height": 800})
    axe = Axe()
    assert axe.run(opened.page).generate_report() == "Found 0 accessibility violations:\n"
    opened.page.evaluate(
        "for (const each of document.querySelectorAll('details')) each.open = true"
    )
    opened.page.get_by_role("button", name="Unfold all").click()
    assert axe.run(opened.page).generate_report() == "Found 0 accessibility violations:\n"
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    opened.cell("toy.plain", 0)
    assert axe.run(opened.page).generate_report() == "Found 0 accessibility violations:\n"
    opened.page.context.close()


def test_parts_of_a_series_of_several_versions_are_told_apart(
    browser: Browser, tmp_path: Path
) -> None:
    # A patch has the same subject in each version, and its range-diffs had one name.
    path = tmp_path / "large.html"
    made = sample_reports.large(tasks=4, patches=2, versions=4, configs=2, cases=4)
    path.write_text(page.render(made))
    opened = open_page(browser, path)
    opened.page.evaluate(
        "for (const each of document.querySelectorAll('details')) each.open = true"
    )
    assert Axe().run(opened.page).generate_report() == "Found 0 accessibility violations:\n"
    opened.page.context.close()


def test_without_its_script_every_case_is_there(browser: Browser, file: Path) -> None:
    opened = open_page(browser, file, java_script_enabled=False)
    assert opened.shown_cases() == ["toy.small", sample_reports.HOSTILE_CASE, "toy.plain"]
    opened.page.context.close()


def test_a_large_series_is_shown_whole(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    path.write_text(page.render(sample_reports.large(tasks=30, patches=6, versions=5, cases=100)))
    opened = open_page(browser, path)
    assert opened.page.locator("#found").inner_text() == "300 of 300 cases"
    opened.page.locator("#f-text").fill("case_7")
    assert len(opened.shown_cases()) == 33  # 7 and 70 to 79, in three configs
    assert opened.complaints == []
    opened.page.context.close()


@pytest.mark.usefixtures("browser")
def test_a_picture_is_taken_beside_another_browser(file: Path, tmp_path: Path) -> None:
    assert "Results" in browsers.picture(file, tmp_path / "page.png")
