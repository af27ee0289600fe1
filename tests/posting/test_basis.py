# SPDX-License-Identifier: GPL-2.0-or-later
"""The base is named as base-commit where others have the commit, and told in words elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from receiver import Receiver
from toy import ADA, RELEASE, Toy

from refseries.host import proc
from refseries.model import BaseInfo
from refseries.posting import basis

Refseries = Callable[..., proc.Completed]


def own_work(toy: Toy) -> str:
    """A commit of the user's over the release; nobody else has it."""
    toy.at_base()
    return toy.commit((ADA, "mm: mine\n", {"mm/mine.c": b"int other;\n"}))


def at(toy: Toy, commit: str) -> BaseInfo:
    return replace(toy.base(), commit=commit)


def test_a_release(toy: Toy) -> None:
    assert basis.base_lines(toy.series(), toy.base()) == f"base-commit: {toy.base_commit}"


def test_an_annotated_tag_and_what_a_release_holds(toy: Toy) -> None:
    commit = own_work(toy)
    assert not basis.is_public(toy.tree, commit)
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    toy.git(*identity, "tag", "-a", "-m", "x", "v6.12.118")
    assert basis.is_public(toy.tree, commit)
    toy.commit((ADA, "mm: more\n", {"mm/mine.c": b"int more;\n"}))
    toy.git("tag", "--delete", "v6.12.118")
    toy.git("tag", "v6.13-rc1")
    assert basis.is_public(toy.tree, commit)  # behind a release, and no release itself


@pytest.mark.parametrize("ref", ["refs/remotes/mm/mm-stable", "refs/tags/next-20261124"])
def test_a_branch_of_a_remote(toy: Toy, ref: str) -> None:
    commit = own_work(toy)
    after = toy.commit((ADA, "mm: more\n", {"mm/mine.c": b"int more;\n"}))
    toy.git("update-ref", ref, after)
    assert basis.base_lines(toy.series(), at(toy, commit)) == f"base-commit: {commit}"


@pytest.mark.parametrize(
    "ref", ["refs/heads/mine", "refs/tags/sent/x-v1", "refs/tags/v6.14-toys.1"]
)
def test_what_the_user_alone_has(toy: Toy, ref: str) -> None:
    commit = own_work(toy)
    toy.git("update-ref", ref, commit)
    text = basis.base_lines(toy.series(), at(toy, commit))
    assert "base-commit:" not in text
    assert commit[:7] not in text
    assert f"Based on v{RELEASE} and 1 commit more in the sender's own tree." in text
    assert "b4 am -g" in text


def test_a_tree_without_tags(toy: Toy) -> None:
    base = toy.base()
    toy.git("tag", "--delete", f"v{RELEASE}")
    text = basis.base_lines(toy.series(), base)
    assert text.startswith(f"Based on Linux {RELEASE} in the sender's own tree.\n")


@pytest.mark.parametrize("source", ["package", "tarball"])
def test_what_was_imported(toy: Toy, source: str) -> None:
    text = basis.base_lines(toy.series(), replace(toy.base(), source=source))
    assert "base-commit:" not in text
    assert "Linux 6.12.117 (tag v6.12.117" in text
    assert ("toy-source" in text) == (source == "package")
    assert toy.base_commit not in text


def test_an_export_over_own_work_is_warned_about_and_b4_finds_a_base(
    toy: Toy, refseries: Refseries, receiver: Receiver, tmp_path: Path
) -> None:
    commit = own_work(toy)
    out = tmp_path / "v2.mbx"
    words = ["export", "v2", "-o", str(out), "--base-ref", commit, "--no-maintainers"]
    done = refseries(*words, "--json", "-")
    findings = [one for one in json.loads(done.stdout)["findings"] if one["rule"] == "base-private"]
    assert [one["severity"] for one in findings] == ["warning"]
    assert commit[:12] in findings[0]["what"]
    assert "base-commit:" not in out.read_text()
    # The receiver has the release, and not that commit.
    said = receiver.b4("am", "-g", "-m", str(out), "-o", str(tmp_path / "am"))
    assert "Base: attempting to guess base-commit" in said
    assert "(exact match)" in said
    toy.git("update-ref", "refs/remotes/mm/mm-stable", commit)
    done = refseries(*words, "--json", "-")
    assert [one["rule"] for one in json.loads(done.stdout)["findings"]] == ["no-review"]
    assert f"base-commit: {commit}" in out.read_text()


def test_a_private_base_in_any_mailbox(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    commit = own_work(toy)
    out = tmp_path / "v2.mbx"
    assert refseries("export", "v2", "-o", str(out), "--no-maintainers").returncode == 0
    assert "base-private" not in refseries("check-mail", str(out)).stdout
    out.write_text(out.read_text().replace(toy.base_commit, commit))
    done = refseries("check-mail", str(out))
    assert (done.returncode, "[base-private]" in done.stdout) == (0, True), done.stdout
