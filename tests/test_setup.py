# SPDX-License-Identifier: GPL-2.0-or-later
"""What ./setup asks of apt, and when."""

from __future__ import annotations

import pytest
from setup_machine import (
    BROWSER,
    CHECK_PACKAGES,
    FEDORA,
    SOURCE,
    UBUNTU_24,
    X86_PACKAGES,
    Machine,
    executable,
)


def installs(log: list[str]) -> list[set[str]]:
    """The packages of each apt-get install in ``log``."""
    lines = (line.split() for line in log if line.startswith("apt-get") and " install " in line)
    return [
        {word for word in words[2:] if not word.startswith(("-", "DPkg", "install"))}
        for words in lines
    ]


def test_nothing_is_done_or_said_when_all_is_there(ready: Machine) -> None:
    done = ready.setup("sh", "-c", "echo out; echo err >&2")
    assert (done.returncode, done.stdout, done.stderr) == (0, "out\n", "err\n")
    assert ready.log() == []


def test_without_a_command_it_says_what_to_do_next(machine: Machine) -> None:
    done = machine.setup()
    assert done.returncode == 0
    assert done.stdout == ""
    assert "./setup refseries test --all-versions" in done.stderr
    assert "./setup pytest" in done.stderr


def test_missing_packages_are_named_and_installed_after_an_update(machine: Machine) -> None:
    machine.is_debian(X86_PACKAGES - {"bc", "qemu-system-arm"})
    done = machine.setup()
    log = machine.log()
    assert done.returncode == 0
    assert "these packages are missing: bc qemu-system-arm linux-source-6.12" in done.stderr
    assert "update" in log[0]
    assert installs(log) == [{"bc", "qemu-system-arm", SOURCE}]
    assert "--no-install-recommends" in log[1]
    assert not any(line.startswith("sudo") for line in log)


def test_another_user_than_root_installs_through_sudo(machine: Machine) -> None:
    machine.is_debian(X86_PACKAGES - {"bc"})
    machine.write("uid", "1000\n")
    assert machine.setup().returncode == 0
    assert [line.split()[0] for line in machine.log()[:4]] == ["sudo", "apt-get"] * 2


def test_without_root_and_sudo_the_packages_are_named(machine: Machine) -> None:
    machine.is_debian((X86_PACKAGES | {SOURCE}) - {"bc"})
    machine.write("uid", "1000\n")
    (machine.bin / "sudo").unlink()
    done = machine.setup("sh", "-c", "echo ran")
    assert (done.returncode, done.stdout) == (3, "")
    assert "apt-get install --no-install-recommends bc" in done.stderr


def test_an_arm64_host_compiles_natively_and_crosses_to_x86(machine: Machine) -> None:
    machine.write("machine", "aarch64\n")
    machine.is_debian(set())
    assert machine.setup().returncode == 0
    native = X86_PACKAGES - {"gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"}
    assert installs(machine.log()) == [native | {SOURCE, "gcc-x86-64-linux-gnu"}]


@pytest.mark.parametrize("command", ["refseries check v4", "pytest -q", ".ci/lint"])
def test_checks_and_tests_get_their_tools_too(machine: Machine, command: str) -> None:
    machine.is_debian(set())
    (machine.project / ".ci").mkdir()
    executable(machine.project / ".ci/lint", "exit 0")
    for name in ("refseries", "pytest"):
        executable(machine.bin / name, "exit 0")
    assert machine.setup(*command.split()).returncode == 0
    alone = set() if command.startswith("refseries") else {BROWSER, "openssh-client"}
    log = machine.log()
    assert installs(log) == [X86_PACKAGES | CHECK_PACKAGES | alone | {SOURCE}]
    assert any("requirements/browser.lock" in line for line in log) is bool(alone)


@pytest.mark.parametrize("command", ["", "refseries", "refseries test --all-versions", "env"])
def test_the_main_job_does_not_wait_for_the_tools_of_the_checks(
    machine: Machine, command: str
) -> None:
    machine.is_debian(set())
    executable(machine.bin / "refseries", "exit 0")
    assert machine.setup(*command.split()).returncode == 0
    assert installs(machine.log()) == [X86_PACKAGES | {SOURCE}]


def test_ubuntu_is_not_asked_for_the_debian_kernel_source(machine: Machine) -> None:
    machine.write("os-release", UBUNTU_24)
    machine.is_debian(set())
    assert machine.setup().returncode == 0
    assert installs(machine.log()) == [X86_PACKAGES]


FETCH = "python -m playwright install --with-deps --only-shell chromium"


def test_ubuntu_has_no_browser_as_a_package_and_the_tests_get_one(machine: Machine) -> None:
    machine.write("os-release", UBUNTU_24)
    machine.is_debian(X86_PACKAGES | CHECK_PACKAGES)
    executable(machine.bin / "pytest", "echo tested")
    machine.write("browser-fails")
    done = machine.setup("pytest")
    assert (done.returncode, done.stdout) == (0, "tested\n")
    assert "the tests of pages will fail, and say so" in done.stderr
    (machine.state / "browser-fails").unlink()
    for wanted in ([FETCH] * 2, []):  # once more since it failed, and not once it is there
        assert machine.setup("pytest").returncode == 0
        assert [line for line in machine.log() if "playwright" in line] == wanted
    assert machine.setup().returncode == 0
    assert not any("playwright" in line for line in machine.log())


def test_a_kernel_source_that_the_archive_lacks_is_left_out_and_said(machine: Machine) -> None:
    machine.write("archive", "bc\n")
    machine.is_debian(X86_PACKAGES - {"bc"})
    done = machine.setup()
    assert done.returncode == 0
    assert f"no {SOURCE} in this system's archives" in done.stderr
    assert installs(machine.log()) == [{"bc"}]
    assert machine.setup().returncode == 0
    assert machine.log() == []


def test_empty_package_lists_are_fetched_before_the_kernel_source_is_given_up(
    machine: Machine,
) -> None:
    machine.write("archive", "")
    machine.is_debian(X86_PACKAGES)
    assert machine.setup().returncode == 0
    assert any("update" in line for line in machine.log())


@pytest.mark.parametrize("old", ["ID=debian\nVERSION_ID=11", 'ID=ubuntu\nVERSION_ID="22.04"'])
def test_a_system_that_is_too_old_is_refused_before_anything_is_done(
    machine: Machine, old: str
) -> None:
    machine.write("os-release", old)
    machine.is_debian(set())
    done = machine.setup()
    assert done.returncode == 3
    assert "too old" in done.stderr
    assert machine.log() == []


def test_debian_testing_has_no_version_and_is_taken(machine: Machine) -> None:
    machine.write("os-release", "ID=debian\n")
    assert machine.setup().returncode == 0


def test_another_system_gets_the_names_for_dnf_and_pacman(machine: Machine) -> None:
    machine.write("os-release", FEDORA)
    done = machine.setup("sh", "-c", "echo ran")
    assert (done.returncode, done.stdout) == (3, "")
    assert "Fedora Linux 42" in done.stderr
    assert "dnf install git make gcc" in done.stderr
    assert "qemu-system-aarch64" in done.stderr
    assert "pacman -S --needed git make gcc" in done.stderr
    assert machine.log() == []


def test_another_system_with_every_tool_goes_on(machine: Machine) -> None:
    machine.write("os-release", FEDORA)
    probes = (
        "git make gcc flex bison bc xz ccache shellcheck qemu-system-aarch64 aarch64-linux-gnu-gcc"
    )
    for name in probes.split():
        executable(machine.bin / name, "exit 0")
    # Headers are looked for at their fixed places on the real machine, where ./setup put them.
    done = machine.setup("sh", "-c", "echo ran")
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_a_failed_apt_stops_with_its_reason(machine: Machine) -> None:
    machine.is_debian(X86_PACKAGES - {"bc"})
    machine.write("apt-fails")
    done = machine.setup("sh", "-c", "echo ran")
    assert (done.returncode, done.stdout) == (3, "")
    assert "E: Unable to fetch" in done.stderr
    assert "Is the network there" in done.stderr


def test_help_goes_nowhere_near_the_machine(machine: Machine) -> None:
    machine.is_debian(set())
    done = machine.setup("--help")
    assert done.returncode == 0
    assert "./setup COMMAND" in done.stderr
    assert machine.setup("--wrong").returncode == 2
    assert machine.log() == []
