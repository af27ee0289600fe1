# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures that several rooms share."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import fake_guest
import played_project
import pytest
import setup_machine
import toy as toys
from hypothesis import settings
from waiting import SECONDS

from refseries.host import proc

# How long an example takes is for benchmarks to say: a busy machine is no failure. And what a
# commit passes or fails by is the same each time; who looks for what nobody has found yet says
# --hypothesis-profile=search.
settings.register_profile("refseries", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("refseries")

# A run in the background (nohup, `&` in a script) ignores some of these, and its children inherit
# that; tests that send them mean a program that somebody runs by hand.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(
            number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The main job goes first: what it builds and keeps, others do not have to make again."""
    items.sort(key=lambda item: item.path.name != "test_main_job.py")


@pytest.fixture(autouse=True)
def _neither_git_nor_refseries_of_the_user(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody's settings bend a test, also when a git hook runs the tests."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "REFSERIES_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    yield
    proc.allow_again()


@pytest.fixture(scope="session")
def toy_template(tmp_path_factory: pytest.TempPathFactory) -> toys.Toy:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
        return toys.make(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def toy(toy_template: toys.Toy, tmp_path: Path) -> toys.Toy:
    """A toy kernel and series that the test may do anything to."""
    return toys.copy(toy_template, tmp_path / "toy")


@pytest.fixture
def refseries(toy: toys.Toy) -> Callable[..., proc.Completed]:
    """Runs the real command in the toy's project, with the toy's kernel and cache."""

    def run(
        *words: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: bytes = b"",
    ) -> proc.Completed:
        return proc.run(
            [*toys.COMMAND, *words], cwd=cwd or toy.project, env={**toy.environ, **(env or {})},
            check=False, deadline=SECONDS, stdin=stdin,
        )  # fmt: skip

    return run


def _fake_qemu_first(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{fake_guest.tools(directory)}:{os.environ['PATH']}")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> played_project.Project:
    """A series without versions over the fake kernel; QEMU is the fake one."""
    _fake_qemu_first(tmp_path, monkeypatch)
    return played_project.make(tmp_path)


@pytest.fixture
def fake_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the fake first on PATH; gives a directory for a guest's files."""
    _fake_qemu_first(tmp_path, monkeypatch)
    directory = tmp_path / "guest"
    directory.mkdir()
    return directory


@pytest.fixture
def guest_clock(monkeypatch: pytest.MonkeyPatch) -> fake_guest.GuestClock:
    """What guests are watched by; they put it forward."""
    return fake_guest.GuestClock(monkeypatch)


@pytest.fixture
def machine(tmp_path: Path) -> setup_machine.Machine:
    """A Debian 12 on x86_64, used by root, with all packages but no .venv."""
    return setup_machine.make(tmp_path)


@pytest.fixture
def ready(machine: setup_machine.Machine) -> setup_machine.Machine:
    """The same, after a first run of ./setup."""
    assert machine.setup().returncode == 0
    machine.log()
    return machine


@pytest.fixture
def sender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Git's configuration of somebody who sends; gives the file."""
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Sam Sender\n\temail = sam@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    return config
