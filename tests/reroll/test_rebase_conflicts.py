# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person may leave in the work tree of a rebase, and what becomes of that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import reviews
import toy_releases
from msgspec import structs
from toy import ADA, Toy

from refseries.host import proc
from refseries.review import store as review_store
from refseries.series import store

Refseries = Callable[..., proc.Completed]
RESOLVED = toy_releases.MEMORY["6.14"].replace(b"long line_10;", b"long toy[2];")
AS_USER = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.editor=true")


@pytest.fixture
def work(toy: Toy, refseries: Refseries) -> Path:
    """The work tree of a rebase that stopped at the first of two patches."""
    toy_releases.add(toy)
    assert refseries("rebase", "v2", "--onto", "v6.14").returncode == 1
    return toy.project / ".refseries/rebase/v2"


def _resolve(toy: Toy, work: Path) -> None:
    (work / "mm/memory.c").write_bytes(RESOLVED)
    toy.git("add", "mm/memory.c", at=work)


def _refused(done: proc.Completed, why: str, code: int = 1) -> None:
    assert (done.returncode, why in done.stderr) == (code, True), done.stderr


def test_what_is_added_behind_the_commit_is_not_lost(
    toy: Toy, work: Path, refseries: Refseries
) -> None:
    _resolve(toy, work)
    toy.git(*AS_USER, "cherry-pick", "--continue", at=work)
    (work / "mm/toy.c").write_text("int forgotten;\n")
    toy.git("add", "mm/toy.c", at=work)
    _refused(refseries("rebase", "v2", "--continue"), "what is added is not committed")
    toy.git(*AS_USER, "commit", "--quiet", "-m", "mm: a second one", at=work)
    _refused(refseries("rebase", "v2", "--continue"), "holds what is in no patch")
    assert (work / "mm/toy.c").read_text() == "int forgotten;\n"
    toy.git("reset", "--quiet", "--hard", "HEAD~1", at=work)
    assert refseries("rebase", "v2", "--continue").returncode == 0


def test_a_change_in_a_tree_that_was_moved_back_is_not_lost(
    toy: Toy, work: Path, refseries: Refseries
) -> None:
    toy.git("reset", "--quiet", "--hard", "HEAD~1", at=work)
    toy.git("checkout", "--quiet", "v6.14", "--", ".", at=work)  # what is added is the tip's
    (work / "mm/memory.c").write_bytes(RESOLVED)
    _refused(refseries("rebase", "v2", "--continue"), "holds what is in no patch")
    assert (work / "mm/memory.c").read_bytes() == RESOLVED


def test_a_patch_that_is_resolved_to_nothing_is_to_be_skipped(
    toy: Toy, work: Path, refseries: Refseries
) -> None:
    toy.git("checkout", "--quiet", "HEAD", "--", "mm/memory.c", at=work)
    toy.git("rm", "--quiet", "--force", "mm/toy.c", at=work)
    done = refseries("rebase", "v2", "--continue")
    _refused(done, "nothing is left of the patch")
    assert "--skip" in done.stderr


def test_a_version_that_changed_meanwhile_is_not_gone_on_with(
    toy: Toy, work: Path, refseries: Refseries
) -> None:
    _resolve(toy, work)
    cover = toy.project / "series/v2/cover.md"
    said = cover.read_text()
    cover.write_text(f"{said}\nMore.\n")
    _refused(refseries("rebase", "v2", "--continue"), "another one than when its rebase", 2)
    cover.write_text(said)
    assert refseries("rebase", "v2", "--continue").returncode == 0


@pytest.fixture
def both(toy: Toy) -> Path:
    """Of a version that was posted, both patches conflict with v6.15; the second has a note."""
    toy_releases.add(toy)
    toy.git("checkout", "--quiet", "v6.14")
    toy.commit((ADA, "Linux 6.15\n", {"Documentation/mm/toy.rst": b"Other toys\n"}))
    toy.git("tag", "v6.15")
    toy.git("checkout", "--quiet", "master")
    version = toy.project / "series/v2"
    toml = version / "version.toml"
    toml.write_text(toml.read_text().replace("date =", 'message_id = "v2@example.org"\ndate ='))
    (noted,) = version.glob("0002-*.patch")
    head, rule, rest = noted.read_bytes().partition(b"\n---\n")
    noted.write_bytes(head + rule + b"A note of the second.\n\n" + rest)
    return toy.project / ".refseries/rebase/v2"


def test_behind_a_skipped_patch_the_next_conflict_is_shown(
    toy: Toy, both: Path, refseries: Refseries
) -> None:
    assert refseries("rebase", "v2", "--onto", "v6.15").returncode == 1
    done = refseries("rebase", "v2", "--skip")
    assert (done.returncode, "Patch 2 of 2 conflicts" in done.stdout) == (1, True), done.stderr
    (both / "Documentation/mm/toy.rst").write_text("Other toys\nToys\n")
    toy.git("add", "Documentation/mm/toy.rst", at=both)
    assert refseries("rebase", "v2", "--continue").returncode == 0
    made = store.version(toy.series(), "v3")
    (patch,) = made.patches
    assert b"\n---\nA note of the second.\n" in patch.read_bytes()
    assert "- Without `mm: introduce toys`: left out by --skip.\n" in made.cover.read_text()


def test_where_nothing_is_left_nothing_is_written_or_under_way(
    toy: Toy, both: Path, refseries: Refseries
) -> None:
    assert refseries("rebase", "v2", "--onto", "v6.15").returncode == 1
    assert refseries("rebase", "v2", "--skip").returncode == 1
    _refused(refseries("rebase", "v2", "--skip"), "nothing is left of v2: mm: introduce toys: left")
    assert not list(both.parent.iterdir())
    assert not (toy.project / "series/v3").exists()


@pytest.mark.parametrize("how", ["reviewed", "sent"])
def test_what_others_have_seen_in_another_way_makes_the_next(
    toy: Toy, refseries: Refseries, how: str
) -> None:
    toy_releases.add(toy)
    if how == "sent":
        version = store.version(toy.series(), "v2")
        sent = f'digest = "{store.digest(version)}"\nmessage_ids = ["v2@example.org"]\n'
        with (version.path / "version.toml").open("a") as toml:
            toml.write(f"\n[sent]\nwhen = 2026-11-21T10:00:00Z\n{sent}")
    else:
        review_store.save(toy.series(), structs.replace(reviews.make(), version="v2", tasks=()))
    done = refseries("rebase", "v2", "--onto", "v6.13")
    assert done.stdout.startswith("v2, as v3, onto v6.13\n"), done.stdout + done.stderr
