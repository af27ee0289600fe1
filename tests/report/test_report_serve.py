# SPDX-License-Identifier: GPL-2.0-or-later
"""The page served: to this machine alone, and as new as what is kept."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import browsers
import pytest
import sample_reports
from playwright.sync_api import Browser, expect
from toy import COMMAND, Toy
from waiting import SECONDS

from refseries.testing.model import CaseResult, Outcome


@dataclass
class Served:
    address: str
    process: subprocess.Popen[str]

    def get(self, path: str = "/", host: str = "") -> tuple[int, str]:
        where = urlsplit(self.address)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=SECONDS)
        connection.request("GET", path, headers={"Host": host or where.netloc})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture
def served(toy: Toy) -> Iterator[Served]:
    process = subprocess.Popen(
        [*COMMAND, "report", "--serve"], cwd=toy.project, env={**os.environ, **toy.environ},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert found, process.stderr
        yield Served(found[0], process)
        process.kill()


def test_it_answers_to_its_own_name_and_paths_alone(served: Served) -> None:
    status, text = served.get()
    assert status == 200
    assert "never run here" in text
    assert "connect-src &#39;self&#39;;" in text
    assert served.get("/../series/series.toml")[0] == 404
    assert served.get("/series.toml")[0] == 404
    assert served.get(host="rebound.example.org")[0] == 421
    assert served.get("/stamp", host="127.0.0.1:1")[0] == 421


def test_a_wrong_series_is_told_and_mended(served: Served, toy: Toy) -> None:
    path = toy.project / "series" / "series.toml"
    good = path.read_text()
    path.write_text("nonsense")
    status, text = served.get()
    assert (status, "series.toml" in text) == (500, True)
    path.write_text(good)
    assert served.get()[0] == 200


def test_a_browser_shows_what_is_new_without_being_asked(
    served: Served, toy: Toy, browser: Browser
) -> None:
    page = browsers.new_page(browser)
    page.goto(served.address)
    runs = page.locator("tbody.runs")
    expect(runs).to_contain_text("never run here: refseries test v1")
    sample_reports.keep_run(toy, "v1", CaseResult("toy.small", Outcome.PASS))
    expect(runs).to_contain_text("1 pass (as expected)")
    # What its reader has opened is open again when the next result comes.
    page.locator("summary", has_text="2 patches").first.click()
    page.locator("tbody.fixture button").first.click()
    sample_reports.keep_run(toy, "v2", CaseResult("toy.small", Outcome.PASS))
    expect(runs.locator("td").nth(1)).to_contain_text("1 pass (as expected)")
    expect(page.locator("details[open]")).to_have_count(1)
    expect(page.locator("details[open] summary")).to_have_text("2 patches")
    expect(page.locator("tr[data-case='toy.small']")).to_be_visible()
    page.context.close()


def test_the_user_ends_it(served: Served) -> None:
    served.get()
    served.process.send_signal(signal.SIGINT)
    _out, said = served.process.communicate(timeout=SECONDS)
    assert (served.process.returncode, said) == (130, "refseries: stopped.\n")
