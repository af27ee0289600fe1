# SPDX-License-Identifier: GPL-2.0-or-later
"""What a version changed, from the tasks that it settled and the answers given before it; pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from refseries.mail import address
from refseries.model import Identity, Series, number_of
from refseries.review.listing import people, select
from refseries.review.model import UNFINISHED, Kind, Review, State, Task

WIDTH = 72

# A commit for git's autosquash has the subject of the patch that it goes into, which does not say
# what changed.
_REPEATED = re.compile(r"(?:fixup|squash|amend)! ")
_PREFIX = re.compile(r"^([A-Za-z0-9_./,-]+: )+")
# What comes behind a change, and in which order.
_TITLES = {
    State.ANSWERED: "Answered",
    State.DECLINED: "Not done",
    State.OBSOLETE: "No longer relevant",
    State.OPEN: "Still open",
}
_STILL_OPEN = re.compile(rf"^{_TITLES[State.OPEN]}:\n((?:(?:- .*|  .*)?(?:\n|\Z))*)", re.M)


@dataclass(frozen=True)
class Credit:
    """Somebody who asked for it, and where; ``link`` may be empty."""

    name: str
    link: str


@dataclass(frozen=True)
class ChangelogEntry:
    """One line of the changelog.

    Attributes:
        state: ``settled``: a change. Otherwise what became of the point instead; ``open`` stands
            for ``started`` as well.
        text: what was changed, or the point.
        why: the answer or the reason; empty for a change.
        tasks: ids of the tasks that it is about.
        patch: file name of the version's patch that it changes; empty for the cover letter.
    """

    state: State
    text: str
    credits: tuple[Credit, ...]
    tasks: tuple[str, ...]
    why: str = ""
    patch: str = ""


@dataclass(frozen=True)
class Changelog:
    """The changes of a version.

    Attributes:
        posted: a link to the version before, or empty.
        rebased: the base that it stands on, where the version before does not; else empty.
    """

    version: str
    before: str
    posted: str
    entries: tuple[ChangelogEntry, ...]
    subjects: Mapping[str, str] = field(default_factory=dict)
    rebased: str = ""


def changelog_of(
    series: Series,
    reviews: Sequence[Review],
    version: str,
    fixups: Mapping[str, str],
    patch_of: Mapping[str, str],
    subjects: Mapping[str, str],
) -> Changelog:
    """The changelog of ``version``, which need not be in the series yet.

    Tasks that one fixup settles share a line. What was answered, declined or dropped stands in the
    first version that came after it; what is still open, in every version until it is not.

    Args:
        fixups: the subject of each fixup of the version.
        patch_of: for each task id, the patch that it changed; ids may be missing.
        subjects: the subject of each patch, by file name.
    """
    before = series.before(number_of(version))
    changes: dict[str, list[tuple[Review, Task]]] = {}
    rest = []
    for review, task in select(reviews):
        if task.settled_in == version:
            changes.setdefault(task.fixup or task.id, []).append((review, task))
        elif _belongs(series, review, task, version):
            rest.append((review, task))
    order = {name: position for position, name in enumerate(fixups)}
    named = sorted(changes.items(), key=lambda item: order.get(item[0], len(order)))
    entries = [
        _change(fixups.get(name, ""), group, series.identity, patch_of) for name, group in named
    ]
    entries += [
        _rest(review, task, series.identity, patch_of)
        for state in _TITLES
        for review, task in rest
        if _state(task) is state and not task.merged_into
    ]
    last = before[-1] if before else None
    return Changelog(
        version=version,
        before=last.name if last else "",
        posted=address.archived(last.message_id) if last and last.message_id else "",
        entries=tuple(entries),
        subjects=subjects,
    )


def no_longer_open(text: str, reviews: Sequence[Review], version: str) -> tuple[Task, ...]:
    """The tasks that a changelog of ``version``, kept as text, calls still open and that are not.

    Found are those whose summary stands there as ``as_mail`` writes it.
    """
    listed = "\n".join(_STILL_OPEN.findall(text))
    items = [" ".join(item.split()) for item in re.split(r"^- ", listed, flags=re.M)]

    def is_listed(task: Task) -> bool:
        wanted = " ".join(_capital(task.summary).split())
        return any(item == wanted or item.startswith(f"{wanted} (") for item in items)

    def is_done(task: Task) -> bool:
        settled = number_of(task.settled_in or "v0") if task.state is State.SETTLED else 0
        return (
            task.state not in UNFINISHED and not task.merged_into and settled <= number_of(version)
        )

    return tuple(task for _r, task in select(reviews) if is_done(task) and is_listed(task))


def _state(task: Task) -> State:
    return State.OPEN if task.state in UNFINISHED else task.state


def _belongs(series: Series, review: Review, task: Task, version: str) -> bool:
    """Whether ``version`` has to say something about a task that it did not settle."""
    number = number_of(version)
    if task.state is State.SETTLED or number_of(task.raised_on) >= number:
        return False
    # A mail that came after a version was out could not be answered by it.
    later = [
        each.number
        for each in series.versions
        if each.number > number_of(task.raised_on) and each.date >= review.date
    ]
    first = min(later, default=series.versions[-1].number + 1)
    return number >= first if task.state in UNFINISHED else number == first


def _change(
    subject: str,
    group: Sequence[tuple[Review, Task]],
    ours: Identity,
    patch_of: Mapping[str, str],
) -> ChangelogEntry:
    _review, first = group[0]
    subject = "" if _REPEATED.match(subject) else subject
    text = _PREFIX.sub("", subject) or first.summary
    if not subject and first.kind in (Kind.BUG, Kind.BUILD):
        text = f"Fix: {text}"
    return ChangelogEntry(
        state=State.SETTLED,
        text=_capital(text),
        credits=_credits(group, ours),
        tasks=tuple(task.id for _review, task in group),
        patch=next((patch_of[task.id] for _r, task in group if task.id in patch_of), ""),
    )


def _rest(
    review: Review, task: Task, ours: Identity, patch_of: Mapping[str, str]
) -> ChangelogEntry:
    return ChangelogEntry(
        state=_state(task),
        text=_capital(task.summary),
        credits=_credits([(review, task)], ours),
        tasks=(task.id,),
        why="" if task.state in UNFINISHED else task.answer.strip(),
        patch=patch_of.get(task.id, ""),
    )


def _credits(group: Sequence[tuple[Review, Task]], ours: Identity) -> tuple[Credit, ...]:
    """Whoever asked, once each; what we found ourselves is nobody's merit."""
    found: dict[str, str] = {}
    for review, task in group:
        for person in people(task):
            if person.key != ours.key:
                link = review.link if person.key == review.reviewer.key else ""
                found[person.name] = found.get(person.name) or link
    return tuple(Credit(name, link) for name, link in found.items())


def _capital(text: str) -> str:
    """A capital in front, unless the first word is a name out of the code."""
    first = text.split(" ", 1)[0]
    plain = re.fullmatch(r"[a-z][a-z'-]*[,:;.]?", first)
    return text[:1].upper() + text[1:] if plain else text


def as_mail(changelog: Changelog, *, per_patch: bool = False) -> str:
    """The changelog as a cover letter has it, 72 columns wide."""
    notes = _Notes()
    parts = []
    for title, entries in _parts(changelog, per_patch):
        lines = [f"{title}:", ""] if title else []
        lines += [line for entry in entries for line in _mail_entry(entry, notes)]
        parts.append("\n".join(lines))
    moved = [f"- Rebased onto {changelog.rebased}."] if changelog.rebased else []
    tail = [f"- Link to {changelog.before}: {changelog.posted}"] if changelog.posted else []
    head = f"Changes in {changelog.version}:\n\n"
    if per_patch:
        body = [*moved, *parts, *tail]
    elif any(entry.state is State.SETTLED for entry in changelog.entries):
        body = ["\n".join([parts[0], *moved, *tail]), *parts[1:]]
    else:  # what was answered or is open changes nothing
        body = ["\n".join([*moved, *tail]), *parts]
    found = [part for part in (*body, notes.text()) if part]
    return head + "\n\n".join(found or ["- Nothing that a task asked for"]) + "\n"


class _Notes:
    """Links, numbered in the order in which they are first used."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, credit: Credit) -> str:
        if not credit.link:
            return credit.name
        number = self._numbers.setdefault(credit.link, len(self._numbers) + 1)
        return f"{credit.name} [{number}]"

    def text(self) -> str:
        return "\n".join(f"[{number}] {link}" for link, number in self._numbers.items())


def _mail_entry(entry: ChangelogEntry, notes: _Notes) -> list[str]:
    names = ", ".join(notes.mark(credit) for credit in entry.credits)
    text = f"{entry.text} ({names})" if names else entry.text
    lines = textwrap.wrap(
        text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    if entry.why:
        lines += [f"  {line}".rstrip() for line in _first_paragraph(entry.why, WIDTH - 2)]
    return lines


def _first_paragraph(text: str, width: int) -> list[str]:
    first = text.split("\n\n", 1)[0]
    return textwrap.wrap(
        " ".join(first.split()), width, break_long_words=False, break_on_hyphens=False
    )


def _parts(changelog: Changelog, per_patch: bool) -> list[tuple[str, list[ChangelogEntry]]]:
    """Titles and entries: the changes first, without a title or by patch, then the rest."""
    changes = [entry for entry in changelog.entries if entry.state is State.SETTLED]
    parts: list[tuple[str, list[ChangelogEntry]]] = []
    if per_patch:
        for name, subject in changelog.subjects.items():
            if fitting := [entry for entry in changes if entry.patch == name]:
                parts.append((subject, fitting))
        if general := [entry for entry in changes if entry.patch not in changelog.subjects]:
            parts.append(("Cover letter and series", general))
    elif changes:
        parts.append(("", changes))
    for state, title in _TITLES.items():
        if rest := [entry for entry in changelog.entries if entry.state is state]:
            parts.append((title, rest))
    return parts


def as_markdown(changelog: Changelog, *, per_patch: bool = False) -> str:
    """The changelog as Markdown, with the links in the text."""
    parts = [f"## Changes in {changelog.version}"]
    if changelog.rebased:
        parts.append(f"- Rebased onto {_markdown(changelog.rebased)}.")
    for title, entries in _parts(changelog, per_patch):
        if title:
            parts.append(f"### {_markdown(title)}")
        parts.append("\n".join(_markdown_entry(entry) for entry in entries))
    if not (changelog.entries or changelog.rebased):
        parts.append("- Nothing that a task asked for")
    if changelog.posted:
        parts.append(f"Link to {changelog.before}: <{changelog.posted}>")
    return "\n\n".join(parts) + "\n"


def _markdown_entry(entry: ChangelogEntry) -> str:
    names = ", ".join(
        f"[{_markdown(credit.name)}]({credit.link})" if credit.link else _markdown(credit.name)
        for credit in entry.credits
    )
    text = f"- {_markdown(entry.text)}" + (f" ({names})" if names else "")
    if entry.why:
        text += "  \n  " + _markdown(" ".join(_first_paragraph(entry.why, WIDTH)))
    return text


def _markdown(text: str) -> str:
    """``text`` with the characters escaped that mean something in Markdown; not in a_name."""
    return re.sub(r"([\\`*\[\]<>|]|(?<!\w)_|_(?!\w))", r"\\\1", text)


def as_json(changelog: Changelog) -> dict[str, Any]:
    """The changelog as data."""
    return {
        "schema": 1,
        "version": changelog.version,
        "before": changelog.before or None,
        "link": changelog.posted or None,
        "rebased": changelog.rebased or None,
        "entries": [
            {
                "state": entry.state,
                "text": entry.text,
                "why": entry.why or None,
                "credits": [
                    {"name": each.name, "link": each.link or None} for each in entry.credits
                ],
                "tasks": list(entry.tasks),
                "patch": entry.patch or None,
            }
            for entry in changelog.entries
        ],
    }
