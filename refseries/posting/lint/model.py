# SPDX-License-Identifier: GPL-2.0-or-later
"""What rules look at and what they find, as frozen values; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from refseries.mail import subjects
from refseries.mail.message import Mail
from refseries.mail.subjects import Heading
from refseries.model import Identity
from refseries.series.patches import DIFF_START

# patchbreak() in git's mailinfo.c
_PATCH_BREAK = re.compile(r"^(?:diff -|Index: |---(?:[^\S\n]*$| (?!\s)))", re.M)
_MARK = re.compile(r"^(?:base-commit|change-id|prerequisite-[a-z-]+):.*$", re.M)


class Severity(StrEnum):
    """An error is something that goes wrong for whoever gets the mail, and often silently."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class MailEntry:
    """A mail and its parts.

    Attributes:
        message: of its body, what git commits: everything above the first line ``---``, or another
            that git mailinfo takes for the start of a patch.
        below: what stands between that and the diff, with the line itself.
        diff: from the first line of its diff on; empty where there is none.
        marks: the lines of the body that say something to b4: ``base-commit: …`` and the like.
        digest: of what it says, to tell it from another one.
    """

    mail: Mail
    heading: Heading
    message: str
    below: str
    diff: str
    marks: tuple[str, ...]
    digest: str

    @property
    def is_patch(self) -> bool:
        """Whether b4 takes it for a patch of a series."""
        return bool(self.diff) and not self.heading.reply and not self.is_cover

    @property
    def is_cover(self) -> bool:
        """Whether b4 takes it for a cover letter."""
        return self.heading.numbered and self.heading.number == 0 and not self.heading.reply


@dataclass(frozen=True)
class MailFacts:
    """What is known beside the mails themselves; empty where nobody looked.

    Attributes:
        bare: lines of the file (from 1) that start with ``From ``, are not quoted, and separate no
            mails.
        commits: each base-commit that was looked up, and whether the tree has it.
        private: bases in the tree that no release tag and no remote-tracking branch holds.
        tasks: what reviewers asked for and is still open, one line each.
        called_open: what the cover letter calls open and is done, one line each.
        checkpatch: what it says, by the source of the mail.
        maintainers: whom get_maintainer.pl names.
        unpaired: patches that a range-diff shows as gone and new.
        unnamed: why the cover letter does not say how to fetch the version, or says so wrongly.
        stale: tags that were given to an earlier state of a patch, by the source of its mail.
        lost: tags that the version before was given and that are not there, in words.
        wrong: states behind its patches that did not come out as expected, in words.
        unreviewed: subjects of patches that nobody reviewed.
        dos: files with DOS line ends in the base of which a patch changes lines, by its mail's
            source.
        places: version and number of each mail, by its source, as ``import`` reads them; None for
            one of a version that is not whole, which is what it says itself, as all are without.
        whole: versions of which no patch is missing, whatever their numbers are.
    """

    bare: tuple[int, ...] = ()
    commits: Mapping[str, bool] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    called_open: tuple[str, ...] = ()
    checkpatch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    maintainers: tuple[Identity, ...] = ()
    unpaired: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    unreviewed: tuple[str, ...] = ()
    dos: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[str, tuple[int, int] | None] | None = None
    whole: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Box:
    """Everything that is looked at together."""

    entries: tuple[MailEntry, ...]
    facts: MailFacts = MailFacts()

    @property
    def patches(self) -> tuple[MailEntry, ...]:
        """The patches, in their order in the box."""
        return tuple(entry for entry in self.entries if entry.is_patch)

    @property
    def versions(self) -> dict[tuple[int, bool], tuple[MailEntry, ...]]:
        """Cover letters and patches by version, each in the order of their numbers.

        What was posted again, with RESEND, stands beside its version, under True.
        """
        found: dict[tuple[int, bool], list[tuple[int, MailEntry]]] = {}
        for entry in self.entries:
            said = (entry.heading.version, entry.heading.number)
            place = said if entry.is_patch or entry.is_cover else None
            if self.facts.places is not None:
                known = entry.mail.source in self.facts.places
                place = (self.facts.places[entry.mail.source] or place) if known else None
            if place:
                key = (place[0], entry.heading.again)
                found.setdefault(key, []).append((place[1], entry))
        return {
            version: tuple(entry for _, entry in sorted(entries, key=lambda one: one[0]))
            for version, entries in sorted(found.items())
        }


@dataclass(frozen=True)
class Hit:
    """A rule's find: in which mail (None: in all of them together), what, at which body line."""

    entry: MailEntry | None
    what: str
    line: int = 0


@dataclass(frozen=True)
class Rule:
    """One way in which mails go wrong.

    Attributes:
        look: finds it.
        effect: what would happen.
        mend: what to do.
        together: whether it needs all mails at once; of them it sees headings, people, dates,
            ids, marks and digests, but no text, so that a mailbox of any size can be looked at.
    """

    name: str
    severity: Severity
    look: Callable[[Box], Iterable[Hit]]
    effect: str
    mend: str
    together: bool = False


@dataclass(frozen=True)
class MailFinding:
    """One thing that is wrong. ``mail`` is empty where it is about all of them."""

    rule: str
    severity: Severity
    mail: str
    subject: str
    line: int
    what: str
    effect: str
    mend: str


def entry(mail: Mail) -> MailEntry:
    """Take a mail apart as ``git mailinfo`` does."""
    cut = _PATCH_BREAK.search(mail.body)  # not line by line: there may be ten million of them
    rest = mail.body[cut.start() :] if cut else ""
    diff = DIFF_START.search(rest)
    at = diff.start() if diff else len(rest)
    said = f"{mail.subject}\0{mail.body}".encode("utf-8", "surrogateescape")
    return MailEntry(
        mail=mail,
        heading=subjects.parse(mail.subject),
        message=mail.body[: cut.start()] if cut else f"{mail.body}\n",
        below=rest[:at],
        diff=rest[at:],
        marks=tuple(_MARK.findall(mail.body)),
        digest=hashlib.sha256(said).hexdigest(),
    )


def without_text(one: MailEntry) -> MailEntry:
    """What rules that look at all mails together get to see."""
    mail = replace(one.mail, raw=b"", body="", headers=())
    return replace(one, mail=mail, message="", below="", diff="diff" if one.diff else "")


def starts_patch(line: str) -> bool:
    """Whether git mailinfo ends the message here."""
    return _PATCH_BREAK.match(line) is not None


def each(rules: Iterable[Rule], one: MailEntry, facts: MailFacts) -> tuple[MailFinding, ...]:
    """What the rules for single mails find in one."""
    return _found((rule for rule in rules if not rule.together), Box((one,), facts))


def together(rules: Iterable[Rule], box: Box) -> tuple[MailFinding, ...]:
    """What the rules for all mails together find; ``box`` may be ``without_text``."""
    return _found((rule for rule in rules if rule.together), box)


def _found(rules: Iterable[Rule], box: Box) -> tuple[MailFinding, ...]:
    return tuple(
        MailFinding(
            rule=rule.name,
            severity=rule.severity,
            mail=hit.entry.mail.source if hit.entry else "",
            subject=hit.entry.mail.subject if hit.entry else "",
            line=hit.line,
            what=hit.what,
            effect=rule.effect,
            mend=rule.mend,
        )
        for rule in rules
        for hit in rule.look(box)
    )
