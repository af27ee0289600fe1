# SPDX-License-Identifier: GPL-2.0-or-later
"""What b4 keeps of a series: its tracking data, and the lines for programs in a mail; pure.

Sources: start_new_series and get_prep_branch_as_patches in b4/ez.py.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from refseries.errors import SeriesError
from refseries.mail import subjects

MARKER = "--- b4-submit-tracking ---"
"""Begins the tracking data in the message of b4's cover commit; MAGIC_MARKER in b4/ez.py."""

_LARGEST = 256 * 1024
"""Bytes of JSON; b4 writes some hundred. A few kilobytes of gzip can hold gigabytes."""

_PREREQUISITE = re.compile(
    r"^prerequisite-((?:patch|change|message)-id):[ \t]*<?([!-;=?-~]{1,300})>?[ \t]*$", re.I | re.M
)
_CHANGE_ID = re.compile(r"^change-id:\s+(\S+)\s*$", re.I | re.M)
_BASE = re.compile(r"^base-commit:\s+([0-9a-f]{7,64})\b", re.I | re.M)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")


@dataclass(frozen=True)
class Tracking:
    """b4's data about a series.

    Attributes:
        text: all of it: the JSON, as b4 wrote it, on one line.
        base_branch: what the branch was forked from; empty where b4 does not say.
        prerequisites: what it depends on, as ``prerequisites`` gives it.
        prefixes: words beside PATCH that name a tree, such as ``net-next``.
        posted: under which message id ``b4 send`` posted each version, by its name, as it is there.
    """

    text: str
    revision: int
    change_id: str
    base_branch: str = ""
    prerequisites: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    posted: Mapping[str, str] = field(default_factory=dict)


def unpack(header: str, source: str) -> Tracking:
    """Read an ``X-B4-Tracking`` header.

    Args:
        source: the mail, for the error.

    Raises:
        SeriesError: it is not what b4 writes, or unpacks to too much.
    """
    packed = "".join(header.partition("b=")[2].split()) if "b=" in header else header
    try:
        data = base64.b64decode(packed, validate=True)
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        text = unpacker.decompress(data, _LARGEST)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise _unreadable(source, "it is not packed as b4 does it") from error
    if not unpacker.eof:
        what = "it is cut" if len(text) < _LARGEST else f"it unpacks to more than {_LARGEST} bytes"
        raise _unreadable(source, what)
    return parse(text.decode("utf-8", "replace"), source)


def parse(text: str, source: str) -> Tracking:
    """As ``unpack``, of the JSON itself.

    Raises:
        SeriesError: it is not what b4 writes.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(source, "it is not JSON") from error
    series = data.get("series") if isinstance(data, dict) else None
    if not isinstance(series, dict):
        raise _unreadable(source, "it has no `series`")
    revision, change_id = series.get("revision"), series.get("change-id")
    if type(revision) is not int or not 1 <= revision <= 9999:
        raise _unreadable(source, "its revision is no number")
    if not isinstance(change_id, str) or not _ID.fullmatch(change_id):
        raise _unreadable(source, "its change-id is none")
    branch = series.get("base-branch")
    named = branch if isinstance(branch, str) and branch.isprintable() else ""
    needs = series.get("prerequisites")
    lines = [f"prerequisite-{each}" for each in needs] if isinstance(needs, list) else []
    words = series.get("prefixes")
    words = words if isinstance(words, list) else []
    said = " ".join(each for each in words if isinstance(each, str))
    return Tracking(
        json.dumps(data),
        revision,
        change_id,
        named,
        prerequisites("\n".join(lines)),
        subjects.trees(f"[PATCH {said}]"),
        _posted(series.get("history")),
    )


def _posted(history: object) -> dict[str, str]:
    """The last message id of each version, to which b4 links."""
    known = history.items() if isinstance(history, dict) else ()
    last = ((name, ids[-1]) for name, ids in known if isinstance(ids, list) and ids)
    return {name: message_id for name, message_id in last if isinstance(message_id, str)}


def _unreadable(source: str, what: str) -> SeriesError:
    return SeriesError(
        f"b4's tracking data cannot be read: {what}.",
        where=source,
        hint="`b4 prep --show-info` says what b4 makes of it.",
    )


def change_id(text: str) -> str:
    """The ``change-id:`` of a cover letter or patch; empty when there is none."""
    found = _CHANGE_ID.findall(text)
    return found[-1] if found and _ID.fullmatch(found[-1]) else ""


def base_commit(text: str) -> str:
    """The ``base-commit:`` of a cover letter or patch; empty when there is none."""
    found = _BASE.findall(text)
    return found[-1].lower() if found else ""


def prerequisites(text: str) -> tuple[str, ...]:
    """What a cover letter or patch says that it depends on, in that order, each once.

    As b4 keeps it: ``patch-id: HEX``, ``message-id: ID``, ``change-id: ID``, the last with ``:vN``
    behind it where it names a version.
    """
    found = (f"{kind.lower()}: {name}" for kind, name in _PREREQUISITE.findall(text))
    return tuple(dict.fromkeys(found))
