# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tags of a kernel tree name a kernel that others have.

Linus and the stable maintainers call them ``v6.13-rc2`` and ``v6.12.117``, linux-next calls them
``next-20261127``. A user's own, such as the ``v2`` of what he has sent, are none.
"""

from __future__ import annotations

import re

TAGS = ("v[0-9]*.[0-9]*", "next-[0-9]*")
"""As globs; the first one alone for those that stay."""

MATCH = tuple(f"--match={tag}" for tag in TAGS)
"""What ``git describe`` is told to look at no others."""

_RELEASE = re.compile(r"v[0-9]+\.[0-9]+(\.[0-9]+)?(-rc[0-9]+)?|next-[0-9]{8}")


def is_release(name: str) -> bool:
    """Whether a tag of this name is one of them. Pure."""
    return _RELEASE.fullmatch(name) is not None
