# SPDX-License-Identifier: GPL-2.0-or-later
"""What the mails of a thread are to each other; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from refseries.importing.thread_mail import ThreadMail

_DEEPEST = 1000
"""Steps upward from a mail that are looked at; a hostile mailbox is one chain of all its mails."""


class ThreadTree:
    """Mails by what they answer; of what a mail answers, the nearest that is there counts."""

    def __init__(self, mails: Sequence[ThreadMail]) -> None:
        self._by_id = {mail.message_id: mail for mail in mails if mail.message_id}
        self._nearest: dict[ThreadMail, ThreadMail | None] = {}
        self._roots: dict[ThreadMail, str] = {}
        self._versions: dict[ThreadMail, int] = {}  # of those whose subjects name none

    def parent(self, mail: ThreadMail) -> ThreadMail | None:
        """The nearest mail above."""
        return next((self._by_id[name] for name in mail.above if name in self._by_id), None)

    def chain(self, mail: ThreadMail) -> Iterator[ThreadMail]:
        """The mails above, the nearest first, each once."""
        seen = {mail}
        at = self.parent(mail)
        while at and at not in seen and len(seen) < _DEEPEST:
            yield at
            seen.add(at)
            at = self.parent(at)

    def nearest(self, mail: ThreadMail) -> ThreadMail | None:
        """The nearest patch or cover letter above; asked of each mail, so it is remembered."""
        way, at = [mail], self.parent(mail)
        seen = {mail}
        while at and at.place is None and at not in self._nearest and at not in seen:
            way.append(at)
            seen.add(at)
            at = self.parent(at)
        if at and at.place is None:
            at = self._nearest.get(at)
        self._nearest.update(dict.fromkeys(way, at))
        return at

    def stray(self, mail: ThreadMail) -> str:
        """Why a patch is none of any version, though it is one; empty where it may be one.

        A patch that says neither number nor version, in a thread of others, follows up on them: b4
        takes it for v1, and for the newest version at that. So does one that answers a later one.
        """
        if mail.heading.odd_number:
            return f"`{mail.heading.odd_number}` is no number of a patch in a series"
        above = self.nearest(mail)
        if above is not None and not mail.heading.unread and self._is_older(mail, above):
            return f"it follows up on `{above.heading.text}`, which is of a later version"
        if above is None:
            return ""
        if self._mends(mail, above) if mail.heading.numbered else mail.fixup:
            return "it is to be folded into another patch"
        if mail.heading.numbered:
            return ""
        if mail.heading.versioned or mail.heading.unread or not mail.place:
            return ""
        if above.place == 0 and above is self.parent(mail) and above.total <= 1:
            return ""  # the only patch below a cover letter
        if above.heading.numbered or above.heading.versioned or above.author.key != mail.author.key:
            return f"it follows up on `{above.heading.text}`, and does not say that it is a version"
        return ""

    def _mends(self, mail: ThreadMail, above: ThreadMail) -> bool:
        """Whether a patch mends the one that it answers, whose number it has."""
        own = (mail.place, self.version(mail))
        return mail.mends and not above.mends and own == (above.place, self.version(above))

    def _is_older(self, mail: ThreadMail, above: ThreadMail) -> bool:
        """Whether a patch says by itself that it is of a version before that which it answers."""
        named = mail.heading.versioned or mail.heading.numbered
        return named and self.version(mail) < above.heading.version

    def version(self, mail: ThreadMail) -> int:
        """What the subject says; without that, what cover letter or first patch above say; else 1.

        0 where it says something that is no version.
        """
        if mail.heading.versioned:
            return mail.heading.version
        if mail.heading.unread:
            return 0
        way = [mail]  # a patch may answer the one before it
        while (at := way[-1]) not in self._versions:
            above = self.parent(at)
            if above is None or not at.place or not _leads(above, at):
                self._versions[at] = 1
            elif above.heading.versioned:
                self._versions[at] = above.heading.version
            else:
                way.append(above)
        self._versions.update(dict.fromkeys(way, self._versions[at]))
        return self._versions[at]

    def root(self, mail: ThreadMail) -> str:
        """The id of the topmost mail above that is of the same posting; known or not."""
        way, at = [mail], mail
        seen = {mail}
        while at not in self._roots:
            above = self._of_same_posting(at)
            if above is None or above in seen:
                break
            at = above
            way.append(at)
            seen.add(at)
        found = self._roots.get(at)
        if found is None:
            found = at.message_id if not at.above or self.parent(at) else at.above[0]
        self._roots.update(dict.fromkeys(way, found))
        return found

    def _of_same_posting(self, mail: ThreadMail) -> ThreadMail | None:
        above = self.nearest(mail)
        if above is None or above.version != mail.version:
            return None
        said, other = mail.heading, above.heading
        if other.numbered and not said.numbered and above.total > 1:
            return None
        if (said.rfc, said.again) != (other.rfc, other.again):
            return None
        # One that is sent later, as 3/2, or below an answer of somebody's.
        later = said.number > said.total or mail.author.key == above.author.key
        return above if later or above is self.parent(mail) else None


def _leads(above: ThreadMail, mail: ThreadMail) -> bool:
    """Whether ``above`` is the cover letter of the patch ``mail``, or a patch in front of it."""
    if above.place == 0:
        return True
    before = above.place is not None and above.place < mail.heading.number
    return before and above.heading.total == mail.heading.total
