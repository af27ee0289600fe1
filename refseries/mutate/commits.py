# SPDX-License-Identifier: GPL-2.0-or-later
"""A version's files, the lines that it adds, and commits of its mutants; in git, without a tree."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from refseries import git
from refseries.coverage.source import is_source
from refseries.git import identity, lines
from refseries.host.scratch import scratch_folder
from refseries.model import Applied, BaseInfo, Identity, Version
from refseries.mutate import generated
from refseries.mutate.model import Mutant
from refseries.series import patches

_DATE = "1700000000 +0000"  # of every mutant: the same mutant is the same commit


def made_mutants(base: BaseInfo, version: Version, applied: Applied) -> Iterator[Mutant]:
    """The mutants of the lines that ``version`` adds to what kernels are built from.

    Args:
        applied: the version's commits over ``base``.
    """
    touched = dict.fromkeys(
        path for patch in version.patches for path in patches.touched(patches.read(patch))
    )
    called = generated.called([*filter(is_source, touched)])
    # Without those that a later patch removed.
    for path, data in git.read_files(base.repo, applied.tree, called).items():
        text = data.decode("utf-8", "surrogateescape")
        added = lines.new_numbers(base.repo, base.tree, applied.tree, path)
        yield from generated.of_file(path, text, added, called[path])


@contextlib.contextmanager
def index(base: BaseInfo, applied: Applied) -> Iterator[Path]:
    """Yield an index of ``applied`` that ``commit`` begins with: one is read for all mutants."""
    with scratch_folder() as scratch:
        path = Path(scratch, "index")
        git.git(base.repo, "read-tree", applied.commit, env={"GIT_INDEX_FILE": str(path)})
        yield path


def commit(
    base: BaseInfo, applied: Applied, mutant: Mutant, who: Identity, whole: Path
) -> Applied | None:
    """Commit ``mutant`` over ``applied``; None when its diff does not apply there.

    Args:
        whole: ``index`` of ``applied``.
    """
    changed = whole.with_name("changed")
    shutil.copyfile(whole, changed)
    env = {
        "GIT_INDEX_FILE": str(changed),
        **identity.as_author(who, _DATE),
        **identity.as_committer(who, _DATE),
    }
    done = git.git(
        base.repo, "apply", "--cached", "--whitespace=nowarn", "-", env=env,
        stdin=mutant.diff.encode("utf-8", "surrogateescape"), check=False,
    )  # fmt: skip
    if done.returncode != 0:
        return None
    tree = git.git(base.repo, "write-tree", env=env).stdout.strip()
    made = git.commit_tree(base.repo, tree, applied.commit, f"mutant {mutant.name}\n", env)
    return Applied(applied.target, base.repo, None, made, tree)
