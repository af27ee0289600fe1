# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine made of small scripts, for ./setup.

Only programs of the temporary ``bin`` are on PATH, so nothing on the real machine is asked or
changed. What the real apt and pip make of it is for the clean machine of the README to show.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from waiting import SECONDS

ROOT = Path(__file__).parents[2]
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
    "mandoc", "openssl", "libc6-dev-riscv64-cross", "qemu-system-x86", "qemu-system-misc",
    "opensbi",
}  # fmt: skip
SOURCE = "linux-source-6.12"
BROWSER = "chromium-headless-shell"

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
"-m playwright "*)
    [ ! -e "$STATE/browser-fails" ] || {{ echo "Error: Failed to download" >&2; exit 1; }} ;;
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
            capture_output=True, timeout=SECONDS, input="typed\n",
        )  # fmt: skip


def executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def make(tmp_path: Path) -> Machine:
    """A Debian 12 on x86_64, used by root, with all packages but no .venv."""
    made = Machine(tmp_path / "a project", tmp_path / "bin", tmp_path / "state")
    for folder in (made.project / "requirements", made.bin, made.state):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "setup", made.project)
    for name in (
        "requirements/build.lock",
        "requirements/dev.lock",
        "requirements/browser.lock",
        "pyproject.toml",
    ):
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
