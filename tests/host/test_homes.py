# SPDX-License-Identifier: GPL-2.0-or-later
"""Homes that nobody knows, and homes that are no place of a user's own."""

from __future__ import annotations

from pathlib import Path

import pytest
import toy as toys

from refseries.errors import HostError
from refseries.host import homes, proc, settings

NOBODY = "~no-such-user-of-this-machine"


def test_a_user_that_nobody_knows_stays_as_a_shell_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert homes.expanded("~/linux") == Path("/home/ada/linux")
    assert homes.expanded(f"{NOBODY}/linux") == Path(f"{NOBODY}/linux")
    assert homes.expanded(Path("linux")) == Path("linux")


@pytest.mark.parametrize("home", ["/", ""])
def test_the_root_is_nobodys_home(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setenv("HOME", home)
    assert homes.at_home(Path("/srv/linux")) == "/srv/linux"
    monkeypatch.setenv("HOME", "/srv")
    assert homes.at_home(Path("/srv/linux")) == "~/linux"


def test_a_cache_without_a_home_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_number: int) -> None:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", nobody)
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(HostError, match="your home folder is not known") as caught:
        settings.resolve(environ={})
    assert "REFSERIES_CACHE" in caught.value.hint
    assert settings.resolve(environ={"REFSERIES_CACHE": "/c"}).cache == Path("/c")
    assert homes.at_home(Path("/srv/linux")) == "/srv/linux"


@pytest.mark.parametrize(
    "words",
    [
        ("-C", f"{NOBODY}/x", "status"),
        ("apply", "v2", "--tree", f"{NOBODY}/linux"),
        ("export", "v2", "--no-check", "-o", f"{NOBODY}/x.mbx"),
        ("import", "v1..v2", "--as", "v3", "--tree", f"{NOBODY}/linux"),
    ],
)
def test_no_command_has_a_bug_of_that(toy: toys.Toy, words: tuple[str, ...]) -> None:
    done = proc.run([*toys.COMMAND, *words], cwd=toy.project, env=toy.environ, check=False)
    assert done.returncode in (0, 2, 3), done.stderr
    assert "has a bug" not in done.stderr
