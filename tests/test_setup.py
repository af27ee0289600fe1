# SPDX-License-Identifier: GPL-2.0-or-later
"""./setup against a machine made of small scripts: what it asks of apt and pip, and when.

Only programs of the temporary ``bin`` are on PATH, so nothing on the real machine is asked or
changed. What the real apt and pip make of it is for the clean machine of the README to show.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REAL_TOOLS = (
    "awk", "cat", "cp", "cut", "dirname", "env", "flock", "mkdir", "mv", "pwd", "rm", "sed", "sh",
    "sha256sum", "touch",
)  # fmt: skip

DEBIAN_12 = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
UBUNTU_24 = 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n'
FEDORA = 'ID=fedora\nVERSION_ID=42\nPRETTY_NAME="Fedora Linux 42"\n'

X86_PACKAGES = {
    "git", "make", "gcc", "libc6-dev", "flex", "bison", "bc", "xz-utils", "libelf-dev", "ccache",
    "shellcheck", "python3-venv", "qemu-system-arm", "gcc-aarch64-linux-gnu",
    "libc6-dev-arm64-cross",
}  # fmt: skip
CHECK_PACKAGES = {
    "perl", "sparse", "coccinelle", "gcc-arm-linux-gnueabi", "gcc-riscv64-linux-gnu", "man-db",
    "mandoc", "openssl",
}  # fmt: skip
SOURCE = "linux-source-6.12"

FAKES = {
    "uname": 'cat "$STATE/machine"',
    "id": 'cat "$STATE/uid"',
    "sudo": 'echo "sudo $*" >>"$STATE/log"; exec "$@"',
    "dpkg-query": """
shift 2
for name; do
    while read -r installed; do
        [ "$name" != "$installed" ] || echo "installed:$name"
    done <"$STATE/installed"
done""",
    "apt-cache": """
while read -r name; do [ "$name" != "$2" ] || exit 0; done <"$STATE/archive"
exit 100""",
    "apt-get": """
echo "apt-get $*" >>"$STATE/log"
[ ! -e "$STATE/apt-fails" ] || { echo "E: Unable to fetch some archives" >&2; exit 100; }
case "$*" in *" install "*) ;; *) exit 0 ;; esac
for name; do
    case $name in -*|install|DPkg*) ;; *) echo "$name" >>"$STATE/installed" ;; esac
done""",
    # Stands in for the interpreter and, copied by "-m venv", for the one in .venv.
    "python": f"""
case "$*" in
"-IS "*) exec '{sys.executable}' "$@" ;;
esac
echo "python $*" >>"$STATE/log"
case "$*" in
"-m venv .venv")
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    touch .venv/fresh
    [ ! -p "$STATE/gate" ] || cat "$STATE/gate" ;;
"-m pip "*)
    [ ! -e "$STATE/pip-fails" ] || {{ echo "ERROR: no matching distribution" >&2; exit 1; }} ;;
esac""",
}


@dataclass
class Machine:
    """A project folder, and the machine that ./setup believes to be on."""

    project: Path
    bin: Path
    state: Path
    environ: dict[str, str] = field(default_factory=dict)

    def is_debian(self, installed: set[str]) -> None:
        self.write("installed", "".join(f"{name}\n" for name in sorted(installed)))

    def write(self, name: str, text: str = "") -> None:
        (self.state / name).write_text(text)

    def log(self) -> list[str]:
        log = self.state / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.write_text("")
        return lines

    def argv(self, *arguments: str) -> list[str]:
        return [str(self.project / "setup"), *arguments]

    def setup(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(*arguments), cwd=cwd or self.project, env=self.environ, text=True,
            capture_output=True, timeout=60, input="typed\n",
        )  # fmt: skip


def executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Debian 12 on x86_64, used by root, with all packages but no .venv."""
    made = Machine(tmp_path / "a project", tmp_path / "bin", tmp_path / "state")
    for folder in (made.project / "requirements", made.bin, made.state):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "setup", made.project)
    for name in ("requirements/build.lock", "requirements/dev.lock", "pyproject.toml"):
        (made.project / name).write_text("# some text\n")
    for name in REAL_TOOLS:
        path = shutil.which(name)
        assert path, name
        (made.bin / name).symlink_to(path)
    for name, script in FAKES.items():
        executable(made.bin / name, script)
    made.write("machine", "x86_64\n")
    made.write("uid", "0\n")
    made.write("os-release", DEBIAN_12)
    made.write("archive", f"bc\n{SOURCE}\n")
    made.is_debian(X86_PACKAGES | {SOURCE})
    made.environ = {
        "PATH": str(made.bin),
        "STATE": str(made.state),
        "PYTHON": str(made.bin / "python"),
        "OS_RELEASE": str(made.state / "os-release"),
        "HOME": str(tmp_path),
    }
    return made


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """The same, after a first run."""
    assert machine.setup().returncode == 0
    machine.log()
    return machine


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
    assert installs(machine.log()) == [X86_PACKAGES | CHECK_PACKAGES | {SOURCE}]


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
    assert first.wait(60) == 0
    with second:
        assert second.wait(60) == 0
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


def test_help_goes_nowhere_near_the_machine(machine: Machine) -> None:
    machine.is_debian(set())
    done = machine.setup("--help")
    assert done.returncode == 0
    assert "./setup COMMAND" in done.stderr
    assert machine.setup("--wrong").returncode == 2
    assert machine.log() == []
