# SPDX-License-Identifier: GPL-2.0-or-later
"""Drafts into ``series/``: each that goes in whole, or all of them or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import parseaddr
from pathlib import Path

import tomlkit

from refseries import git
from refseries.errors import SeriesChangedError, SeriesError, StageError
from refseries.host import toml_edit
from refseries.host.progress import Say, silent
from refseries.host.transaction import Change
from refseries.importing import (
    base_choice,
    base_match,
    below,
    in_base,
    own_files,
    replacing,
    sent_by_b4,
)
from refseries.importing.base_match import Ground
from refseries.importing.below import Below
from refseries.importing.draft import ImportDraft
from refseries.kernel import version_base
from refseries.mail import shown, subjects
from refseries.model import BaseInfo, Commit, OwnBase, Series, Target, Version, number_of
from refseries.series import apply, format_patch, in_place, letter, store
from refseries.series import cover as covers
from refseries.series.rejected import DosLinesError

_NAME = re.compile(r"v([1-9][0-9]{0,3})")


@dataclass(frozen=True)
class Brought:
    """A version that is in the series now.

    Attributes:
        commits: its patches over ``base``.
        recipients: of the source, those that series.toml does not have.
    """

    version: Version
    draft: ImportDraft
    commits: tuple[Commit, ...]
    ground: Ground
    base: BaseInfo
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A version that did not go in, and why."""

    name: str
    error: SeriesError | StageError


@dataclass(frozen=True)
class ImportResult:
    """What an import came to.

    Attributes:
        known: versions that the series had already, as posted.
        sent_by_b4: message ids of versions that were not known as posted until now.
    """

    brought: tuple[Brought, ...]
    known: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    sent_by_b4: Mapping[str, str] = field(default_factory=dict)


def bring(
    series: Series,
    base: BaseInfo,
    drafts: Sequence[ImportDraft],
    cache: Path,
    name: str | None = None,
    say: Say = silent,
    *,
    strict: bool = False,
    told: BaseInfo | None = None,
    replaces: Version | None = None,
    beside: Callable[[Series, Series, Change], None] | None = None,
) -> ImportResult:
    """Add ``drafts`` to the series, each as the version that it is.

    Args:
        cache: as for ``apply``.
        name: the version to make of a single draft, instead of its own number.
        base: of the series. A draft that was made on another one keeps that as its own.
        strict: what one of them is refused for, all are.
        told: what the user says that they were made on.
        replaces: the newest version, in whose place the draft of that name goes; what its author
            wrote there and the draft does not bring stays: cover letter and notes.
        beside: makes what goes with it part of the change; is given the series before and after.

    Raises:
        SeriesChangedError: ``replaces`` is not what is there any more.
        SeriesError: every one of them is there already, or a draft has no number.
        StageError: of none of them the patches apply. Nothing is written then.
    """
    with store.changing(series, say) as (current, change):
        before = current
        current, old = _apart(current, replaces)
        refused: list[Refused] = []
        named = _name_all(current, drafts, name, refused)
        known = tuple(key for key, draft in named if _is_there(current, key, draft))
        new = [(key, draft) for key, draft in named if key not in known or len(named) == 1]
        if not new:
            raise _all_known(current, known)
        say("Applying")
        made: list[Brought] = []
        for key, draft in new:
            try:
                draft = _place_for(current, key, draft, old)
                made.append(_make(current, base, told, draft, change.folder / key, cache))
                base = _with_own(base, made[-1].version, made[-1].base)
            except (SeriesError, StageError) as error:
                if strict or len(new) == 1:
                    raise
                refused.append(Refused(key, error))
        if not made and not known:
            raise refused[0].error
        after = replace(current, versions=(*current.versions, *(each.version for each in made)))
        if beside is not None:
            beside(before, after, change)
        posted = sent_by_b4.keep(change, current.versions, [each.draft for each in made])
        return ImportResult(_put(change, series.root, made, old), known, tuple(refused), posted)


def _put(
    change: Change, root: Path, made: Sequence[Brought], old: Version | None
) -> tuple[Brought, ...]:
    """Each where it belongs, in the place of ``old`` if that is its; this ends the change."""
    places = [root / "series" / found.version.name for found in made]
    for found, place in zip(made, places, strict=True):
        in_place.put(change, found.version.path, place, old)
    change.commit()
    return tuple(
        replace(found, version=store.load_version(place))
        for found, place in zip(made, places, strict=True)
    )


def _apart(series: Series, old: Version | None) -> tuple[Series, Version | None]:
    """The series without the version ``old``, which it has."""
    if old is not None and old not in series.versions:
        raise SeriesChangedError(str(old.path))
    return replace(series, versions=tuple(v for v in series.versions if v != old)), old


def _place_for(series: Series, name: str, draft: ImportDraft, old: Version | None) -> ImportDraft:
    """The draft of the version called ``name``, for which there is a place."""
    if old is not None and old.name == name:
        return replacing.with_texts(draft, old)
    if (series.root / "series" / name).exists():
        raise _taken(series, name)
    return draft


def _name_all(
    series: Series, drafts: Sequence[ImportDraft], name: str | None, refused: list[Refused]
) -> list[tuple[str, ImportDraft]]:
    if name is not None and not _NAME.fullmatch(name):
        raise SeriesError(
            f"`{name}` is no name of a version.", where="--as", hint="Versions are v1, v2, …"
        )
    if name is not None and len(drafts) == 1:
        return [(name, drafts[0])]
    there = {version.number for version in series.versions} | {one.number or 0 for one in drafts}
    for draft in drafts:
        if draft.number is None or draft.number < 1:
            following = max(0, *there, subjects.near(draft.odd)) + 1
            odd = f"its subjects say `{draft.odd}`, which is no version's number."
            error = SeriesError(
                odd if draft.odd else "it does not say which version of the series it is.",
                where=draft.source,
                hint=f"Say it: --as v{following}",
            )
            if len(drafts) == 1:
                raise error
            refused.append(Refused(f"`{draft.title}`", error))
    return [(f"v{draft.number}", draft) for draft in drafts if draft.number and draft.number > 0]


def _is_there(series: Series, name: str, draft: ImportDraft) -> bool:
    """Whether the series has this very posting."""
    return any(
        version.name == name and version.message_id == draft.message_id != ""
        for version in series.versions
    )


def _all_known(series: Series, names: Sequence[str]) -> SeriesError:
    return SeriesError(
        f"the series has {', '.join(names)} already, as they were posted; nothing was written.",
        where=str(series.root / "series"),
        hint=f"See what is different, if anything is: refseries diff {names[-1]} SOURCE",
    )


def _taken(series: Series, name: str) -> SeriesError:
    newest = max(version.number for version in series.versions)
    there = next((each for each in series.versions if each.name == name), None)
    or_replace = ""
    # That nobody has reviewed it, `anew.replaceable` says.
    if there and there.number == newest and not (there.message_id or there.sent):
        or_replace = f", or put it in the place of this one: --as {name} --replace"
    return SeriesError(
        f"the series has a {name} already; nothing was written.",
        where=str(series.root / "series" / name),
        hint=f"Name another one (--as v{newest + 1}), or compare them "
        f"(refseries diff {name} SOURCE){or_replace}.",
    )


def _make(
    series: Series,
    home: BaseInfo,
    told: BaseInfo | None,
    draft: ImportDraft,
    place: Path,
    cache: Path,
) -> Brought:
    """Write ``draft`` as the folder ``place``, and check that it comes to the same commits."""
    own = own_files.folders(series.root, home.repo) if draft.tree else ()
    draft = own_files.left_out(draft, own)
    needs = below.below_of(series, home, draft, cache, told)
    base, commits = applied(series, home, told, draft, number_of(place.name), needs)
    if needs.remark(base):
        draft = replace(draft, remarks=(*draft.remarks, needs.remark(base)))
    differ = git.changed_paths(base.repo, commits[-1].tree, draft.tree) if draft.tree else ()
    if any(not name.startswith(own) for name in differ):
        raise StageError(
            "mailed as patches, the commits give another tree than they are.",
            where=draft.source,
            hint="Nothing was written. A merge, or a message with a diff in it, does that.",
        )
    number = number_of(place.name)
    place.mkdir()
    files = format_patch.write(base.repo, base.commit, commits[-1].commit, place, number)
    if draft.notes:
        for path, patch in zip(files, draft.patches, strict=True):
            keep_notes(path, patch.below)
    draft = _with_letter(series, draft, number)
    cover = letter.cover_md(draft.title, draft.said)
    (place / "cover.md").write_text(cover, encoding="utf-8")
    its = version_base.own(series, home, base)
    _write_toml(place, draft, files, its, base.depends if base.depends or series.depends else None)
    version = store.load_version(place)
    again = apply.apply(
        replace(series, versions=(*series.versions, version)),
        _with_own(home, version, base),
        Target(place.name),
        cache,
    )
    if again.commits != commits:
        raise StageError(
            "the patches, written down, come to other commits than the source.",
            where=draft.source,
            hint="Nothing was written. Please report it with the source.",
        )
    people = {person.email.lower() for person in (*series.to, *series.cc)}
    new = (text for text in draft.recipients if parseaddr(text)[1].lower() not in people)
    if unsaid := " ".join(word for word in draft.prefixes if word not in series.prefixes):
        remark = f"its subjects say `{unsaid}`, and `prefixes` in series.toml does not"
        draft = replace(draft, remarks=(*draft.remarks, remark))
    return Brought(version, draft, commits, base_match.ground_of(base, draft), base, tuple(new))


def _with_letter(series: Series, draft: ImportDraft, number: int) -> ImportDraft:
    """``draft`` with a title, and, where commits have no letter, that of the version before."""
    earlier = series.before(number)
    wanted = not (draft.posted or draft.said) and len(draft.patches) > 1 and earlier
    before = covers.read(earlier[-1].cover) if wanted else None
    said = "\n\n".join(filter(None, (before.text, before.changes))) if before else ""
    if before is None or not said:
        return replace(draft, title=draft.title or series.title)
    title = draft.title or before.title
    remark = f"v{number}/cover.md has the letter of {earlier[-1].name}: bring it up to date"
    return replace(draft, title=title, said=said, remarks=(*draft.remarks, remark))


def _with_own(home: BaseInfo, version: Version, base: BaseInfo) -> BaseInfo:
    """``home`` that knows the base of ``version``, too."""
    if base.commit == home.commit:
        return home
    return replace(home, own=(*home.own, (version.name, base)))


def applied(
    series: Series,
    home: BaseInfo,
    told: BaseInfo | None,
    draft: ImportDraft,
    number: int,
    needs: Below,
) -> tuple[BaseInfo, tuple[Commit, ...]]:
    """The first base that the draft applies over, and its commits there.

    Args:
        told, number, needs: as for ``base_choice.candidates``.

    Raises:
        StageError: there is none.
    """
    refused: tuple[BaseInfo, StageError] | None = None
    for base in base_choice.candidates(home, draft, number, told, needs):
        try:
            return base, apply.commit(series, base, draft.patches, draft.date)
        except StageError as error:
            refused = refused or (base, error)
    assert refused is not None
    raise _on_another_base(*refused, draft) from refused[1]


def _on_another_base(base: BaseInfo, error: StageError, draft: ImportDraft) -> StageError:
    if taken := in_base.taken(base, draft.patches):
        of = len(draft.patches)
        listed = (f"{at + 1}/{of} {draft.patches[at].subject}: {why}" for at, why in taken.items())
        first = next(iter(taken))
        name = version_base.in_words(base)
        return StageError(
            f"{len(taken)} of its {of} patches need not be applied: "
            f"{draft.patches[first].subject}: {taken[first]}.",
            where=draft.source,
            hint=f"Nothing was written. Bring it without what {name} has, or name the commit that "
            "it was made on with --base-ref.",
            detail="\n".join(listed),
        )
    if isinstance(error, DosLinesError):
        return error
    hint = "Nothing was written. Name the commit that it was made on with --tree and --base-ref."
    if draft.base_commit and git.resolve(base.repo, draft.base_commit) is None:
        hint = (
            f"Nothing was written. It was made on {draft.base_commit[:12]}, which is not in "
            f"{base.repo}: fetch that, and import it again."
        )
    return StageError(error.what, where=error.where, hint=hint, detail=error.detail)


def keep_notes(path: Path, below: bytes) -> None:
    """Put what an author wrote below the ``---`` of a patch into its file, above the diffstat.

    Args:
        below: all that stood there.
    """
    notes = letter.notes(below)
    if not notes:
        return
    head, rule, rest = path.read_bytes().partition(b"\n---\n")
    kept = shown.inert(notes).encode("utf-8", "surrogateescape")
    path.write_bytes(head + rule + kept + b"\n\n" + rest)


def _write_toml(
    place: Path,
    draft: ImportDraft,
    files: Sequence[Path],
    base: OwnBase | None,
    depends: Sequence[str] | None,
) -> None:
    document = toml_edit.new()
    document.add("version", tomlkit.item(place.name))
    document.add("date", tomlkit.item(draft.date))
    for key, value in (
        ("message_id", draft.message_id),
        ("change_id", draft.change_id),
        ("tracking", draft.tracking),
    ):
        if value:
            document.add(key, tomlkit.item(value))
    names = tomlkit.array()
    names.extend(path.name for path in files)
    document.add("patches", names.multiline(True))
    if depends is not None:
        document.add("depends", tomlkit.item(list(depends)))
    if base is not None:
        document.add("base", store.base_table(base))
    (place / "version.toml").write_text(tomlkit.dumps(document), encoding="utf-8")
