# SPDX-License-Identifier: GPL-2.0-or-later
"""A draft that goes in the place of a version that is there, with what its author wrote there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from refseries.importing.draft import ImportDraft
from refseries.model import Version
from refseries.series import cover as covers
from refseries.series import letter, patches, trailers
from refseries.series.patches import Patch


def with_texts(draft: ImportDraft, old: Version) -> ImportDraft:
    """``draft`` with the letter and the notes of ``old``, where it has none and was not posted.

    What of them, and of the messages there, it does not have then is named in its remarks.
    """
    before, kept = patches.read_all(old.patches), covers.read(old.cover)
    said = "\n\n".join(filter(None, (kept.text, kept.changes)))
    if not draft.posted:
        title = draft.title or kept.title
        draft = _with_notes(replace(draft, title=title, said=draft.said or said), before)
    gone = (*_gone(draft, before, said, old.name), *_loose(old))
    return replace(draft, remarks=(*draft.remarks, *gone))


def _with_notes(draft: ImportDraft, before: Sequence[Patch]) -> ImportDraft:
    below = {patch.subject: patch.below for patch in before}
    filled = (
        patch if letter.notes(patch.below) else replace(patch, below=below.get(patch.subject, b""))
        for patch in draft.patches
    )
    return replace(draft, patches=tuple(filled))


def _loose(old: Version) -> Iterator[str]:
    if old.fixups:
        names = ", ".join(fixup.task for fixup in old.fixups)
        yield (
            f"{old.name} is made of no fixups any more ({names}): what they settled is settled by "
            "all of it; `refseries feedback verify --all` says whether the proofs hold"
        )


def _gone(draft: ImportDraft, before: Sequence[Patch], said: str, name: str) -> Iterator[str]:
    if said and said.strip() != draft.said.strip():
        yield f"the cover letter of the {name} that was there is not kept"
    now = {patch.subject: patch for patch in draft.patches}
    for patch in before:
        notes, new = letter.notes(patch.below), now.get(patch.subject)
        if new is None:
            yield f"no patch is called `{patch.subject}` any more, as one of the {name} there was"
        if notes and (new is None or letter.notes(new.below) != notes):
            yield f"the notes below `{patch.subject}` in the {name} that was there are not kept"
        mine = trailers.without_given(patch.message).strip()
        if new is not None and trailers.without_given(new.message).strip() != mine:
            yield f"`{patch.subject}` had another message in the {name} that was there"
