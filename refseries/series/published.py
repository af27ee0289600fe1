# SPDX-License-Identifier: GPL-2.0-or-later
"""``published.toml`` of a version: the tag by which others can fetch it."""

from __future__ import annotations

import re
import shlex
from typing import Annotated

import msgspec

from refseries.host import toml, transaction
from refseries.model import Series, Version

FILE = "published.toml"

_WORD = r"^[!-~]+\Z"
_Word = Annotated[str, msgspec.Meta(pattern=_WORD)]
_Commit = Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")]


class PublishedAs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What others can fetch.

    Attributes:
        url: where they fetch from.
        commit: the last of the version's commits, which the tag names.
    """

    schema: int
    tag: _Word
    url: _Word
    commit: _Commit


def fetch_line(url: str, tag: str) -> str:
    """The command by which others get the tag."""
    return f"git fetch {shlex.quote(url)} {shlex.quote(tag)}"


def is_word(text: str) -> bool:
    """Whether a line of a mail can have ``text`` in a command: printable ASCII without blanks."""
    return re.match(_WORD, text) is not None


def find(version: Version) -> PublishedAs | None:
    """How others get ``version``; None where nobody published it for them.

    Raises:
        SeriesError: the file is wrong; names file, line and key.
    """
    path = version.path / FILE
    return toml.load(path, PublishedAs) if path.is_file() else None


def keep(series: Series, version: Version, tag: str, url: str, commit: str) -> None:
    """Write down how others get ``version``; the same again does nothing."""
    known = PublishedAs(schema=1, tag=tag, url=url, commit=commit)
    if known == find(version):
        return
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment("SPDX-License-Identifier: GPL-2.0-or-later"))
    for key, value in msgspec.structs.asdict(known).items():
        document.add(key, tomlkit.item(value))
    with transaction.changing(series.root) as change:
        change.write(version.path / FILE, tomlkit.dumps(document))
        change.commit()
