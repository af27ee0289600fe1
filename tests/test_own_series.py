# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/own-series.md, as its reader types it: the real command over the fake kernel."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import fake_guest
import pytest
from fake_kernel import ARM64_FRAGMENT, FakeKernel
from toy import COMMAND

from refseries.host import proc
from refseries.kernel import configs
from refseries.series import store
from refseries.testing.expectations import Expectations
from refseries.testing.suites import load as suites

PAGE = Path(__file__).parents[1] / "docs" / "own-series.md"

GUEST = "plan 1\nwanted 1 && pass 1 example.answers\nbye\n"

# What the example asks of the kernel's harness.
HARNESS = """\
#define FIXTURE(name) struct name
#define FIXTURE_SETUP(name) static void name##_setup(struct name *self)
#define FIXTURE_TEARDOWN(name) static void name##_teardown(struct name *self)
#define TEST_F(name, test) static void name##_##test(struct name *self)
#define ASSERT_EQ(one, other) do { if ((one) != (other)) return; } while (0)
#define EXPECT_STREQ(one, other) do { (void)(one); } while (0)
#define TEST_HARNESS_MAIN int main(void) { struct example self; example_setup(&self); \\
	example_answers(&self); example_teardown(&self); return 0; }
"""

# The fake kernel does not know the options of a real guest.
OWN_DEFAULT = """\
schema = 1

[config.default]
arch = "arm64"
fragments = ["kernel-tests/fake.config"]
boot = true
"""


def blocks() -> Iterator[str]:
    """The indented blocks of the page, in its order."""
    for block in re.findall(r"(?:^(?: {4}.*)?\n)+", PAGE.read_text(encoding="utf-8"), re.M):
        text = "\n".join(line[4:] for line in block.split("\n")).strip("\n")
        if text:
            yield text


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a kernel tree, in which my-branch has two commits over v6.12."""
    kernel = FakeKernel(tmp_path)
    selftests = "tools/testing/selftests"
    headers = {f"{selftests}/kselftest.h": "", f"{selftests}/kselftest_harness.h": HARNESS}
    makefile = (kernel.work / "Makefile").read_text()
    release = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n"
    files = {"guest.sh": GUEST, "Makefile": release + makefile, **headers}
    kernel.commit("Linux 6.12", files)
    kernel.git("tag", "v6.12")
    kernel.git("switch", "--quiet", "-c", "my-branch")
    for name in ("string", "other"):
        kernel.commit(f"lib: my {name}", {f"lib/{name}.c": f"int my_{name};\n"})
    kernel.git("switch", "--quiet", "--detach", "v6.12")
    monkeypatch.setenv("PATH", f"{fake_guest.tools(tmp_path)}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Nora New\n\temail = nora@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    return tmp_path


def type_in(block: str, home: Path, at: Path) -> tuple[Path, str]:
    """Run the lines of a block as a shell would; gives where it is then, and what was printed."""
    printed = ""
    for line in block.splitlines():
        if line.startswith("cd "):
            at = Path(line.removeprefix("cd ").replace("~", str(home)))
            continue
        script = line.replace("refseries ", '"$@" ', 1)
        done = proc.run(["sh", "-c", script, "sh", *COMMAND], cwd=at, check=False, deadline=120)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        printed += done.stdout
    return at, printed


def test_the_page_leads_to_a_version_that_is_tested_and_mailed(home: Path) -> None:
    at, printed, ran = home, "", []
    project = home / "my-series"
    for block in blocks():
        if block.startswith(("refseries ", "cd ")):
            # So small a kernel has no answer for the tools that check asks, and no Kbuild lists;
            # and nobody is there for a guest that waits for a debugger.
            left_out = ("refseries check", "refseries config", "refseries boot")
            lines = [line for line in block.splitlines() if not line.startswith(left_out)]
            at, printed = type_in("\n".join(lines), home, at)
            ran += lines
            if "\n".join(lines).startswith("refseries init"):
                (project / "kernel-tests/fake.config").write_text(ARM64_FRAGMENT)
                (project / "kernel-tests/configs.toml").write_text(OWN_DEFAULT)
        elif block.startswith("default (arm64)"):
            assert [line.split() for line in block.splitlines()] == [
                line.split() for line in printed.splitlines()[:3]
            ]
        elif block.startswith("[[expect]]"):
            path = project / "kernel-tests/expectations.toml"
            path.write_text(path.read_text() + block)
            assert len(Expectations.load(project).entries) == 1
        elif "[suite." in block:
            path = project / "kernel-tests/suites.toml"
            path.write_text(block)
            assert [*(suites.load(project) or {})] == ["own", "smoke", "lists", "mm"]
            path.unlink()
        elif block.startswith("v1: "):
            assert block.endswith(": compiled by no config")  # the fake kernel compiles all
        else:
            for name in ("swap", "numa"):
                (project / f"kernel-tests/{name}.config").touch()
            (project / "kernel-tests/configs.toml").write_text(block)
            assert list(configs.of_project(project))[-2:] == ["swap", "numa"]
    assert [line.split()[1] for line in ran if line.startswith("refseries")] == [
        "init", "status", "test", "export",
    ]  # fmt: skip
    assert [version.name for version in store.load(project).versions] == ["v1"]
    assert b"\nSubject: [PATCH 0/2] mm: my idea\n" in (project / "v1.mbx").read_bytes()
