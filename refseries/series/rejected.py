# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a patch does not apply, for who wants it to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from refseries import git
from refseries.errors import StageError
from refseries.series import patches
from refseries.series.patches import Patch


class DosLinesError(StageError):
    """A patch does not apply as its file has DOS line ends, which a patch in a mail loses."""

    def __init__(self, file: str, where: str, detail: str = "") -> None:
        super().__init__(
            f"{file} has DOS line ends, which git am and b4 take away from a patch in a mail.",
            where=where,
            hint=f"Nothing was written. Have it as a binary patch: `{file} -diff` in "
            ".git/info/attributes, then git format-patch; or import the branch.",
            detail=detail,
        )


def rejection(patch: Patch, stderr: str, repo: Path, env: Mapping[str, str]) -> StageError:
    """The error for a patch that ``git apply --cached`` refused.

    Args:
        stderr: what git said.
        env: names the index that it was to be applied to.
    """
    reject = patches.find_reject(patch, stderr)
    place = f"{patch.path}: {reject.file}" if reject.file else str(patch.path)
    if reject.hunk:
        place += f": hunk {reject.hunk} of {reject.hunks} (at line {reject.line})"
        there = git.git(repo, "cat-file", "blob", f":{reject.file}", env=env, check=False).out
        words = ("apply", "--cached", "--check", "--ignore-whitespace", "-")
        if b"\r\n" in there and b"\r\n" not in patch.diff:
            alike = git.git(repo, *words, env=env, stdin=patch.diff, check=False)
            if alike.returncode == 0:
                return DosLinesError(reject.file, place, reject.text)
    return StageError(
        f"the patch does not apply: {reject.reason}.",
        where=place,
        hint="Nothing was changed. Apply it over the base that it was made on, or rebase it there.",
        detail=reject.text,
    )
