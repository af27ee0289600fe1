# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tags of a kernel tree name a kernel that others have.

Linus and the stable maintainers call them ``v6.13-rc2`` and ``v6.12.117``, those of the real-time
tree ``v6.12.8-rt7``, linux-next calls them ``next-20261127``. A user's own, such as the ``v2`` of
what he has sent or his ``v6.14-mytree.1``, are none.
"""

from __future__ import annotations

import re
from pathlib import Path

from refseries.git.command import git

_RELEASE = re.compile(r"v[0-9]+(\.[0-9]+){1,3}(-rc[0-9]+)?(-rt[0-9]+)?|next-[0-9]{8}")

# The same for git, which knows globs alone: what may be one, and what of that is none.
_STAYING, _NEXT = "v[0-9]*.[0-9]*", "next-[0-9]*"
_OTHERS = (
    "v*[!0-9]",  # nothing behind the last number
    "v*[!0-9.crt-]*", "v*-[!r]*", "v*[!-]r*", "v*r[!ct]*", "v*[!r][ct]*", "v*[ct][!0-9]*",
    "v*[ct]*.*",
    "next-*[!0-9]*",
)  # fmt: skip
_EXCLUDE = tuple(f"--exclude={glob}" for glob in _OTHERS)

LASTING = (f"--match={_STAYING}", *_EXCLUDE)
"""What ``git describe`` is told to look at no others, nor at those of linux-next, which go."""

MATCH = (f"--match={_NEXT}", *LASTING)
"""As ``LASTING``, with those of linux-next."""

REVS = (*_EXCLUDE, f"--tags={_STAYING}", *_EXCLUDE, f"--tags={_NEXT}")
"""All of them, for ``git rev-list``."""


def is_release(name: str) -> bool:
    """Whether a tag of this name is one of them. Pure."""
    return _RELEASE.fullmatch(name) is not None


def listed(repo: Path, *words: str) -> list[str]:
    """Those that a repository has.

    Args:
        words: options of ``git for-each-ref``.
    """
    globs = (f"refs/tags/{glob}" for glob in (_STAYING, _NEXT))
    shown = git(repo, "for-each-ref", *words, "--format=%(refname:strip=2)", *globs).stdout
    return [name for name in shown.split("\n") if is_release(name)]
