# SPDX-License-Identifier: GPL-2.0-or-later
"""A version as the mails that go to the list, in files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from refseries import git
from refseries.errors import HostError, SeriesError
from refseries.git import identity
from refseries.host import clock
from refseries.host.files import write_atomically
from refseries.host.progress import Say
from refseries.host.scratch import scratch_folder, sweep
from refseries.mail import address, write
from refseries.mail.format import Format
from refseries.mail.outgoing import Outgoing
from refseries.model import Applied, BaseInfo, Identity, Series, Target, Version
from refseries.posting import (
    base_scripts,
    basis,
    compose,
    fetched,
    maintainers,
    recipients,
    sign,
    thread,
)
from refseries.posting.model import Posting
from refseries.posting.recipients import RecipientSources, SuppressCc
from refseries.review import news
from refseries.review import store as reviews
from refseries.review.model import Review
from refseries.series import apply, cover, patches, store

if TYPE_CHECKING:
    from refseries.git.rangediff import Unpaired

_LINK = re.compile(r"^- Link to v\d+: \S+$", re.M)


@dataclass(frozen=True)
class ExportRequest:
    """How the mails of a version shall be.

    Attributes:
        version: name of the version.
        to, cc: whom they go to beside those of series.toml.
        date: of the first mail; None: of the first patch, the version's own, so that the same
            version gives the same mails.
        cover: whether there is a cover letter; None: for more than one patch.
        in_reply_to: message id that the first mail answers.
        range_diff: name of an earlier version to compare with.
        creation_factor: of that, as for rangediff.between; None: as for one series.
        ask_maintainers: whether get_maintainer.pl is asked.
        suppress: who gets no copy.
        sign: whether the sender signs each mail.
        results: gives what the cover letter says of the version's tests; nothing by default.
    """

    version: str
    to: tuple[Identity, ...] = ()
    cc: tuple[Identity, ...] = ()
    date: datetime | None = None
    cover: bool | None = None
    in_reply_to: str = ""
    rfc: bool = False
    resend: bool = False
    range_diff: str | None = None
    creation_factor: int | None = None
    ask_maintainers: bool = True
    suppress: frozenset[SuppressCc] = frozenset()
    sign: bool = False
    results: Callable[[], str] = str


@dataclass(frozen=True)
class Mails:
    """The mails of a version, ready to be written: what they say, and as bytes.

    Attributes:
        reviews: those of the series, from which some of the recipients are.
    """

    posting: Posting
    outgoing: tuple[Outgoing, ...]
    raw: tuple[bytes, ...]
    reviews: tuple[Review, ...] = ()


def moment(text: str) -> datetime:
    """The time that ``--date`` means: ``now``, or an ISO 8601 time with its offset from UTC.

    Raises:
        SeriesError: it is neither.
    """
    if text == "now":
        return clock.now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1 < found.year < 9999:
        raise SeriesError(
            f"`{text}` is no time with an offset from UTC.",
            where="--date",
            hint="Write it as 2026-11-24T10:00:00Z, or now.",
        )
    return found


def message_id(text: str) -> str:
    """A message id as ``--in-reply-to`` has it: with or without its brackets, or in a link.

    Raises:
        SeriesError: it is none.
    """
    found = text.rstrip("/").rpartition("/")[2] if "://" in text else text
    found = found.removeprefix("<").removesuffix(">")
    if not re.fullmatch(r"[!-;=?-~]+@[!-;=?-~]+", found):
        raise SeriesError(
            f"`{text}` is no message id.",
            where="--in-reply-to",
            hint="Write it as 20261120-name-v3-0-0123456789ab@example.org.",
        )
    return found


def make(series: Series, base: BaseInfo, cache: Path, request: ExportRequest, say: Say) -> Mails:
    """Compose the mails of a version. Nothing is written but what the cache keeps.

    Args:
        cache: as for ``apply``.

    Raises:
        StageError: the version does not apply, or a tool failed.
        SeriesError: the version, its cover letter or an option is wrong.
        HostError: git does not know who sends, or there is no key to sign with.
    """
    posting, known = _posting(series, base, cache, request, say)
    outgoing = thread.arrange(posting, compose.letters(posting))
    raw = tuple(map(write.to_bytes, outgoing))
    if request.sign:
        raw = tuple(sign.sign(mail, series.root, posting.sender.email) for mail in raw)
    return Mails(posting, outgoing, raw, known)


def _posting(
    series: Series, base: BaseInfo, cache: Path, request: ExportRequest, say: Say
) -> tuple[Posting, tuple[Review, ...]]:
    """What the mails are made of, and the reviews of the series."""
    version = store.version(series, request.version)
    sender = identity.sender(series.root)
    letter = letter_of(series, version)
    say(f"Applying {version.name}")
    applied = apply.apply(series, base, Target(version.name), cache)
    own = base.of(version.name)
    read = patches.read_all(version.patches)
    known = reviews.load(series)
    people = recipients.recipients_of(
        series,
        RecipientSources(
            version=version,
            text=letter.text,
            patches=read,
            reviews=known,
            to=request.to,
            cc=request.cc,
            maintainers=_maintainers(series, own, cache, read, request, say),
            sender=sender,
            suppress=request.suppress,
        ),
    )
    range_diff, unpaired = _range_diff(series, base, cache, request, applied)
    fetch, unnamed = fetched.told(series, own, version, letter.text, read, applied, sender)
    posted = posted_before(series, version)
    with_cover = len(read) > 1 if request.cover is None else request.cover
    posting = Posting(
        number=version.number,
        title=letter.title,
        text=letter.text,
        changes=with_links(version, letter, posted),
        patches=read,
        basis=basis.base_lines(series, own),
        diffstat=_diffstat(own, applied, cache / series.name / "mail"),
        change_id=change_id(series),
        sender=sender,
        stand_in=series.identity,
        # The first patch has the version's date; a cover letter goes before it.
        date=request.date or version.date - timedelta(seconds=with_cover),
        cover=with_cover,
        to=people.to,
        cc=people.cc,
        joined=people.joined,
        prefixes=_prefixes(series, request),
        in_reply_to=request.in_reply_to,
        history=posted,
        range_diff=range_diff,
        unpaired=unpaired,
        results=request.results(),
        fetch=fetch,
        unnamed=unnamed,
    )
    return posting, known


def _prefixes(series: Series, request: ExportRequest) -> tuple[str, ...]:
    """In b4's order: what kind of posting it is, then the tree that it is for."""
    kind = {"RFC": request.rfc, "RESEND": request.resend}
    return (*(word for word, wanted in kind.items() if wanted), *series.prefixes)


def letter_of(series: Series, version: Version) -> cover.Cover:
    """The cover letter of ``version``, with the changelog of its tasks if it has none of its own.

    Raises:
        SeriesError: a file of the series is wrong.
    """
    letter = cover.read(version.cover)
    if version == series.versions[0] or letter.changes_of(version.number)[0]:
        return letter
    said = (news.text(series, version.name).strip("\n"), letter.changes)
    return replace(letter, changes="\n\n".join(filter(None, said)))


def posted_before(series: Series, version: Version) -> dict[str, str]:
    """Message ids of the versions before ``version`` that were posted, the newest first."""
    before = reversed(series.before(version.number))
    return {each.name: each.message_id for each in before if each.message_id}


def _maintainers(
    series: Series,
    base: BaseInfo,
    cache: Path,
    read: Sequence[patches.Patch],
    request: ExportRequest,
    say: Say,
) -> tuple[Identity, ...]:
    if not request.ask_maintainers or request.suppress & {SuppressCc.CCCMD, SuppressCc.ALL}:
        return ()
    return maintainers.maintainers_of(
        base, [patch.diff for patch in read], cache / series.name / "mail", say
    )


def change_id(series: Series) -> str:
    """The series' own, else the one that its newest import came with.

    Without any, one that follows from its name and the date of its first version.
    """
    imported = [version.change_id for version in reversed(series.versions) if version.change_id]
    if known := [name for name in (series.change_id, *imported) if name]:
        return known[0]
    first = series.versions[0]
    digest = hashlib.sha256(f"{series.name}\0{first.date.isoformat()}".encode()).hexdigest()
    return f"{first.date:%Y%m%d}-{series.name.replace('_', '-')}-{digest[:12]}"


def with_links(version: Version, letter: cover.Cover, posted: dict[str, str]) -> str:
    """The changelog, and a link to each former posting that the letter does not name already."""
    said = letter.text + letter.changes
    links = "\n".join(
        f"- Link to {name}: {link}"
        for name, message_id in posted.items()
        for link in [address.archived(message_id)]
        if message_id not in said and link.rpartition("/")[2] not in said
    )
    if not links:
        return letter.changes
    changes, older = letter.changes_of(version.number)
    changes = changes or f"Changes in {version.name}:"
    there = _LINK.findall(changes)
    if there:  # behind those, above the notes
        changes = changes.replace(there[-1], f"{there[-1]}\n{links}")
        return "\n\n".join(filter(None, (changes, older)))
    # A list goes on; anything else is a paragraph of its own.
    last = changes.rpartition("\n")[2]
    changes += f"\n{links}" if last.startswith(("- ", "  ")) else f"\n\n{links}"
    return f"{changes}\n\n{older}" if older else f"{changes}\n"


def _diffstat(base: BaseInfo, applied: Applied, cache: Path) -> str:
    """Of all patches together, kept in ``cache``: git goes through two whole trees for it."""
    words = (
        "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative",
        "--diff-algorithm=myers", "--find-renames", "--stat=72", "--summary", "-O/dev/null",
        base.commit, applied.commit, "--",
    )  # fmt: skip
    config = {"core.quotePath": "true", "diff.statGraphWidth": "40", "diff.renameLimit": "0"}

    def ask() -> list[str]:
        return (
            git.on_objects(base.repo, base.commit, *words, config=config)
            .stdout.rstrip()
            .split("\n")
        )

    name = base_scripts.key("diffstat", words, sorted(config.items()))
    return "\n".join(base_scripts.remembered(cache / f"{name}.json", ask))


def _range_diff(
    series: Series, base: BaseInfo, cache: Path, request: ExportRequest, applied: Applied
) -> tuple[str, tuple[str, ...]]:
    """The range-diff, and the patches that it could compare and does not."""
    name = request.range_diff
    if name is None:
        return "", ()
    from refseries.git import rangediff

    old = apply.apply(series, base, Target(store.version(series, name).name), cache)
    before, after = (rangediff.Range.of(each) for each in (old, applied))
    factor = request.creation_factor
    if factor is None:
        factor = rangediff.SAME_SERIES
    pairs = rangediff.between(base.repo, before, after, factor)
    apart = rangediff.unpaired(base.repo, before, after, pairs, factor)
    return (
        f"Range-diff against {name}:\n\n{rangediff.render(pairs)}",
        _apart(apart) if apart else (),
    )


def _apart(found: Unpaired) -> tuple[str, ...]:
    factor = f"--creation-factor={found.creation_factor} compares more."
    return tuple(
        f"`{gone}` is gone and {f'`{come}` ' if come != gone else ''}new: {factor}"
        for gone, come in found.subjects
    )


def save(mails: Mails, path: Path, form: Format) -> None:
    """Write the mails to ``path``, as a whole or not at all.

    A mailbox replaces what stood there. A folder is only made, or filled when it is empty.

    Raises:
        SeriesError: there is a folder with something in it, or a folder where a file shall be.
        HostError: there is no folder to write it in.
        OSError: it cannot be written.
    """
    if not path.absolute().parent.is_dir():
        raise HostError(
            "there is no folder to write it in.", where=str(path), hint="Make the folder first."
        )
    sweep(path.resolve().parent)
    if form is Format.MBOX:
        if path.is_dir():
            raise SeriesError(
                "is a folder.", where=str(path), hint="Name a file, or give --format maildir."
            )
        write_atomically(path.resolve(), write.mboxrd(mails.raw))
        return
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise SeriesError(
            "is there already, and would not be replaced.",
            where=str(path),
            hint="Name another folder, or remove it.",
        )
    path = path.resolve()
    with scratch_folder(path.parent) as scratch:
        scratch.chmod(0o755)
        folder = scratch
        if form is Format.MAILDIR:
            for name in ("cur", "new", "tmp"):
                (scratch / name).mkdir()
            folder = scratch / "new"
        for mail, raw in zip(mails.outgoing, mails.raw, strict=True):
            (folder / write.file_name(mail)).write_bytes(raw)
        scratch.replace(path)
