# SPDX-License-Identifier: GPL-2.0-or-later
"""A version that depends on another series goes to a worker that has the kernel alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import depending_series
import pytest
import toy as toys
from toy import Toy

from refseries import git
from refseries.importing import dependency, mailbox
from refseries.kernel import base as bases
from refseries.model import BASE, Target
from refseries.series import apply
from refseries.testing.cluster import sources


@pytest.mark.parametrize("target", [Target("v3"), Target(BASE, "v3")])
def test_what_lies_below_it_goes_along(toy: Toy, tmp_path: Path, target: Target) -> None:
    depending_series.branches(toy)
    drafts = mailbox.drafts(depending_series.mails(toy), "mails")
    dependency.keep(toy.series(), toy.base(), toy.cache, drafts, None, None, None)
    depending_series.version(toy, "v3", "count-v2")
    info = bases.of_series(toy.series(), toy.base(), toy.cache)
    commit = apply.apply(toy.series(), info, target, toy.cache).commit
    packed = sources.pack(info, commit)
    assert packed.base.commit == toy.base_commit
    # A worker with the release and nothing else.
    there = tmp_path / "there.git"
    tag = f"v{toys.RELEASE}"
    words = ("clone", "--quiet", "--bare", "--single-branch", "--branch", tag, "--no-tags")
    toy.git(*words, f"file://{toy.tree}", str(there))
    own = replace(toy.base(), repo=there)
    assert git.resolve(there, commit) is None
    received = sources.receive(packed, own, tmp_path / "copy.git")
    tree = git.git(received.repo, "rev-parse", f"{commit}^{{tree}}").stdout.strip()
    assert tree == toy.git(
        "rev-parse", f"{'topic' if target.version == 'v3' else 'count'}^{{tree}}"
    )
