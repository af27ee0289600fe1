# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries report``: real processes in the toy."""

from __future__ import annotations

import os
from collections.abc import Callable

from toy import Toy

from refseries.host import proc

Run = Callable[..., proc.Completed]


def test_the_page_is_written_beside_the_series_by_default(toy: Toy, refseries: Run) -> None:
    done = refseries("report")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Wrote toy.html\n", "")
    text = (toy.project / "toy.html").read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert refseries("report", "--output", "-").stdout == text  # the same again


def test_wrong_uses_are_told(toy: Toy, refseries: Run) -> None:
    for words in (("--serve", "--output", "a.html"), ("--open", "--output", "-")):
        done = refseries("report", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("refseries: --")
    assert not (toy.project / "a.html").exists()


def test_open_shows_the_file_in_the_users_browser(toy: Toy, refseries: Run) -> None:
    browser = toy.directory / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{toy.directory}/shown\n')
    browser.chmod(0o755)
    environ = {"BROWSER": f"{browser} %s", "PATH": os.environ["PATH"]}
    done = refseries("report", "-o", "page.html", "--open", env=environ)
    assert done.returncode == 0
    assert (toy.directory / "shown").read_text().strip() == (toy.project / "page.html").as_uri()
