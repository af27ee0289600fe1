# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits as patch files, the same whatever the user's configuration says."""

from __future__ import annotations

from pathlib import Path

from refseries import git

# Everything of format.* and diff.* that would change what is written, and that has an option.
_PLAIN = (
    "--quiet", "--zero-commit", "--no-signature", "--no-cover-letter", "--no-thread", "--no-attach",
    "--no-base", "--no-to", "--no-cc", "--no-from", "--no-add-header", "--no-signoff", "--no-notes",
    "--stat", "--patch", "--encode-email-headers", "--suffix=.patch", "--filename-max-length=64",
    "--no-color",
    "--no-ext-diff", "--no-textconv", "--unified=3", "--find-renames", "--abbrev=12",
    "--diff-algorithm=myers", "--src-prefix=a/", "--dst-prefix=b/", "-O/dev/null", "--no-relative",
)  # fmt: skip


def write(repo: Path, base: str, tip: str, directory: Path, number: int) -> tuple[Path, ...]:
    """Write the commits behind ``base`` up to ``tip`` as ``0001-….patch`` and so on.

    Args:
        number: of the version, for the subjects.

    Raises:
        StageError: git failed.
    """
    word = "PATCH" if number == 1 else f"PATCH v{number}"
    git.git(
        repo, "format-patch", *_PLAIN, f"--subject-prefix={word}", "-o", str(directory),
        f"{base}..{tip}", "--",
        config={"diff.suppressBlankEmpty": "false", "format.numbered": "auto"},
    )  # fmt: skip
    return tuple(sorted(directory.glob("[0-9]*.patch")))
