# SPDX-License-Identifier: GPL-2.0-or-later
"""What rules look at and what they find, as frozen values; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from refseries.mail import heading
from refseries.mail.heading import Heading
from refseries.mail.message import Mail
from refseries.model import Identity

_DIFF = re.compile(r"^diff --git ", re.M)


class Severity(StrEnum):
    """An error is something that goes wrong for whoever gets the mail, and often silently."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Entry:
    """A mail and its parts.

    Attributes:
        message: of its body, what git commits: everything above the first line ``---``, or another
            that git mailinfo takes for the start of a patch.
        below: what stands between that and the diff, with the line itself.
        diff: from the first ``diff --git`` on; empty where there is none.
    """

    mail: Mail
    heading: Heading
    message: str
    below: str
    diff: str

    @property
    def is_patch(self) -> bool:
        """Whether b4 takes it for a patch of a series."""
        return bool(self.diff) and not self.heading.reply

    @property
    def is_cover(self) -> bool:
        """Whether b4 takes it for a cover letter."""
        return self.heading.numbered and self.heading.number == 0 and not self.heading.reply


@dataclass(frozen=True)
class Facts:
    """What is known beside the mails themselves; empty where nobody looked.

    Attributes:
        bare: lines of the file (from 1) that start with ``From ``, are not quoted, and separate no
            mails.
        commits: each base-commit that was looked up, and whether the tree has it.
        tasks: what reviewers asked for and is still open, one line each.
        checkpatch: what it says, by the source of the mail.
        maintainers: whom get_maintainer.pl names.
        stale: tags that were given to an earlier state of a patch, by the source of its mail.
    """

    bare: tuple[int, ...] = ()
    commits: Mapping[str, bool] = field(default_factory=dict)
    tasks: tuple[str, ...] = ()
    checkpatch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    maintainers: tuple[Identity, ...] = ()
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Box:
    """Everything that is looked at together."""

    entries: tuple[Entry, ...]
    facts: Facts = Facts()

    @property
    def patches(self) -> tuple[Entry, ...]:
        """The patches, in their order in the box."""
        return tuple(entry for entry in self.entries if entry.is_patch)

    @property
    def versions(self) -> dict[int, tuple[Entry, ...]]:
        """Cover letters and patches by version, each in the order of their numbers."""
        found: dict[int, list[Entry]] = {}
        for entry in self.entries:
            if entry.is_patch or entry.is_cover:
                found.setdefault(entry.heading.version, []).append(entry)
        return {
            version: tuple(sorted(entries, key=lambda entry: entry.heading.number))
            for version, entries in sorted(found.items())
        }


@dataclass(frozen=True)
class Hit:
    """A rule's find: in which mail (None: in all of them together), what, at which body line."""

    entry: Entry | None
    what: str
    line: int = 0


@dataclass(frozen=True)
class Rule:
    """One way in which mails go wrong.

    Attributes:
        look: finds it.
        effect: what would happen.
        mend: what to do.
    """

    name: str
    severity: Severity
    look: Callable[[Box], Iterable[Hit]]
    effect: str
    mend: str


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. ``mail`` is empty where it is about all of them."""

    rule: str
    severity: Severity
    mail: str
    subject: str
    line: int
    what: str
    effect: str
    mend: str


def entry(mail: Mail) -> Entry:
    """Take a mail apart as ``git mailinfo`` does."""
    lines = mail.body.split("\n")
    cut = next((at for at, line in enumerate(lines) if starts_patch(line)), len(lines))
    rest = "\n".join(lines[cut:])
    diff = _DIFF.search(rest)
    at = diff.start() if diff else len(rest)
    message = "".join(f"{line}\n" for line in lines[:cut])
    return Entry(mail, heading.parse(mail.subject), message, rest[:at], rest[at:])


def starts_patch(line: str) -> bool:
    """Whether git mailinfo ends the message here; patchbreak() in git's mailinfo.c."""
    if line.startswith(("diff -", "Index: ")):
        return True
    if not line.startswith("---"):
        return False
    rest = line[3:]
    return not rest.strip() or (rest[0] == " " and not rest[1:2].isspace())


def run(rules: Iterable[Rule], box: Box) -> tuple[Finding, ...]:
    """What ``rules`` find in ``box``, errors first, then in the order of the mails."""
    places = {id(one): at for at, one in enumerate(box.entries)}
    found: list[tuple[int, int, Finding]] = []
    for rule in rules:
        for hit in rule.look(box):
            mail = hit.entry.mail if hit.entry else None
            finding = Finding(
                rule=rule.name,
                severity=rule.severity,
                mail=mail.source if mail else "",
                subject=mail.subject if mail else "",
                line=hit.line,
                what=hit.what,
                effect=rule.effect,
                mend=rule.mend,
            )
            place = places.get(id(hit.entry), -1)
            found.append((list(Severity).index(rule.severity), place, finding))
    found.sort(key=lambda one: one[:2])
    return tuple(finding for _rank, _place, finding in found)
