# SPDX-License-Identifier: GPL-2.0-or-later
"""Which mails make up one version, where several say that they do; pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field

from refseries.host.text import counted
from refseries.importing.thread_mail import ThreadMail
from refseries.importing.thread_tree import ThreadTree

_LATER = "it was sent again later"
_ANEW = "its author sent another of that name later"
_OTHER = "another mail is asked for"
_TORN = "its diff was damaged on its way, and it was sent again"
INCOMPLETE = "Get the whole thread: `b4 mbox MESSAGE-ID`, or the archive's mbox link."


@dataclass(frozen=True)
class Passed:
    """A mail that is passed over, and why."""

    mail: ThreadMail
    why: str


@dataclass(eq=False)
class Claimant:
    """Mails that say they are one version.

    Attributes:
        places: the one for each number, 0 for the cover letter.
        clash: mails that claim one number, where none gives way; the first two are told.
        passed: those that did.
        again: of these, those of an earlier posting of the same.
        borrowed: numbers of those that are the version's before.
        remarks: what a user should know of it.
        hint: what to do about one that is not complete.
    """

    version: int
    places: dict[int, ThreadMail] = field(default_factory=dict)
    clash: tuple[ThreadMail, ...] = ()
    passed: list[Passed] = field(default_factory=list)
    again: list[ThreadMail] = field(default_factory=list)
    borrowed: tuple[int, ...] = ()
    remarks: list[str] = field(default_factory=list)
    hint: str = INCOMPLETE

    @property
    def total(self) -> int:
        """How many patches it has; a cover letter that says another number than they is wrong."""
        return max([1, *(mail.total for mail in self.patches or self.places.values())])

    @property
    def missing(self) -> list[int]:
        """Numbers of patches that are not there."""
        return [number for number in range(1, self.total + 1) if number not in self.places]

    @property
    def whole(self) -> bool:
        """Whether all patches are there."""
        return not self.clash and not self.missing

    @property
    def first(self) -> ThreadMail:
        """The first of its own mails."""
        own = [number for number in self.places if number not in self.borrowed]
        return self.places[min(own or self.places)]

    @property
    def patches(self) -> tuple[ThreadMail, ...]:
        """Those that are there, in order."""
        return tuple(mail for number, mail in sorted(self.places.items()) if number)

    @property
    def problem(self) -> tuple[str, str]:
        """Why it cannot be taken, and what to do about it; of one that is not whole."""
        name = f"v{self.version}" if self.version else "it"
        if self.clash:
            one, other = self.clash[:2]
            differ = one.author.key != other.author.key
            named = (
                f"`{mail.heading.title}`{f' by {mail.author.name}' if differ else ''}"
                for mail in (one, other)
            )
            ids = [shlex.quote(f"<{mail.message_id}>") for mail in (one, other) if mail.message_id]
            by_id = f"Say which with `import SOURCE --mail`: {' or '.join(ids)}"
            return (
                f"two mails are patch {one.place} of {name}: {' and '.join(named)}.",
                f"{by_id if len(ids) > 1 else 'Leave one of the two series out'}; the mails are "
                f"{one.source} and {other.source}.",
            )
        gone = ", ".join(f"{number}/{self.total}" for number in self.missing[:10])
        more = f" and {len(self.missing) - 10} more" if len(self.missing) > 10 else ""
        return f"{name} is not complete: {gone}{more} of it is not there.", self.hint


def choose(
    mails: Sequence[ThreadMail],
    tree: ThreadTree,
    before: Claimant | None,
    others_have: Container[int] = (),
    asked: str = "",
) -> tuple[Claimant, list[Claimant]]:
    """The one series among ``mails``, which all say that they are one version; and the others.

    Args:
        before: the version before it, which a partial re-roll takes the rest from.
        others_have: the versions that have patches, and so cover letters of their own.
        asked: the id of a mail; a series that holds it is the one.
    """
    wanted = next((mail for mail in mails if asked and mail.message_id == asked), None)
    named = any(mail.place and says_version(mail) for mail in mails)
    claims = _claims(mails, lambda mail: (tree.root(mail), named and says_version(mail)), wanted)
    whole = _whole(claims, wanted)
    if not whole:
        claims = _put_together(mails, wanted)
        whole = _whole(claims, wanted)
    if whole:
        chosen = _one_of(whole)
    else:
        chosen = _only(mails, wanted) if len(claims) > 1 else claims[0]
        claims = [chosen]
        if before and not chosen.clash:
            _take_rest(chosen, before, tree)
    others = [
        claim
        for claim in claims
        if claim is not chosen and not _joins(claim, chosen) and not _mends(claim, chosen)
    ]
    _add_cover(chosen, others, tree, others_have)
    cover = chosen.places.get(0)
    if cover and chosen.whole and cover.heading.numbered and cover.total != chosen.total:
        count = counted(chosen.total, "patch", "patches")
        chosen.remarks.append(f"its cover letter says 0/{cover.total}, and it has {count}")
    return chosen, [claim for claim in others if claim.places]


def _whole(claims: Iterable[Claimant], wanted: ThreadMail | None) -> list[Claimant]:
    """Those that may be taken: with ``wanted``, the one that holds it."""
    return [
        claim
        for claim in claims
        if claim.whole and (wanted is None or wanted in claim.places.values())
    ]


def _claims(
    mails: Iterable[ThreadMail],
    key: Callable[[ThreadMail], object],
    wanted: ThreadMail | None,
) -> list[Claimant]:
    """The mails sorted by ``key``, and in each pile one for each number."""
    piles: dict[object, list[ThreadMail]] = {}
    for mail in mails:
        piles.setdefault((key(mail), mail.heading.rfc, mail.heading.again), []).append(mail)
    return [_only(pile, wanted) for pile in piles.values()]


def says_version(mail: ThreadMail) -> bool:
    """Whether a mail says by itself what version it is, and not only by where it stands."""
    said = mail.heading.versioned or bool(mail.heading.unread)
    return mail.version == 1 or said or not mail.place


def _put_together(mails: Sequence[ThreadMail], wanted: ThreadMail | None) -> list[Claimant]:
    """Mails that are in no thread with each other, put together by what their subjects say."""
    by_total = _claims(mails, lambda mail: mail.total, wanted)
    return by_total if _whole(by_total, wanted) else [_only(mails, wanted)]


def _only(mails: Sequence[ThreadMail], wanted: ThreadMail | None) -> Claimant:
    """One mail for each number: ``wanted``, and others by its author."""
    claim = Claimant(mails[0].version)
    numbers: dict[int, list[ThreadMail]] = {}
    for mail in mails:
        numbers.setdefault(mail.place or 0, []).append(mail)
    authors = [found[0].author.key for _, found in sorted(numbers.items()) if len(found) == 1][:1]
    if wanted is not None and wanted in mails:
        authors = [wanted.author.key]
    for number, found in sorted(numbers.items()):
        if wanted is not None and wanted in found:
            claim.places[number] = wanted
            _give_way(claim, found, wanted, _OTHER)
            continue
        newest = max(found, key=_soundest)
        if all(_same(mail, newest) for mail in found):
            claim.places[number] = newest
            _give_way(claim, found, newest, _LATER)
            claim.again += [mail for mail in found if mail is not newest]
            continue
        if all(mail is newest or _replaces(newest, mail) for mail in found):
            claim.places[number] = newest
            _give_way(claim, found, newest, _ANEW)
            continue
        ours = [mail for mail in found if mail.author.key in authors]
        if len(ours) != 1:
            claim.places[number] = newest
            other = next((mail for mail in found if not _same(mail, found[0])), newest)
            rest = (mail for mail in found if mail is not found[0] and mail is not other)
            claim.clash += (found[0], other, *rest)
            continue
        claim.places[number] = ours[0]
        why = f"`{ours[0].heading.text}` is by the author of the series"
        _give_way(claim, found, ours[0], why)
    return claim


def _give_way(claim: Claimant, found: Iterable[ThreadMail], chosen: ThreadMail, why: str) -> None:
    claim.passed += [Passed(mail, why) for mail in found if mail is not chosen]


def _same(one: ThreadMail, other: ThreadMail) -> bool:
    """Whether one is the other, sent again."""
    titles = one.heading.title.casefold() == other.heading.title.casefold()
    diffs = one.diff == other.diff
    if one.torn != other.torn:
        return titles
    if one.heading.again or other.heading.again:
        return titles or diffs
    return titles and diffs


def _replaces(one: ThreadMail, other: ThreadMail) -> bool:
    """Whether an author sent ``one`` in its thread, under the title of ``other``, in its place."""
    titles = one.heading.title.casefold() == other.heading.title.casefold()
    alike = titles and (one.author.key, one.total) == (other.author.key, other.total)
    return (
        alike and bool(one.above) and (other.message_id in one.above or _when(one) > _when(other))
    )


def _when(mail: ThreadMail) -> tuple[bool, float]:
    return (True, mail.date.timestamp()) if mail.date else (False, 0.0)


def _soundest(*mails: ThreadMail) -> tuple[bool, tuple[bool, float]]:
    """The later is the better, but for one that was damaged on its way."""
    return not any(mail.torn for mail in mails), _when(mails[0])


def _one_of(whole: Sequence[Claimant]) -> Claimant:
    """Of several series of one number, the one that says it before one that follows up on it, the
    real one before a request for comments, the larger before the smaller, and of the same sent
    twice the later.
    """
    named = [claim for claim in whole if all(map(says_version, claim.patches))] or whole
    real = [claim for claim in named if not claim.first.heading.rfc] or named
    most = max(len(claim.patches) for claim in real)
    largest = [claim for claim in real if len(claim.patches) == most]
    newest = max(largest, key=lambda claim: _soundest(claim.first, *claim.patches))
    for claim in largest:
        if not _posted_again(claim, newest):
            one, other = sorted((claim, newest), key=whole.index)
            newest.clash = (one.patches[0], other.patches[0])
            break
    return newest


def _posted_again(one: Claimant, other: Claimant) -> bool:
    return len(one.patches) == len(other.patches) and all(
        _same(mine, theirs) for mine, theirs in zip(one.patches, other.patches, strict=True)
    )


def _joins(claim: Claimant, chosen: Claimant) -> bool:
    """Whether ``claim`` is an earlier posting of ``chosen``; then its trailers count for it."""
    if not claim.whole or not chosen.whole or not _posted_again(claim, chosen):
        return False
    mails = claim.places.values()
    chosen.again += mails
    date = f"{chosen.first.date:%Y-%m-%d}" if chosen.first.date else "no date"
    chosen.remarks.append(f"it was posted more than once; taken is the posting of {date}")
    why = _LATER if _when(claim.first) <= _when(chosen.first) else "the one before it is whole"
    chosen.passed += [Passed(mail, _TORN if mail.torn else why) for mail in mails]
    return True


def _mends(claim: Claimant, chosen: Claimant) -> bool:
    """Whether ``claim`` is a piece of ``chosen``, sent again; its mails take the others' places."""
    if claim.whole or claim.clash or not chosen.whole or not claim.patches:
        return False
    if not all(_sent_again(mail, chosen) for mail in claim.patches):
        return False
    for number, mail in list(claim.places.items()):
        if not _sent_again(mail, chosen):
            continue
        before = chosen.places[number]
        newest = max((before, mail), key=_soundest)
        other = before if newest is mail else mail
        chosen.places[number] = newest
        if same := not number or _same(other, newest):
            chosen.again.append(other)
        why = _TORN if other.torn else _LATER if same else _ANEW
        chosen.passed.append(Passed(other, why))
        del claim.places[number]
    return not claim.places


def _sent_again(mail: ThreadMail, chosen: Claimant) -> bool:
    """Whether a mail is one of ``chosen`` once more, whether it says so or not."""
    return _same_title(mail, chosen) and (
        mail.heading.again or mail.heading.rfc == chosen.first.heading.rfc
    )


def _take_rest(claim: Claimant, before: Claimant, tree: ThreadTree) -> None:
    """Take what is missing from the version before, where each patch answers the one it is for.

    As b4 does it (``partial_reroll`` of LoreMailbox). One that answers another mail of that version
    has to have the title and the author of the one that it is for.
    """
    if not all(_answers(mail, before, tree) for mail in claim.patches):
        claim.hint = _may_be_partial(claim, before)
        return
    missing = claim.missing
    if not claim.patches or any(number not in before.places for number in missing):
        return
    cover = [0] if 0 in before.places and 0 not in claim.places else []
    claim.borrowed = (*cover, *missing)
    claim.places.update((number, before.places[number]) for number in claim.borrowed)
    listed = ", ".join(f"{number}/{claim.total}" for number in missing)
    of = f"v{before.version}'s"
    verb = "is" if len(missing) == 1 else "are"
    claim.remarks.append(f"it is a partial re-roll: {listed} {verb} {of}")


def _answers(mail: ThreadMail, before: Claimant, tree: ThreadTree) -> bool:
    """Whether a patch takes the place of one of the version before it."""
    place = (mail.heading.number, mail.heading.total)
    if any(place == (one.heading.number, one.heading.total) for one in tree.chain(mail)):
        return True
    above = tree.parent(mail)
    # What it answers itself: where that is not here, it may be the rest of the version.
    if above is None or above.message_id != mail.above[0] or not _same_title(mail, before):
        return False
    return tree.nearest(mail) in before.places.values()


def _same_title(mail: ThreadMail, before: Claimant) -> bool:
    one = before.places.get(mail.heading.number)
    return (
        one is not None
        and (one.author.key, one.total) == (mail.author.key, mail.total)
        and one.heading.title.casefold() == mail.heading.title.casefold()
    )


def _may_be_partial(claim: Claimant, before: Claimant) -> str:
    """What to do about one that looks like a partial re-roll, and answers nothing of it."""
    if 0 in claim.places or not all(_same_title(mail, before) for mail in claim.patches):
        return INCOMPLETE
    return (
        f"It looks like a partial re-roll of v{before.version}, which it does not answer. "
        f"{INCOMPLETE}"
    )


def _add_cover(
    chosen: Claimant, others: Sequence[Claimant], tree: ThreadTree, others_have: Container[int]
) -> None:
    """Find the cover letter of a series that stands without, as b4 does.

    It is what a patch answers, the one of an earlier posting of the same, or a cover letter of its
    version that stands apart.
    """
    if 0 in chosen.places:
        return
    for mail in chosen.patches:
        above = tree.parent(mail)
        if above is None or above.shows_diff or above.heading.reply:
            continue
        if above.version != chosen.version and above.version in others_have:
            continue
        if above.diffstat or (not above.above and above.author.key == mail.author.key):
            chosen.places[0] = above
            return
    if before := [mail for mail in chosen.again if mail.place == 0]:
        chosen.places[0] = max(before, key=_when)
        chosen.passed = [one for one in chosen.passed if one.mail is not chosen.places[0]]
        return
    apart = [
        claim
        for claim in others
        if not claim.patches
        and (claim.first.author.key == chosen.first.author.key or claim.total == chosen.total)
    ]
    if apart:
        found = max(apart, key=lambda claim: _when(claim.first))
        chosen.places[0] = found.places.pop(0)
        chosen.remarks.append("its cover letter is not in its thread")
