# SPDX-License-Identifier: GPL-2.0-or-later
"""What an author answers that he does, or has done; pure."""

from __future__ import annotations

import re

_LOOKED_AT = 2000  # characters of an answer
_AGREES = re.compile(
    r"\b(?:will do|(?:i'?ll|i will|will|going to) (?:fix|change|do|add|use|remove|drop|update"
    r"|rename"
    r"|send|respin|split|move|rework|address|correct|try|look|check|make|mention)|done|fixed"
    r"|changed"
    r"|addressed|sure|ok(?:ay)?|good (?:point|catch|idea)|noted|ack)\b",
    re.IGNORECASE,
)
_IN_VERSION = re.compile(
    r"(?:\b(?:done|fixed|changed|addressed|added|removed|dropped|renamed|updated|mended|split|moved"
    r"|reworked)\b[\w' ]{0,40}?\b(?:in|with|for)\s+(?P<version>v[1-9]\d{0,3}))\b",
    re.IGNORECASE,
)
_LATER = re.compile(r"\b(?:will|going to|plan|'ll|would|could|should|to be|next)\b", re.IGNORECASE)


def promises(text: str) -> bool:
    """Whether an author's answer says that he does, or will do, what he was asked for."""
    return _AGREES.search(text[:_LOOKED_AT].replace("’", "'")) is not None


def done_in(text: str) -> str:
    """The version in which an author says he did it (``v3``); empty where he says none."""
    found = _IN_VERSION.search(text[:_LOOKED_AT])
    if not found or _LATER.search(text[: found.end()]) or "not " in text[: found.end()].lower():
        return ""
    return found["version"].lower()
