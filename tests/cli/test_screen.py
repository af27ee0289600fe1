# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.cli import screen
from refseries.errors import HostError, StageError

Errors = Callable[[], list[str]]


@given(st.text())
def test_what_is_printable_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = screen.printable(text)
    assert len(shown) == len(text)
    assert all(char.isprintable() or char in "\t\n" or ord(char) >= 0xA0 for char in shown)
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", "?[2J?]0;title?"),
        ("a\rb\x08c\x7f", "a?b?c?"),
        ("\x9b31m", "?31m"),
        ("mm\u202eelbairav\u2066", "mm?elbairav?"),
        ("caf\udce9", "caf?"),
        ("tab\tline\nÅ 页 …", "tab\tline\nÅ 页 …"),
    ],
)
def test_what_a_terminal_would_obey_becomes_a_question_mark(text: str, shown: str) -> None:
    assert screen.printable(text) == shown


def test_json_replaces_a_file_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("an older and much longer text, which must not shine through" * 10)
    screen.show_json({"path": Path("/é"), "n": 1}, str(path))
    assert json.loads(path.read_text()) == {"path": "/é", "n": 1}
    assert path.read_text().endswith("}\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.json"]


def test_a_file_gets_the_usual_permissions_and_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    before = os.umask(0o027)
    try:
        screen.write_text("text", str(tmp_path / "link"))
    finally:
        os.umask(before)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "text"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(HostError, match="cannot be written: File name too long"):
        screen.write_text("new", str(tmp_path / ("x" * 300)))
    with pytest.raises(HostError, match="cannot be written: No such file") as caught:
        screen.write_text("new", str(tmp_path / "gone" / "file"))
    assert caught.value.where == str(tmp_path / "gone" / "file")
    with pytest.raises(UnicodeEncodeError):
        screen.write_text("\udcff", str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_devices_and_pipes_are_written_to_not_replaced() -> None:
    screen.write_text("text", "/dev/null")
    assert not Path("/dev/null").is_file()
    with pytest.raises(HostError, match="No space left on device"):
        screen.write_text("text", "/dev/full")


@pytest.fixture
def errors(capsys: pytest.CaptureFixture[str]) -> Iterator[Errors]:
    """Gives the lines that went to standard error."""
    screen.err.cache_clear()
    yield lambda: capsys.readouterr().err.splitlines()
    screen.err.cache_clear()


def test_an_error_is_one_paragraph_with_place_and_hint(errors: Errors) -> None:
    where = "/a/very/long/path" * 20
    screen.show_error(
        StageError(
            "it [bold]broke[/].", where=where, hint="Fix it.", detail="@@ -1 +1 @@\n-\x1b[1m"
        )
    )
    assert errors() == [
        f"refseries: {where}: it [bold]broke[/]. Fix it.", "@@ -1 +1 @@", "-?[1m",
    ]  # fmt: skip


def test_progress_off_a_terminal_is_a_line_a_step(errors: Errors) -> None:
    with screen.progress() as show:
        for part in (0.0, 0.1, 0.2):
            show("Importing [x]", part)
        show("Applying\x1b", 0.5)
    assert errors() == ["Importing [x] …", "Applying? … 50%"]


def test_progress_on_a_terminal_takes_any_text(
    errors: Errors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with screen.progress() as show:
        show("file [/mm/x] and [red", 0.25)
        assert show._status is not None
        assert str(show._status.status) == "file [/mm/x] and [red … 25%"


def test_quiet_says_nothing(errors: Errors) -> None:
    with screen.progress(quiet=True) as show:
        show("Importing", 0.5)
    assert errors() == []


def test_an_error_on_a_terminal_breaks_between_words_and_never_in_a_path(
    errors: Errors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    where = "/a/long-path" * 8
    screen.show_error(StageError("it broke " * 12, where=where, hint="Fix it."))
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in errors()]
    assert " ".join(lines) == f"refseries: {where}: {'it broke ' * 12} Fix it."
    assert any(where in line for line in lines)
    assert all(len(line) <= 80 for line in lines if where not in line)
