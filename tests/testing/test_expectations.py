# SPDX-License-Identifier: GPL-2.0-or-later
"""expectations.toml: which entry counts, and what is wrong with a wrong one."""

from pathlib import Path

import pytest

from refseries.errors import SeriesError
from refseries.model import Target
from refseries.testing.expectations import Expectation, Expectations
from refseries.testing.model import Outcome

TEXT = """
schema = 1
[[expect]]
case = "*"
versions = ["base"]
configs = ["*"]
outcome = "skip"
why = "no system call"
[[expect]]
case = "dump.*"
versions = ["v[1-3]", "v4:*"]
configs = ["*"]
outcome = "fail"
task = "v3-jannh-6"
why = "anonymous style"
[[expect]]
case = "dump.*"
versions = ["v4:vm-ops-faults"]
configs = ["*"]
outcome = "pass"
why = "settled here"
[[expect]]
case = "dump.huge"
versions = ["v1"]
configs = ["debug"]
outcome = "crash"
why = "a check of the debug config stops it"
[[expect]]
stage = "build"
versions = ["v2"]
configs = ["x86_64-sparsemem"]
outcome = "fail"
task = "v2-robot-1"
why = "used before it is declared"
"""


def written(root: Path, text: str) -> Path:
    (root / "kernel-tests").mkdir()
    (root / "kernel-tests" / "expectations.toml").write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def loaded(tmp_path: Path) -> Expectations:
    return Expectations.load(written(tmp_path, TEXT))


def outcome(entry: Expectation | None) -> Outcome:
    return entry.outcome if entry else Outcome.PASS


@pytest.mark.parametrize(
    ("version", "task", "config", "case", "expected"),
    [
        ("base", None, "default", "anything.at_all", Outcome.SKIP),
        ("v3", None, "default", "dump.clean", Outcome.FAIL),
        ("v4", None, "default", "dump.clean", Outcome.PASS),
        ("v4", "gfp-user", "default", "dump.clean", Outcome.FAIL),
        ("v4", "vm-ops-faults", "default", "dump.clean", Outcome.PASS),
        ("v1", None, "default", "dump.huge", Outcome.FAIL),
        ("v1", None, "debug", "dump.huge", Outcome.CRASH),
        ("v3", None, "default", "map.reads", Outcome.PASS),
        ("v3", None, "default", "Dump.clean", Outcome.PASS),
    ],
)
def test_the_last_entry_that_fits_counts(
    loaded: Expectations,
    version: str,
    task: str | None,
    config: str,
    case: str,
    expected: Outcome,
) -> None:
    assert outcome(loaded.case(Target(version, task), config, case)) is expected


def test_stages_have_expectations_of_their_own(loaded: Expectations) -> None:
    entry = loaded.stage(Target("v2"), "x86_64-sparsemem", "build")
    assert entry is not None
    assert entry.task == "v2-robot-1"
    assert loaded.stage(Target("v2"), "default", "build") is None
    assert loaded.stage(Target("v3"), "x86_64-sparsemem", "build") is None
    assert loaded.stage(Target("base"), "default", "test") is None


def test_a_stage_may_be_expected_to_pass_as_an_exception(tmp_path: Path) -> None:
    entry = '[[expect]]\nstage = "build"\nversions = ["{}"]\nconfigs = ["*"]\noutcome = "{}"\n'
    texts = (f'{entry.format(*words)}why = "x"\n' for words in (("*", "fail"), ("v4", "pass")))
    found = Expectations.load(written(tmp_path, "schema = 1\n" + "".join(texts)))
    assert found.stage(Target("v3"), "default", "build") is not None
    assert found.stage(Target("v4"), "default", "build") is None


ENTRY = 'case = "a"\nversions = ["v1"]\nconfigs = ["*"]\noutcome = "fail"\nwhy = "x"\n'


@pytest.mark.parametrize("word", ["pass", "fail", "skip", "crash", "timeout", "no-console"])
def test_what_can_be_expected_of_a_case(tmp_path: Path, word: str) -> None:
    text = "schema = 1\n[[expect]]\n" + ENTRY.replace('"fail"', f'"{word}"')
    loaded = Expectations.load(written(tmp_path, text))
    assert outcome(loaded.case(Target("v1"), "default", "a")) is Outcome(word)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("schema = 2\n", "schema"),
        ("schema = 1\n[[expect]]\n" + ENTRY.replace("case", "kase"), "kase"),
        ("schema = 1\n[[expect]]\n" + ENTRY.replace('"fail"', '"fails"'), "outcome"),
        ("schema = 1\n[[expect]]\n" + ENTRY.replace('"fail"', '"xfail"'), "outcome"),
        ("schema = 1\n[[expect]]\n" + ENTRY.replace('case = "a"\n', ""), "expect[0]"),
        ("schema = 1\n[[expect]]\n" + ENTRY + '[[expect]]\nstage = "boot"\n' + ENTRY, "expect[1]"),
        ("schema = 1\n[[expect]]\n" + ENTRY.replace('["v1"]', "[]"), "expect[0]"),
        (
            "schema = 1\n[[expect]]\n"
            + ENTRY.replace('case = "a"', 'stage = "boot"').replace('"fail"', '"skip"'),
            "expect[0]",
        ),
        ("schema = 1\n[[expect]]\n" + ENTRY.replace('why = "x"', ""), "why"),
        ("schema = \n", "expectations.toml:1"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(SeriesError) as caught:
        Expectations.load(written(tmp_path, text))
    assert where in caught.value.where + caught.value.hint
    assert caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeriesError) as caught:
        Expectations.load(tmp_path)
    assert "expectations.toml" in caught.value.where
