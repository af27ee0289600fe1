# SPDX-License-Identifier: GPL-2.0-or-later
"""What the guest's runner would read otherwise than suites.toml has it is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import suite_project
from played_project import Project

from refseries.errors import SeriesError
from refseries.model import Target
from refseries.testing.suites import guest, kind, load

ROOT = Path(__file__).parents[2]

COMMAND = """\
schema = 1
[suite.smoke]
kind = "command"
case = [ {{ test = {test}, words = ["sh", {words}] }} ]
"""
KUNIT = """\
schema = 1
[suite.lists]
kind = "kunit"
suites = [{glob}]
options = ["CONFIG_TOY_KUNIT_TEST=y"]
"""


@pytest.fixture(autouse=True)
def a_shell(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    suite_project.prepare(project, monkeypatch, tmp_path, "command")


def prepared(project: Project, text: str) -> guest.Guest:
    (project.directory / "kernel-tests" / "suites.toml").write_text(text)
    project.add({"lib/string.c": "int string;\n", **suite_project.KUNIT})
    request = project.request()
    applied = request.lab.apply(Target("v1"))
    found = load.load(project.directory)
    return guest.prepare(request.lab, found, applied, request.configs[0])


@pytest.mark.parametrize(
    "words",
    [
        '"-c", """true\nfalse"""',  # the runner would run `sh -c true`, and pass
        '"-c", "true\\tfalse"',
        '"-c", "' + "x" * 5000 + '"',
        ", ".join(['"more"'] * 20),
    ],
)
def test_words_that_the_runner_would_cut_are_refused(project: Project, words: str) -> None:
    with pytest.raises(SeriesError, match="cannot read the words of the case `script`"):
        prepared(project, COMMAND.format(test='"script"', words=words))


def test_as_many_words_as_the_runner_takes_are_fine(project: Project) -> None:
    assert prepared(project, COMMAND.format(test='"script"', words=", ".join(['"more"'] * 15)))


@pytest.mark.parametrize("test", ['""', '"two words"', '"a # SKIP"', '"again@2"', '"a\\nb"'])
def test_a_case_without_a_name_of_its_own_is_refused(project: Project, test: str) -> None:
    """Init lists no case whose name is empty: it would be gone without a word."""
    with pytest.raises(SeriesError, match="is no name of a case") as caught:
        prepared(project, COMMAND.format(test=test, words='"-c", "true"'))
    assert "suite.smoke" in caught.value.where


@pytest.mark.parametrize("glob", ['""', '"two words"'])
def test_a_glob_that_the_runner_would_cut_is_refused(project: Project, glob: str) -> None:
    with pytest.raises(SeriesError, match="is no name of a case"):
        prepared(project, KUNIT.format(glob=glob))


@pytest.mark.parametrize("odd", ["inf", "nan", "-1", "1e9"])
@pytest.mark.parametrize(
    ("old", "new"),
    [("case =", "case_seconds = {}\ncase ="), ("test =", "seconds = {}, test =")],
)
def test_a_limit_that_ends_nothing_is_refused(
    project: Project, old: str, new: str, odd: str
) -> None:
    text = COMMAND.format(test='"script"', words='"-c", "true"')
    with pytest.raises(SeriesError, match="Expected `float`"):
        prepared(project, text.replace(old, new.format(odd)))


def test_two_files_of_one_name_are_refused(project: Project) -> None:
    for folder in ("a", "b"):
        (project.directory / folder).mkdir()
        (project.directory / folder / "run.sh").write_text(f"# {folder}\n")
    text = COMMAND.format(test='"script"', words='"run.sh"')
    with pytest.raises(SeriesError, match=r"two files are called run\.sh"):
        prepared(project, f'{text}files = ["a/run.sh", "b/run.sh"]\n')


def test_no_program_takes_the_place_of_the_runner(project: Project) -> None:
    """It would stand in the second archive, and all rows of the others were gone."""
    tests = project.directory / "kernel-tests"
    (tests / "Makefile").write_text(
        (tests / "Makefile").read_text().replace("toy_test:", "suites:")
    )
    with pytest.raises(SeriesError, match="a file /tests/suites"):
        prepared(project, 'schema = 1\n[suite.own]\nkind = "programs"\n')


def test_the_limits_are_those_of_the_runner() -> None:
    source = (ROOT / "qemu/suites/suites.c").read_text()
    words, line = (
        int(found[1])
        for pattern in (r"#define MAX_WORDS\s+(\d+)", r"\bchar line\[(\d+)\], \*words")
        if (found := re.search(pattern, source))
    )
    assert words == kind.MAX_WORDS + 1  # the first is what kind of row it is
    assert line > kind.MAX_LINE + 1
