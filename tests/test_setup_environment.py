# SPDX-License-Identifier: GPL-2.0-or-later
"""./setup makes .venv when it has to, and runs the command in it."""

from __future__ import annotations

import os
import subprocess
import time

from setup_machine import Machine, executable
from waiting import SECONDS


def test_a_failed_pip_stops_and_the_next_run_begins_again(machine: Machine) -> None:
    machine.write("pip-fails")
    done = machine.setup("sh", "-c", "echo ran")
    assert (done.returncode, done.stdout) == (3, "")
    assert "ERROR: no matching distribution" in done.stderr
    assert "Is the network there" in done.stderr
    (machine.project / ".venv/left-behind").touch()
    (machine.state / "pip-fails").unlink()
    assert machine.setup("sh", "-c", "echo ran").stdout == "ran\n"
    assert not (machine.project / ".venv/left-behind").exists()


def test_every_python_package_is_pinned_by_hash_and_none_is_built_from_unpinned_tools(
    machine: Machine,
) -> None:
    machine.setup()
    pips = [line for line in machine.log() if " pip " in line]
    assert len(pips) == 3
    for line in pips[:2]:
        assert "--require-hashes" in line
        assert "--only-binary :all:" in line
    assert "--no-index" in pips[2]
    assert all("--no-build-isolation" in line for line in pips)


def test_a_changed_lock_makes_the_environment_again(ready: Machine) -> None:
    (ready.project / "requirements/dev.lock").write_text("# other text\n")
    assert ready.setup().returncode == 0
    assert "python -m venv .venv" in ready.log()


def test_a_changed_pyproject_installs_only_the_project_again(ready: Machine) -> None:
    (ready.project / "pyproject.toml").write_text("# other text\n")
    assert ready.setup().returncode == 0
    (line,) = ready.log()
    assert "--editable" in line


def test_a_moved_project_gets_an_environment_of_its_own(ready: Machine) -> None:
    ready.project = ready.project.rename(ready.project.with_name("moved"))
    assert ready.setup().returncode == 0
    assert "python -m venv .venv" in ready.log()


def test_an_environment_without_its_interpreter_is_made_again(ready: Machine) -> None:
    (ready.project / ".venv/bin/python").unlink()
    assert ready.setup().returncode == 0
    assert "python -m venv .venv" in ready.log()


def test_an_old_python_is_refused(machine: Machine) -> None:
    executable(machine.bin / "python", "exit 1")
    done = machine.setup()
    assert done.returncode == 3
    assert "not Python 3.11 or later" in done.stderr


def test_two_at_once_make_the_environment_once(machine: Machine) -> None:
    os.mkfifo(machine.state / "gate")
    first = subprocess.Popen(machine.argv("sh", "-c", "echo first"), env=machine.environ)
    while not (machine.project / ".venv/fresh").exists():
        assert first.poll() is None
        time.sleep(0.01)
    second = subprocess.Popen(
        machine.argv("sh", "-c", "echo second"), env=machine.environ,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert second.stderr is not None
    assert "waiting for another ./setup" in second.stderr.readline()
    (machine.state / "gate").write_text("")
    assert first.wait(SECONDS) == 0
    with second:
        assert second.wait(SECONDS) == 0
    assert machine.log().count("python -m venv .venv") == 1


def test_the_command_runs_in_the_project_with_its_environment_first(ready: Machine) -> None:
    executable(ready.project / ".venv/bin/tool", 'pwd; echo "$VIRTUAL_ENV" "$@"; cat; exit 7')
    done = ready.setup("tool", "two words", "--flag", cwd=ready.state)
    assert done.returncode == 7
    assert done.stdout.splitlines() == [
        str(ready.project),
        f"{ready.project}/.venv two words --flag",
        "typed",
    ]
