# SPDX-License-Identifier: GPL-2.0-or-later
"""What the wheel carries, what the locks pin, and that every file says its licence."""

from __future__ import annotations

import re
import sys
import tomllib
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import refseries
from refseries.host import proc

ROOT = Path(__file__).parents[1]
SPDX = re.compile(rb"SPDX-License-Identifier" rb": ([A-Za-z0-9.-]+)")


def tracked() -> list[str]:
    listed = proc.run(["git", "ls-files", "-z"], cwd=ROOT).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as ``pip wheel .`` builds it, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation"]
    proc.run([*pip, *offline, "--wheel-dir", folder, ROOT])
    (built,) = folder.iterdir()
    return built


def test_the_wheel_carries_the_package_and_its_qemu_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = [name for name in tracked() if name.startswith(("refseries/", "qemu/"))]
    assert any(name.startswith("qemu/") for name in files)
    assert {re.sub("^qemu/", "refseries/qemu/", name) for name in files} <= names
    assert all(name.startswith(("refseries/", "refseries-")) for name in names)
    licences = {PurePosixPath(name).name for name in names if "/licenses/" in name}
    assert licences == {path.name for path in (ROOT / "LICENSES").iterdir()}


def test_the_installed_wheel_finds_its_qemu_files_and_its_version(
    wheel: Path, tmp_path: Path
) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    proc.run([*pip, "--no-deps", "--no-index", "--target", tmp_path / "site", wheel])
    code = "from refseries.host.resources import qemu_dir; print(qemu_dir())"
    environ = {"PYTHONPATH": str(tmp_path / "site")}
    found = proc.run([sys.executable, "-c", code], env=environ, cwd=tmp_path).stdout.strip()
    assert found == str(tmp_path / "site/refseries/qemu")
    for name in ("page.html", "page.css", "page.js"):
        assert (tmp_path / "site/refseries/report" / name).is_file()
    script = tmp_path / "site/bin/refseries"
    said = proc.run([sys.executable, script, "--version"], env=environ, cwd=tmp_path).stdout
    assert refseries.__version__ in said


def pins(name: str) -> dict[str, Requirement]:
    """The requirements of a lock by their lower-case names; each has to have a hash."""
    text = (ROOT / "requirements" / name).read_text()
    found: dict[str, Requirement] = {}
    for block in re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.M)):
        first, *hashes = block.rstrip().split(" \\\n")
        assert hashes, first
        assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64}", line) for line in hashes), first
        requirement = Requirement(first)
        found[requirement.name.lower()] = requirement
    return found


@pytest.mark.parametrize("lock", ["build.lock", "dev.lock", "browser.lock"])
def test_a_lock_names_no_place_to_download_from(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    assert not re.search(r"://|index-url|find-links", text)


def test_the_locks_pin_what_pyproject_asks_for() -> None:
    project = pyproject()
    extras = project["project"]["optional-dependencies"]
    asked = {
        "dev.lock": project["project"]["dependencies"] + extras["dev"],
        "browser.lock": extras["browser"],
        "build.lock": project["dependency-groups"]["build"],
    }
    for lock, lines in asked.items():
        pinned = pins(lock)
        for requirement in map(Requirement, lines):
            (pin,) = pinned[requirement.name.lower()].specifier
            assert pin.operator == "=="
            assert requirement.specifier.contains(Version(pin.version)), requirement
    # It goes into the same environment, and changes nothing of what is there.
    others = pins("dev.lock")
    for name, other in pins("browser.lock").items():
        assert name not in others or others[name].specifier == other.specifier


def test_the_locks_agree_with_each_other() -> None:
    build, dev = pins("build.lock"), pins("dev.lock")
    assert {name: build[name].specifier for name in build if name in dev} == {
        name: dev[name].specifier for name in dev if name in build
    }


def annotation_of(name: str) -> dict[str, str]:
    """What REUSE.toml says of a file: its last entry that fits and names a licence."""
    for annotation in reversed(tomllib.loads((ROOT / "REUSE.toml").read_text())["annotations"]):
        paths = annotation["path"]
        for pattern in [paths] if isinstance(paths, str) else paths:
            # As in the REUSE specification: * stays in a folder, ** does not.
            glob = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
            if re.fullmatch(glob, name) and "SPDX-License-Identifier" in annotation:
                return {key: str(value) for key, value in annotation.items()}
    return {}


def licence_of(name: str) -> str | None:
    """The licence that the file says, or that REUSE.toml says of it."""
    annotation = annotation_of(name)
    tag = SPDX.search((ROOT / name).read_bytes()[:1000])
    if tag and annotation.get("precedence") != "override":
        return tag[1].decode()
    return annotation.get("SPDX-License-Identifier")


def test_every_tracked_file_says_its_licence() -> None:
    known = {path.stem for path in (ROOT / "LICENSES").iterdir()}
    said = {name: licence_of(name) for name in tracked() if not name.startswith("LICENSES/")}
    assert {name: licence for name, licence in said.items() if licence not in known} == {}


def test_what_goes_into_the_kernel_is_under_the_kernels_licence() -> None:
    for name in tracked():
        if name.endswith(".patch") or (name.startswith("kernel-tests/") and name.endswith(".c")):
            assert licence_of(name) == "GPL-2.0-only", name


def test_the_changelog_has_a_heading_for_this_version() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.M)
    assert refseries.__version__ in headings or headings[0] == "Unreleased"


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    main_job, tests = re.findall(r"^ {4}(\./setup .+?)(?: +#.*)?$", readme, flags=re.M)[:2]
    assert main_job == "./setup refseries test --all-versions"
    assert tests == "./setup pytest"
    ci = (ROOT / ".ci/run").read_text()
    halves = re.findall(rf"^\t{re.escape(tests)} -m (main_job|\".*?\") ", ci, flags=re.M)
    assert sorted(halves) == ['"not main_job"', "main_job"]
