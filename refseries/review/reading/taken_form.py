# SPDX-License-Identifier: GPL-2.0-or-later
"""What maintainers' programs put into each notice that a patch was taken; pure.

It tells everybody how the tree is run, with "please" and "should", and asks nobody for anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SCISSORS = re.compile(r"-{1,40} ?(?:>8|8<|>%|%<) ?-{1,40}\s*$")
_OF_DIFF = re.compile(r"diff --git |@@ -|\+|-\S| \S")
_LONGEST = 2000  # characters of a paragraph
_SENTENCE = re.compile(r"(?<=[.!])\s+(?=[A-Z\"'(])")
_PLACE = re.compile(r"[ \t]*(?:tree|branch|commit|url|link|gitweb)[ \t]*:[ \t]*\S+[ \t]*", re.I)
_TAKEN_TO = re.compile(
    r"^(?:[^?]{0,60}\s)?(?:applied|queued|pushed|merged|picked up)\b[^?.]{0,40}\b(?:in)?to"
    r"(?:\s*:?|\s[^?.:]{0,40}:)\s*$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\s*(?:https?|git|ssh)://\S+(?:\s+[\w./-]+){0,3}\s*")
_SAID = re.compile(
    r"all being well\b.*\b(?:tree|linux-next|merge window)\b.*"
    r"|(?:you|people) (?:may|might|will) (?:get|receive|see) (?:further|more) (?:e-?mails?"
    r"|reports)\b.*"
    r"|if (?:any )?(?:updates|(?:further )?changes) are (?:required|needed)\b.*\bincremental\b.*"
    r"|if (?:possible,? (?:patch )?trailers will be|in doubt,? please check the)\b.*"
    r"|please add (?:any |the )?relevant (?:mailing )?lists\b.*"
    r"|please report any (?:outstanding|remaining) (?:bugs|problems|issues)\b.*"
    r"|it(?:'s| is) encouraged to (?:provide|give|send) [\w-]+-bys?\b.*"
    r"|note that (?:the )?commit (?:hashes|ids)\b.*",
    re.IGNORECASE,
)
# A list of the commits that it became.
_COMMIT = (
    r"[ \t]*(?:[-*][ \t]+)?(?:\[[^\]\n]{0,60}\](?:[ \t].*)?|(?:commit|\(no commit info\)|https?://"
    r"|git://)\S*.*"
    r"|[0-9a-f]{7,40}\b.*)"
)
_LISTED = re.compile(
    rf"(?:[^\n?]{{1,80}}:\n)?[ \t]*(?:[-*][ \t]+)?(?:\[[v\d/ ,]{{1,30}}\] .*"
    rf"|commit [0-9a-f]{{7,40}}.*)(?:\n{_COMMIT})*"
)


def with_place(paragraphs: Sequence[list[str]]) -> list[list[str]]:
    """The paragraphs, with the tree's address in the one that says "applied to" above it."""
    found: list[list[str]] = []
    for paragraph in paragraphs:
        below = bool(found) and len(paragraph) == 1
        lines = [*found[-1], *paragraph] if below else paragraph
        if len(lines) > 1 and _ADDRESS.fullmatch(lines[-1]) and _TAKEN_TO.search(lines[-2]):
            if below:
                found.pop()
            found.append([*lines[:-2], lines[-2].rstrip().rstrip(":"), lines[-1]])
        else:
            found.append(paragraph)
    return found


def lists_commits(paragraph: str) -> bool:
    """Whether each line of a paragraph names a commit, or the patch that became one."""
    return _LISTED.fullmatch(paragraph) is not None


def is_one(paragraph: str) -> bool:
    """Whether each sentence of a paragraph, or each line, is of such a form."""
    if len(paragraph) > _LONGEST:
        return False
    if all(map(_PLACE.fullmatch, paragraph.strip().split("\n"))):
        return True
    text = " ".join(paragraph.replace("’", "'").split())
    return all(map(_SAID.fullmatch, _SENTENCE.split(text)))


def end_of_patch(paragraphs: Sequence[Sequence[str]], first: int) -> int:
    """Behind which paragraph a patch ends that begins with scissors at ``first``; 0 for none."""
    if not _SCISSORS.match(paragraphs[first][0]):
        return 0
    of_it = (
        number
        for number in range(len(paragraphs), first, -1)
        for line in paragraphs[number - 1]
        if _OF_DIFF.match(line) and not _SCISSORS.match(line)
    )
    return next(of_it, 0)
