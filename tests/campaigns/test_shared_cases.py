# SPDX-License-Identifier: GPL-2.0-or-later
"""Mailboxes that once came out wrong, as they lie in a folder beside the project, if it is there.

A case is a folder with mailboxes; ``RIGHT.md`` there says in words what is right, ``RIGHT`` here as
what the real command does with them. Without that folder there is nothing to do.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import toy as toys

from refseries.host import proc
from refseries.series import patches

CASES = Path(__file__).parents[3] / "shared" / "cases"


@dataclass(frozen=True)
class Imported:
    """What the command made of a mailbox: its words, its JSON, patches and covers by version."""

    said: str
    told: dict[str, Any]
    versions: dict[str, list[patches.Patch]]
    covers: dict[str, str]

    def tags(self, version: str) -> list[list[str]]:
        """The trailers in the message of each patch."""
        pattern = re.compile(r"^(?:[A-Z][a-z]+(?:-[a-z]+)*-by|Fixes): .*", re.M)
        return [pattern.findall(patch.message) for patch in self.versions[version]]

    def left_out(self, *words: str) -> bool:
        """Whether something is named as left out in these words."""
        return any(all(word in f"{one}" for word in words) for one in self.told["not_taken"])


@dataclass(frozen=True)
class Lab:
    """A tree that each mailbox applies to, and an empty series on it."""

    directory: Path

    @property
    def env(self) -> dict[str, str]:
        return {
            "REFSERIES_CACHE": str(self.directory / "cache"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "GIT_CONFIG_GLOBAL": str(self.directory / "gitconfig"),
        }

    def run(self, *words: str, at: Path) -> proc.Completed:
        return proc.run([*toys.COMMAND, *words], cwd=at, env=self.env, check=False)

    def imported(self, mailbox: Path, *options: str) -> Imported:
        """Import into a copy of the empty series."""
        with tempfile.TemporaryDirectory(dir=self.directory) as copy:
            shutil.copytree(self.directory / "project", copy, dirs_exist_ok=True)
            words = ("import", str(mailbox), "--json", "told.json", *options)
            done = self.run(*words, at=Path(copy))
            assert done.returncode == 0, done.stderr
            series = Path(copy) / "series"
            found = sorted(path for path in series.glob("v[0-9]*") if path.is_dir())
            return Imported(
                said=done.stdout,
                told=json.loads((Path(copy) / "told.json").read_text()),
                versions={
                    path.name: [patches.read(one) for one in sorted(path.glob("*.patch"))]
                    for path in found
                },
                covers={path.name: (path / "cover.md").read_text() for path in found},
            )


def make(directory: Path) -> Lab:
    lab = Lab(directory)
    (directory / "gitconfig").write_text("[user]\n\tname = N\n\temail = n@example.org\n")
    counted = {
        "mm/memory.c": "line_", "drivers/input/keys.c": "in_", "drivers/platform/lid.c": "pf_",
        "lib/a.c": "a", "lib/b.c": "b", "lib/c.c": "c",
    }  # fmt: skip
    files = {name: "".join(f"int {of}{n};\n" for n in range(1, 81)) for name, of in counted.items()}
    files["Makefile"] = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\nNAME = Lab\n"
    files["Kconfig"] = 'mainmenu "lab"\n'
    tree = directory / "linux"
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    for words in ("init -q .", "add -A", "commit -qm Linux-6.12", "tag v6.12"):
        proc.run(["git", *words.split()], cwd=tree, env=lab.env)
    begun = lab.run(
        "init", str(directory / "project"), "--tree", str(tree), "--base-ref", "v6.12",
        "--title", "mm: a lab series", "--name", "lab", at=directory,
    )  # fmt: skip
    assert begun.returncode == 0, begun.stderr
    return lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return make(tmp_path_factory.mktemp("lab"))


RITA = "Rita Review <rita@example.org>"
NORA = "Signed-off-by: Nora New <nora@example.org>"


def cover_apart(lab: Lab, case: Path) -> None:
    got = lab.imported(case / "in.mbox")
    assert got.covers["v1"].startswith("# lab: count and name\n")
    assert got.tags("v1") == [[NORA, f"Acked-by: {RITA}"]] * 3


def inserted_patch(lab: Lab, case: Path) -> None:
    got = lab.imported(case / "in.mbox")
    assert len(got.versions["v1"]) == 3
    assert got.left_out("[PATCH 1.5/3]", "mail 3")
    assert "[PATCH 1.5/3]" in got.said


def addition(lab: Lab, case: Path) -> None:
    assert [patch.subject for patch in lab.imported(case / "in.mbox").versions["v2"]] == [
        "lib: a: one", "lib: b: two", "lib: c: three",
    ]  # fmt: skip


def follow_up(lab: Lab, case: Path) -> None:
    got = lab.imported(case / "in.mbox")
    assert list(got.versions) == ["v4"]
    assert got.left_out("[PATCH] lib: c: mend", "mail 4")


def resend(lab: Lab, case: Path) -> None:
    got = lab.imported(case / "in.mbox")
    assert got.tags("v1")[0][-1] == f"Reviewed-by: {RITA}"
    assert "taken is the posting of 2025-01-20" in got.said


def trailer_fixes(lab: Lab, case: Path) -> None:
    tags = lab.imported(case / "in.mbox").tags("v1")
    assert tags[0] == [NORA, 'Fixes: 0123456789ab ("mm: old")', f"Reviewed-by: {RITA}"]


def attachment_sign_off(lab: Lab, case: Path) -> None:
    got = lab.imported(case / "in.mbox")
    assert not any("Rita" in patch.message for patch in got.versions["v2"])
    assert got.left_out(f"Signed-off-by: {RITA}", "mail 4")


def one_version_of_a_thread(lab: Lab, case: Path) -> None:
    for options in ((), ("--as", "v3")):
        got = lab.imported(case / "in.mbox", *options)
        assert list(got.versions) == ["v3"]
        assert got.left_out("v1", "docs: add zz", "docs: add zz, with more words", "mail 1")


def partial_reroll(lab: Lab, case: Path) -> None:
    got = lab.imported(case / "in.mbox")
    assert [len(found) for found in got.versions.values()] == [3, 3]
    diffs = [[patch.diff for patch in found] for found in got.versions.values()]
    assert [one == other for one, other in zip(*diffs, strict=True)] == [True, False, True]
    assert "it is a partial re-roll: 1/3, 3/3 are v1's" in got.said
    assert list(lab.imported(case / "in.mbox", "--as", "v1").versions) == ["v1"]


def partial_reroll_2(lab: Lab, case: Path) -> None:
    got = lab.imported(case / "in.mbox")
    second, third = got.versions["v2"], got.versions["v3"]
    assert second[0].diff == third[0].diff
    assert second[1].diff != third[1].diff


def patchwork_subjects(lab: Lab, case: Path) -> None:
    glued = lab.imported(case / "A-comma-glued.mbox")
    assert {name: len(found) for name, found in glued.versions.items()} == {"v6": 3}
    of_tree = lab.imported(case / "A4-pw-tree.mbox")
    assert {name: len(found) for name, found in of_tree.versions.items()} == {"v3": 3}


def via_list(lab: Lab, case: Path) -> None:
    for mailbox in sorted(case.glob("*.mbox")):
        authors = {patch.author for patch in lab.imported(mailbox).versions["v1"]}
        assert {f"{one.name} <{one.email}>" for one in authors} == {"Nora New <nora@example.org>"}


def base64_crlf(lab: Lab, case: Path) -> None:
    assert all(b"\r" not in patch.diff for patch in lab.imported(case / "in.mbox").versions["v1"])


def plain_diff(lab: Lab, case: Path) -> None:
    assert len(lab.imported(case / "in.mbox").versions["v1"]) == 1
    assert lab.run("check-mail", str(case / "in.mbox"), at=case).returncode == 0


RIGHT: dict[str, Callable[[Lab, Path], None]] = {
    "cover-apart": cover_apart,
    "inserted-patch": inserted_patch,
    "addition": addition,
    "follow-up": follow_up,
    "resend": resend,
    "trailer-fixes": trailer_fixes,
    "attachment-sign-off": attachment_sign_off,
    "one-version-of-a-thread": one_version_of_a_thread,
    "partial-reroll": partial_reroll,
    "partial-reroll-2": partial_reroll_2,
    "patchwork-subjects": patchwork_subjects,
    "via-list": via_list,
    "base64-crlf": base64_crlf,
    "plain-diff": plain_diff,
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_comes_out_right(name: str, lab: Lab) -> None:
    if CASES.is_dir():
        RIGHT[name](lab, CASES / name)
