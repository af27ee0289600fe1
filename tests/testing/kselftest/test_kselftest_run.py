# SPDX-License-Identifier: GPL-2.0-or-later
"""From the base's sources to a comparison: real git, make and compilers, and played guests."""

from __future__ import annotations

from dataclasses import replace

import pytest
from played_project import MAKEFILE as TESTS_MAKEFILE
from played_project import Project

from refseries.errors import SeriesError, StageError
from refseries.host.progress import silent
from refseries.model import Target
from refseries.testing.kselftest import archive, run, suite
from refseries.testing.kselftest.compare import KselftestReport

# Builds what is asked for into OUTPUT, as lib.mk does.
MAKEFILE = """\
TEST_GEN_FILES = cow
TEST_GEN_FILES += other
$(OUTPUT)/%: %.c
\t$(CROSS_COMPILE)gcc -D$(ARCH) $(CFLAGS) $(USERLDFLAGS) -o $@ $<
"""
SUITE = """\
schema = 1
directory = "mm"
sources = ["tools/testing/selftests/lib.h"]

[[case]]
test = "cow"

[[case]]
test = "cow-twice"
words = ["cow", "-n", "2"]
"""
GUEST = """\
plan 2
begin mm.cow
report "  1..1"
report "    1..1"
report "    %s 1 no leak"
report "  %s 1 cow"
report "%s 1 mm.cow"
pass 2 mm.cow-twice
bye
"""
GOOD, BAD = GUEST % (("ok",) * 3), GUEST % (("not ok",) * 3)


@pytest.fixture
def project(project: Project) -> Project:
    """With selftests in its base, whose guest likes them."""
    project.kernel.base = project.kernel.commit(
        "selftests",
        {
            "guest.sh": GOOD,
            "tools/testing/selftests/mm/Makefile": MAKEFILE,
            "tools/testing/selftests/mm/cow.c": '#include "../lib.h"\nint main(void)\n{\n'
            "\treturn CODE;\n}\n",
            "tools/testing/selftests/lib.h": "#define CODE 0\n",
        },
    )
    place = project.directory / "kernel-tests" / "kselftest"
    place.mkdir()
    (place / "suite.toml").write_text(SUITE)
    (place / "Makefile").write_text(TESTS_MAKEFILE)
    (place / "toy_test.c").write_text("int main(void)\n{\n\treturn 0;\n}\n")
    return project


def compare(project: Project, *only: str) -> KselftestReport:
    asked = project.request()
    request = run.KselftestRequest(asked.lab, asked.targets, asked.configs[0], only)
    return run.run(request, silent)


def test_a_version_that_does_as_base_is_good(project: Project) -> None:
    project.add({"guest.sh": GOOD + "# v1\n"})
    report = compare(project)
    assert report.good
    assert report.base.target == Target("base")
    assert [str(other.target) for other in report.others] == ["v1"]
    assert report.names == ("mm.cow", "mm.cow-twice")
    assert report.unlisted == ("other",)
    script = (report.others[0].log / "rerun.sh").read_text()
    assert "norandmaps" in script
    assert " ptrace" in script  # some of the base's own selftests need the right


def test_what_a_version_breaks_is_named(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"guest.sh": GOOD + "# v2\n"})
    report = compare(project)
    broken, whole = report.others
    assert not report.good
    assert [each.text for each in report.differences(broken)] == [
        "1 no leak: pass on base, fail here"
    ]
    assert report.differences(whole) == ()


def test_a_console_with_a_gap_is_a_difference(project: Project) -> None:
    project.add({"guest.sh": 'say "** 3 printk messages dropped **"\n' + GOOD})
    report = compare(project)
    assert not report.good
    assert [each.text for each in report.differences(report.others[0])] == [
        "outside of any case: the kernel dropped 3 lines of its log"
    ]


def test_a_guest_that_dies_is_a_difference(project: Project) -> None:
    dies = "plan 2\npass 1 mm.cow\nbegin mm.cow-twice\npanic 'out of toys'\n"
    project.add({"guest.sh": dies})
    report = compare(project)
    assert not report.good
    texts = {each.case: each.text for each in report.differences(report.others[0])}
    assert texts["mm.cow-twice"] == "the kernel complains: Kernel panic - not syncing: out of toys"


def test_the_programs_stand_in_the_guest_with_their_list(project: Project) -> None:
    project.add({"guest.sh": GOOD})
    lab = project.request().lab
    data = archive.build(lab, suite.load(lab.series), "arm64").read_bytes()
    assert b"mm\tcow\tcow\nmm\tcow-twice\tcow\t-n\t2\n" in data
    assert data.count(b"TRAILER!!!\0") == 2
    name = data.index(b"kselftest/cow\0")
    program = data.index(b"\x7fELF", name)
    assert int.from_bytes(data[program + 18 : program + 20], "little") == 183  # for arm64


def test_flags_of_the_user_do_not_reach_them(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in no key."""
    project.add({"guest.sh": GOOD})
    monkeypatch.setenv("CFLAGS", "--no-such-option")
    monkeypatch.setenv("MAKEFLAGS", "n")  # makes nothing, and is content
    lab = project.request().lab
    assert archive.build(lab, suite.load(lab.series), "arm64").is_file()


def test_they_are_compiled_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.add({"guest.sh": GOOD})
    lab = project.request().lab
    path = archive.build(lab, suite.load(lab.series), "arm64")
    monkeypatch.setattr(archive, "_compile", None)
    assert archive.build(lab, suite.load(lab.series), "arm64") == path


def test_a_program_that_does_not_compile_is_named(project: Project) -> None:
    path = suite.sources(project.request().lab.series) / "suite.toml"
    path.write_text(SUITE.replace('sources = ["tools/testing/selftests/lib.h"]', "sources = []"))
    project.add({"guest.sh": GOOD})
    with pytest.raises(StageError, match="do not compile") as caught:
        compare(project)
    assert caught.value.where == "tools/testing/selftests/mm"
    assert "lib.h" in caught.value.detail


def test_sources_that_the_base_lacks_are_named(project: Project) -> None:
    path = suite.sources(project.request().lab.series) / "suite.toml"
    path.write_text(SUITE.replace("selftests/lib.h", "selftests/none.h"))
    project.add({"guest.sh": GOOD})
    with pytest.raises(SeriesError, match="lacks sources") as caught:
        compare(project)
    assert "none.h" in caught.value.detail


def test_a_glob_that_fits_nothing_is_told(project: Project) -> None:
    project.add({"guest.sh": GOOD})
    with pytest.raises(SeriesError, match=r"no case is called mm\.none\*\."):
        compare(project, "mm.none*", "mm.cow*")


def test_versions_on_two_bases_are_not_compared_with_one(project: Project) -> None:
    """Each base has selftests of its own."""
    asked = project.request()
    info = asked.lab.base
    other = replace(info, commit=info.commit[::-1])
    lab = replace(asked.lab, base=replace(info, own=(("v2", other),)))
    targets = (Target("v1"), Target("v2"))
    request = run.KselftestRequest(lab, targets, asked.configs[0])
    with pytest.raises(SeriesError, match="stand on different bases"):
        run.run(request, silent)


def test_what_stands_on_another_base_is_compared_with_that(project: Project) -> None:
    """Commits on a kernel of which the same selftest fails without them."""
    ground = project.kernel.commit("another kernel", {"guest.sh": BAD})
    mine = project.kernel.commit("mine", {"guest.sh": BAD + "# mine\n"})
    asked = project.request()
    info = asked.lab.base
    other = replace(info, commit=ground.commit, tree=ground.tree)
    lab = replace(asked.lab, base=replace(info, own=(("other", other),)))
    target = Target("mine", commit=mine.commit, onto="other")
    report = run.run(run.KselftestRequest(lab, (target,), asked.configs[0]), silent)
    assert report.base.target == Target("base", "other")
    assert report.good
