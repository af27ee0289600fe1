# SPDX-License-Identifier: GPL-2.0-or-later
"""Tags that reviewers gave to earlier versions, and which of them the next version has.

A tag goes to the patch that it was given to, one for the cover letter to all patches. It holds for
the code that its giver saw: where the patch changed in substance (see ``series.substance``), it is
dropped, and told with what changed. Another commit message alone drops none. What says where a
patch comes from or what it fixes (``trailers.tells``) stays true of it.
Source: Documentation/process/submitting-patches.rst, on tags of earlier versions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from refseries.importing import reply_trailers
from refseries.model import Identity, Series, Version
from refseries.review import taken_back
from refseries.review.model import COVER, Review, Trailer
from refseries.series import patches, substance, trailers
from refseries.series.patches import Patch

_LIKE = 0.5
"""Part of the changed lines that two patches share before one is taken for the other."""

TAKEN_BACK = "its giver took it back"
"""Why a tag goes nowhere that its giver does not stand by any more."""


class TagOutcome(StrEnum):
    """What becomes of a tag: ``stale`` is one that stands there although the patch changed."""

    ADDED = "added"
    DROPPED = "dropped"
    STALE = "stale"


@dataclass(frozen=True)
class TagFate:
    """What became of a tag; one that holds and stands there already has none.

    Attributes:
        tag: the line.
        version: the one that it was given to.
        given_to: the subject of its patch; ``cover`` for all of them, empty where that is unknown.
        patch: subject of the patch of the next version; empty where there is none.
        why: empty for one that was added to a patch that is the same.
        change: lines that show what changed in substance.
    """

    tag: str
    version: str
    given_to: str
    patch: str
    outcome: TagOutcome
    why: str = ""
    change: tuple[str, ...] = ()


@dataclass(frozen=True)
class Carried:
    """The messages of the next version's patches with their tags, in order, and what was done."""

    messages: tuple[str, ...]
    fates: tuple[TagFate, ...] = ()


@dataclass(frozen=True)
class CarryRequest:
    """How tags are carried.

    Attributes:
        number: of the next version; what was given to earlier ones counts.
        keep: tags hold although a patch changed.
        remove: take those that do not hold out of the messages. Without, they stay there and are
            named, as the message is the author's own.
        follows: places in the next version, by the name of the patch of the newest version that
            each was made of.
        rewritten: places whose message was written anew; no tag of the old message is put there.
        signer: whose sign-off stays the last trailer.
    """

    number: int
    keep: bool = False
    remove: bool = False
    follows: Mapping[str, int] = field(default_factory=dict)
    rewritten: Collection[int] = ()
    signer: Identity | None = None


@dataclass(frozen=True)
class _Claim:
    """That a patch of the next version has a tag.

    Attributes:
        old: the patch that its giver saw; None where he saw none of it.
        in_message: it stands in the message of the version before.
        nowhere: why no patch gets it.
        when: its mail is from; None for what stands in a message.
    """

    line: str
    version: str
    given_to: str
    old: Patch | None
    in_message: bool = False
    nowhere: str = "the patch is gone"
    when: datetime | None = None


def carry(
    series: Series, reviews: Sequence[Review], new: Sequence[Patch], request: CarryRequest
) -> Carried:
    """Find which tags ``new`` gets.

    Args:
        new: the patches of the next version as they are now.

    Raises:
        SeriesError: a patch of an earlier version cannot be read.
    """
    claims: list[dict[str, list[_Claim]]] = [{} for _ in new]
    fates: list[TagFate] = []
    for place, claim in _claims(series, reviews, new, request):
        if place is None:
            where = (claim.version, claim.given_to, "")
            fates.append(TagFate(claim.line, *where, TagOutcome.DROPPED, claim.nowhere))
        else:
            claims[place].setdefault(trailers.bare(claim.line), []).append(claim)
    back = _taken_back(series, reviews, new, request)
    messages = []
    for at, patch in enumerate(new):
        lasting = {key: them[-1] for key, them in claims[at].items() if trailers.tells(key)}
        others = {key: them for key, them in claims[at].items() if key not in lasting}
        message, told = _with_holding(at, patch, others, request, back[at])
        missing = _missing(message, lasting)
        messages.append(_added(message, (one.line for one in missing), request))
        fates += told
        fates += [_fate(one, patch, TagOutcome.ADDED) for one in missing]
    return Carried(tuple(messages), tuple(dict.fromkeys(fates)))


def _claims(
    series: Series, reviews: Sequence[Review], new: Sequence[Patch], request: CarryRequest
) -> _Claims:
    """What earlier versions and their reviewers claim, version by version."""
    earlier = series.before(request.number)
    for version in earlier:
        newest = version is earlier[-1]
        given = [
            (review, trailer)
            for review in reviews
            if review.version == version.name
            for trailer in review.trailers
        ]
        if not given and not newest:
            continue
        # As b4 has them: those for the patch before those for all.
        given.sort(key=lambda one: one[1].patch == COVER)
        refused = [(review, trailer, _nobody_vouches(review, trailer)) for review, trailer in given]
        for _review, trailer, why in refused:
            if why:
                yield None, _Claim(_line(trailer), version.name, "", None, nowhere=why)
        old = patches.read_all(version.patches)
        places = counterparts(old, new, request.follows if newest else {})
        if newest:
            yield from _standing(version, old, places)
        for review, trailer, why in refused:
            if not why:
                for at, claim in _given(version, old, places, trailer, len(new)):
                    yield at, replace(claim, when=review.date)


def _taken_back(
    series: Series, reviews: Sequence[Review], new: Sequence[Patch], request: CarryRequest
) -> list[dict[str, datetime]]:
    """Who took his tags back last, and when, for each of the next version's patches."""
    found: list[dict[str, datetime]] = [{} for _ in new]
    versions = {version.name: version for version in series.before(request.number)}
    newest = next(reversed(versions), "")
    for one in taken_back.find(reviews):
        if one.version not in versions:
            continue
        paths = versions[one.version].patches
        follows = request.follows if one.version == newest else {}
        of_all = counterparts(patches.read_all(paths), new, follows)
        places = [at for path, at in zip(paths, of_all, strict=True) if path.name == one.patch]
        for at in places or range(len(new)):
            if at is not None:
                found[at][one.email] = max(one.when, found[at].get(one.email, one.when))
    return found


def counterparts(
    old: Sequence[Patch], new: Sequence[Patch], follows: Mapping[str, int]
) -> list[int | None]:
    """The place in ``new`` of what each of ``old`` became.

    It is the same in substance, else of that subject, else nobody's and more like it than not: a
    patch may get another title and other code at once.
    """
    found = [_counterpart(one, new, follows) for one in old]
    if None not in found:
        return found
    lost = {at: substance.changed_lines(one) for at, one in enumerate(old) if found[at] is None}
    free = {at: substance.changed_lines(one) for at, one in enumerate(new) if at not in found}
    like = {
        (place, at): substance.likeness(mine, theirs)
        for place, mine in lost.items()
        for at, theirs in free.items()
    }
    for place, at in sorted(like, key=lambda pair: -like[pair]):  # the most alike choose first
        if like[place, at] > _LIKE and found[place] is None and at not in found:
            found[place] = at
    return found


def _counterpart(old: Patch, new: Sequence[Patch], follows: Mapping[str, int]) -> int | None:
    told = follows.get(old.path.name)
    same = [at for at, patch in enumerate(new) if substance.is_same(old, patch)]
    named = [at for at, patch in enumerate(new) if patch.subject == old.subject]
    both = [at for at in same if at in named]
    found = [*both, *same, *([] if told is None else [told]), *named]
    return told if told in same else next(iter(found), None)


_Claims = Iterator[tuple[int | None, _Claim]]


def _standing(version: Version, old: Sequence[Patch], places: Sequence[int | None]) -> _Claims:
    """What stands in the messages of the version before."""
    for patch, at in zip(old, places, strict=True):
        for line in trailers.vouching(patch.message):
            yield at, _Claim(line, version.name, patch.subject, patch, in_message=True)


def _given(
    version: Version,
    old: Sequence[Patch],
    places: Sequence[int | None],
    trailer: Trailer,
    count: int,
) -> _Claims:
    """What a mail gives to a patch, or with the cover letter to all."""
    line = _line(trailer)
    if trailer.patch == COVER or (not trailer.patch and len(old) == 1):
        for at in range(count):
            seen = old[places.index(at)] if at in places else None
            yield at, _Claim(line, version.name, COVER, seen)
        return
    for patch, place in zip(old, places, strict=True):
        if patch.path.name == trailer.patch:
            yield place, _Claim(line, version.name, patch.subject, patch)
            return
    nowhere = "its mail does not say which patch it is for"
    yield None, _Claim(line, version.name, "", None, nowhere=nowhere)


def _nobody_vouches(review: Review, trailer: Trailer) -> str:
    """Why a trailer goes into no patch, whatever that does; empty when it may."""
    line = _line(trailer)
    if not (trailers.vouches(line) or trailers.tells(line)):
        return "it says nothing for the patch"
    if trailers.tells(line):
        from refseries.review.reading import automatic

        if automatic.is_program(review.reviewer):
            return "a program asks for it in a fix of its own"
    if trailers.names_nobody(line):
        return ""
    if not reply_trailers.vouches(review.reviewer, trailer.value):
        return f"it names somebody else than {review.reviewer.email}, who wrote the mail"
    return ""


def _line(trailer: Trailer) -> str:
    return f"{trailer.name}: {trailer.value}"


def _fate(
    claim: _Claim, patch: Patch, outcome: TagOutcome, why: str = "", old: Patch | None = None
) -> TagFate:
    """What became of a tag at ``patch``; ``old``: what that is to be compared with."""
    change = substance.difference(old, patch) if old else ()
    where = (claim.version, claim.given_to, patch.subject)
    return TagFate(claim.line, *where, outcome, why, change)


def _with_holding(
    at: int,
    patch: Patch,
    claims: Mapping[str, Sequence[_Claim]],
    request: CarryRequest,
    back: Mapping[str, datetime],
) -> tuple[str, list[TagFate]]:
    """The message of a patch with the tags that hold, and what was done."""
    there = {trailers.bare(line): line for line in trailers.vouching(patch.message)}
    anew = at in request.rewritten
    add, out, fates = [], [], []
    for key, them in claims.items():
        if _is_back(key, them, back):
            stays = key in there and not request.remove
            outcome = TagOutcome.STALE if stays else TagOutcome.DROPPED
            fate: TagFate | None = _fate(them[-1], patch, outcome, TAKEN_BACK)
        else:
            fate = _decide(patch, them, request, stands=key in there, anew=anew)
        if fate is None:
            continue
        fates.append(fate)
        if fate.outcome is TagOutcome.ADDED:
            add.append(fate.tag)
        elif fate.outcome is TagOutcome.DROPPED and key in there:
            out.append(there[key])
    return _added(trailers.remove(patch.message, out), add, request), fates


def _is_back(key: str, claims: Sequence[_Claim], back: Mapping[str, datetime]) -> bool:
    """Whether the giver of a tag took it back and did not give it again."""
    when = back.get(key.rpartition(": ")[2])
    return when is not None and all(one.when is None or one.when <= when for one in claims)


def _decide(
    patch: Patch, claims: Sequence[_Claim], request: CarryRequest, *, stands: bool, anew: bool
) -> TagFate | None:
    """What becomes of one tag; None where it stands there and holds.

    Args:
        claims: of this tag, the oldest first.
        stands: the message of the patch has it.
        anew: that message was written anew.
    """
    last = claims[-1]
    if _is_author(patch, last.line):
        why = "its giver is the author"
        return None if stands else _fate(last, patch, TagOutcome.DROPPED, why)
    usable = [one for one in claims if not (one.in_message and anew)]
    for one in usable:
        if one.old and substance.is_same(one.old, patch):
            return None if stands else _fate(one, patch, TagOutcome.ADDED)
    why = "the patch changed" if last.old else "the patch is new since"
    if request.keep and usable:
        first, why = usable[0], f"{why}; kept as asked for"
        if stands:
            return _fate(first, patch, TagOutcome.STALE, why, first.old)
        return _fate(first, patch, TagOutcome.ADDED, why)
    if not usable and not stands:
        why = "its message was written anew without it"
        return _fate(last, patch, TagOutcome.DROPPED, why)
    outcome = TagOutcome.STALE if stands and not request.remove else TagOutcome.DROPPED
    return _fate(last, patch, outcome, why, last.old)


def _missing(message: str, lasting: Mapping[str, _Claim]) -> list[_Claim]:
    """Of what is true of a patch whatever its code is, that which its message does not say."""
    said = {trailers.bare(line) for line in message.split("\n")}
    return [claim for key, claim in lasting.items() if key not in said]


def _added(message: str, lines: Iterable[str], request: CarryRequest) -> str:
    signed = request.signer
    mine = f"Signed-off-by: {signed.name} <{signed.email}>" if signed else ""
    return trailers.add(message, lines, mine)


def _is_author(patch: Patch, line: str) -> bool:
    """Whether a tag is by the author of the patch, who cannot review it himself."""
    return trailers.bare(line).endswith(f": {patch.author.email.casefold()}")
