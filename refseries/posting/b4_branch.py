# SPDX-License-Identifier: GPL-2.0-or-later
"""A version as a branch that b4 prepares, so that whoever lives in b4 goes on there.

The form is b4's own (b4/ez.py): an empty commit with the cover letter and the tracking data, the
patches above it, and a tag ``sent/CHANGE-ID-vN`` for each earlier version. b4 looks for the cover
letter among the commits of the last year by the user himself, so these are made as of now, by him.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refseries import git
from refseries.errors import StageError
from refseries.git import identity
from refseries.mail import shown, tracking, write
from refseries.model import Applied, BaseInfo, Identity, Series, Target, Version
from refseries.posting import basis, export, own_commits
from refseries.review import store as reviews
from refseries.review.given_tags import CarryRequest, TagFate, carry
from refseries.series import apply, cover, depends, store
from refseries.series.depends import Dependency
from refseries.series.patches import Patch, read_all


@dataclass(frozen=True)
class Prepared:
    """A branch for b4.

    Attributes:
        revision: of the version that b4 sends from it.
        tags: those of the earlier versions, new ones and those that were there.
        given_tags: what became of the tags that reviewers gave, up to the version itself.
    """

    repo: Path
    branch: str
    commit: str
    revision: int
    change_id: str
    tags: tuple[str, ...]
    given_tags: tuple[TagFate, ...] = ()


def prepare(
    series: Series,
    base: BaseInfo,
    name: str,
    cache: Path,
    branch: str | None = None,
    *,
    keep_tags: bool = False,
) -> Prepared:
    """Make the branch of version ``name`` in the base's repository. It must not be there yet.

    Tags that reviewers gave to it and to versions before are in it; with ``keep_tags``, those as
    well that were given to an earlier state of a patch.

    Patches whose author stands in for whoever sends become the user's, and all get his sign-off,
    as ``export`` has it. A version that was sent already is left at the next revision, as b4 does.

    Raises:
        SeriesError: no such version, or its cover letter is wrong.
        StageError: it does not apply, or the branch is there.
        HostError: git does not know who the user is.
    """
    version = store.version(series, name)
    home, base = base, base.of(name)
    user = identity.sender(base.repo)
    change_id = export.change_id(series)
    branch = branch or f"b4/{_slug(change_id)}"
    ref = apply.branch_ref(base, branch)
    if git.resolve(base.repo, ref) is not None:
        raise StageError(
            f"the branch `{branch}` is there already, so nothing was changed.",
            where=str(base.repo),
            hint="Name another one with --branch, or delete it yourself.",
        )
    applied = apply.apply(series, base, Target(name), cache)
    sent = version.message_id is not None
    revision = version.number + 1 if sent else version.number
    letter = export.letter_of(series, version)
    data = _tracking(series, version, change_id, revision)
    if base.under is not None:
        data["series"]["prerequisites"] = _prerequisites(series, base, base.under)
    below = basis.in_words(series, base)
    message = _cover_message(series, version, letter, data, user, below)
    committer = identity.as_committer(identity.committer(base.repo, user))
    request = CarryRequest(version.number + 1, keep=keep_tags, signer=user)
    read = read_all(version.patches)
    tagged = carry(series, reviews.load(series), read, request)
    pairs = zip(read, tagged.messages, strict=True)
    own = [replace(patch, message=text) for patch, text in pairs]
    tip = _commits(series, base, own, applied, message, user, committer)
    earlier = [v for v in series.versions if v.number < revision and v.number <= version.number]
    tags = tuple(
        _tag(series, home, v, change_id, cache, committer) for v in earlier if v != version or sent
    )
    git.git(base.repo, "config", f"branch.{branch}.b4-prep-cover-strategy", "commit")
    git.git(base.repo, "update-ref", "-m", "refseries prep", ref, tip, "0" * len(tip))
    return Prepared(base.repo, branch, tip, revision, change_id, tags, tagged.fates)


def _slug(change_id: str) -> str:
    """The name in ``DATE-NAME-HEX``."""
    return change_id.partition("-")[2].rpartition("-")[0] or change_id


def _tracking(series: Series, version: Version, change_id: str, revision: int) -> dict[str, Any]:
    """b4's data: what the version came with, brought up to date."""
    kept: dict[str, Any] = json.loads(version.tracking) if version.tracking else {}
    data: dict[str, Any] = {
        "revision": revision,
        "change-id": change_id,
        "prefixes": [],
        "presubject": "",
    }
    data |= kept.get("series", {}) | {"revision": revision, "change-id": change_id}
    data["prefixes"] = list(dict.fromkeys([*(data["prefixes"] or ()), *series.prefixes]))
    history = dict(data.get("history") or {})
    for posted in series.versions:
        if posted.message_id and posted.number < revision:
            history.setdefault(posted.name, [posted.message_id])
    if history:
        data["history"] = history
    return kept | {"series": data}


def _prerequisites(series: Series, base: BaseInfo, under: BaseInfo) -> list[str]:
    """What lies below the branch, as ``b4 prep --edit-deps`` keeps it.

    What was posted is called as a reader would, so that b4 finds it, says when there is a newer
    version, and names its patches as it sends; it would name them twice if both stood here. A
    message id stands for the newest version of its thread.
    """
    found = depends.find(series.root, base.depends)
    return [*(line for each in found for line in _called(each)), f"base-commit: {under.commit}"]


def _called(each: Dependency) -> list[str]:
    if each.message_id and each.change_id and each.version:
        return [f"change-id: {each.change_id}:v{each.version}"]
    if each.message_id:
        return [f"message-id: <{each.message_id}>"]
    return [f"patch-id: {patch_id}" for patch_id in each.patch_ids]


def _cover_message(
    series: Series,
    version: Version,
    letter: cover.Cover,
    data: dict[str, Any],
    user: Identity,
    below: str,
) -> str:
    """``below``: what it depends on, in words."""
    people = [
        (word, person) for word, them in (("To", series.to), ("Cc", series.cc)) for person in them
    ]
    recipients = "".join(f"{word}: {write.recipient(person)}\n" for word, person in people)
    changes = export.with_links(version, letter, export.posted_before(series, version))
    # A title alone is none to b4; its own template has a sign-off below.
    rest = recipients.rstrip() or (
        "" if letter.text or changes else f"Signed-off-by: {write.in_body(user)}"
    )
    # b4 sends it below the line `---` of a single patch.
    parts = (letter.title, shown.inert(letter.text), below, rest)
    text = "\n\n".join(filter(None, parts))
    text += f"\n\n---\n{shown.inert(changes)}" if changes else ""
    # A line that starts with # is a comment to b4.
    text = re.sub(r"^#", ">#", text, flags=re.M)
    note = "# This section is used internally by b4 prep for tracking purposes."
    return f"{text.rstrip()}\n\n{tracking.MARKER}\n{note}\n{json.dumps(data, indent=2)}\n"


def _commits(
    series: Series,
    base: BaseInfo,
    own: Sequence[Patch],
    applied: Applied,
    message: str,
    user: Identity,
    committer: dict[str, str],
) -> str:
    """The cover letter's commit over the base and the patches over that; the id of the last."""
    mine = {**committer, **identity.as_author(user)}
    tip = git.commit_tree(base.repo, base.tree, base.commit, message, mine)
    return own_commits.over(series, applied, tip, own, user, [committer] * len(own))


def _tag(
    series: Series,
    base: BaseInfo,
    version: Version,
    change_id: str,
    cache: Path,
    committer: dict[str, str],
) -> str:
    """The annotated tag that b4 makes of a version when it is sent; one that is there is kept."""
    name = f"sent/{change_id}-{version.name}"
    if git.resolve(base.repo, f"refs/tags/{name}") is None:
        applied = apply.apply(series, base, Target(version.name), cache)
        letter = cover.read(version.cover)
        parts = [
            letter.text,
            letter.changes,
            f"base-commit: {applied.base}\nchange-id: {change_id}",
        ]
        text = f"{letter.title}\n\n" + "\n---\n".join(f"{p}\n" for p in parts if p)
        git.git(
            base.repo, "tag", "--annotate", "--no-sign", "--cleanup=verbatim", "-F", "-", "--",
            name, applied.commit, env=committer, stdin=text.encode(),
        )  # fmt: skip
    return name
