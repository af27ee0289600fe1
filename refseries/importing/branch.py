# SPDX-License-Identifier: GPL-2.0-or-later
"""Drafts out of git: a branch that b4 prepares, or a plain range of commits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git import revisions
from refseries.host.scratch import scratch_folder
from refseries.importing import branch_base
from refseries.importing.draft import ImportDraft
from refseries.mail import tracking
from refseries.mail.tracking import Tracking
from refseries.model import BaseInfo
from refseries.series import format_patch, letter, patches
from refseries.series.patches import FOLD_MARK, Patch

MOST_COMMITS = 1000
_RECIPIENT = re.compile(r"^(?:To|Cc): *(\S.*?)[ \t]*\n?$", re.M | re.I)


@dataclass(frozen=True)
class _Cover:
    """b4's cover letter of a branch; ``commit`` is None when it stands in the configuration."""

    commit: str | None
    text: str
    tracking: Tracking


def draft(base: BaseInfo, name: str) -> ImportDraft:
    """The version on a branch, which b4 may prepare, or in ``A..B``.

    Args:
        base: of the series, with those of its versions.

    Raises:
        SeriesError: there is no such branch or commit, or nothing of a series in it.
    """
    dots = ".." in name
    name = name if dots else revisions.branch(base.names, name) or name
    since, tip = _ends(base, name)
    cover = None if dots else _cover(base.repo, since, tip, name)
    if cover is not None and cover.commit is not None and cover.commit != tip:
        # Below the patches it marks where they begin.
        since = _show(base.repo, cover.commit, "%P").split()[0]
    elif cover is not None and (named := cover.tracking.base_branch):
        since = branch_base.base_of_branch(base, name, tip, named) or since
    read = _read(base.repo, since, tip, cover.commit if cover else None)
    if not read:
        raise SeriesError(f"`{name}` has no commit.", where=str(base.repo), hint="Name another.")
    oldest = git.git(base.repo, "rev-list", "--reverse", f"{since}..{tip}", "--").stdout.split()
    first = next(commit for commit in oldest if cover is None or commit != cover.commit)
    plain = ImportDraft(
        number=None,
        source=name,
        title=read[0].subject if len(read) == 1 else "",
        said="",
        patches=read,
        date=_when(base.repo, first),
        base_commit=since,
        tree=_show(base.repo, tip, "%T"),
        posted=False,
        remarks=(
            *_not_folded(read),
            *_under_way(base.names, name.partition("..")[2] if dots else name),
        ),
    )
    if cover is None:
        return plain
    needs = cover.tracking.prerequisites
    text = letter.without_dependencies(cover.text) if needs else cover.text
    title, said, people = _letter(text)
    unwritten = letter.PLACEHOLDER.findall(f"{title}\n{said}")
    odd = (f"b4's placeholder is in its cover letter: {it}" for it in unwritten)
    return replace(
        plain,
        number=cover.tracking.revision,
        title=plain.title if not title or letter.PLACEHOLDER.match(title) else title,
        remarks=(*plain.remarks, *odd),
        said=said,
        change_id=cover.tracking.change_id,
        tracking=cover.tracking.text,
        recipients=people,
        prefixes=cover.tracking.prefixes,
        prerequisites=cover.tracking.prerequisites,
    )


def _not_folded(read: Sequence[Patch]) -> Iterator[str]:
    for one in read:
        if FOLD_MARK.match(one.subject):
            yield f"`{one.subject}` is not folded: git rebase -i --autosquash, then import it again"


def _under_way(tree: Path, name: str) -> Iterator[str]:
    """That a ``git rebase`` in the work tree ``tree`` is under way, of what is called ``name``."""
    for folder in ("rebase-merge", "rebase-apply"):
        words = ("rev-parse", "--path-format=absolute", "--git-path", f"{folder}/head-name")
        path = Path(git.git(tree, *words, check=False).stdout.rstrip("\n"))
        moved = path.read_text().strip() if path.is_file() else ""
        if moved and (name in ("", "HEAD", "@") or moved == revisions.ref(tree, name)):
            of = moved.removeprefix("refs/heads/")
            yield f"a rebase of `{of}` is not finished: git rebase --continue, then import it again"


def _when(repo: Path, commit: str) -> datetime:
    text = _show(repo, commit, "%cI")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not 1 < found.year < 9999:
        raise SeriesError(
            f"its committer's date, {text or 'none'}, is no date that mail can have.",
            where=f"{repo}: commit {commit[:12]}",
            hint="Make the commit again: git commit --amend --no-edit.",
        )
    return found


def exists(base: BaseInfo, name: str) -> bool:
    """Whether ``name`` is a commit, or a range, of the base's repository."""
    return ".." in name or git.resolve(base.names, name) is not None


def is_file(repo: Path, source: str) -> bool:
    """Whether ``source`` names a file or a folder of mails rather than a branch of ``repo``.

    In a kernel tree, a branch is often called as a folder: `mm` is the branch, `./mm` the folder.
    """
    path = Path(source)
    return path.exists() and not (
        path.is_dir() and git.resolve(repo, f"refs/heads/{source}") is not None
    )


def _ends(base: BaseInfo, name: str) -> tuple[str, str]:
    """The commit before the first one and the last one."""
    first, dots, last = name.partition("..")
    tip = revisions.commit_of(base.names, last if dots else revisions.ref(base.names, name))
    start = revisions.commit_of(base.names, first) if dots else None
    if tip is None or (start is None and dots):
        missing = last if tip is None else first
        raise SeriesError(
            f"there is no commit `{missing or 'HEAD'}`.",
            where=str(base.repo),
            hint="Fix its name.",
        )
    if start is None:
        since = branch_base.base_of_branch(base, name, tip, _followed(base.repo, name)) or ""
    else:
        since = git.merge_base(base.repo, start, tip)
    most = f"--max-count={MOST_COMMITS + 1}"
    listed = git.git(
        base.repo, "rev-list", "--count", most, f"{since}..{tip}", "--", check=False
    ).stdout.strip()
    if not since or not listed or int(listed) > MOST_COMMITS:
        raise SeriesError(
            f"`{name}` is not {MOST_COMMITS} commits or fewer over "
            f"{start[:12] if start else 'a base that could be found'}.",
            where=str(base.repo),
            hint=f"Name the commit that it was made on: COMMIT..{last or 'HEAD'}",
        )
    return since, tip


def _followed(repo: Path, name: str) -> str:
    """The branch that b4's tracking data in the configuration names as its base."""
    words = ("config", "--null", "--get", f"branch.{name}.b4-tracking")
    data = git.git(repo, *words, check=False).stdout.rstrip("\0")
    return tracking.parse(data, f"branch.{name}.b4-tracking").base_branch if data else ""


def _read(repo: Path, since: str, tip: str, cover: str | None) -> tuple[Patch, ...]:
    with scratch_folder() as scratch:
        read = patches.read_all(format_patch.write(repo, since, tip, scratch, 1, cover=cover))
    # By which errors name it: the folder is gone.
    return tuple(replace(each, path=Path(each.path.name)) for each in read)


def _cover(repo: Path, since: str, tip: str, name: str) -> _Cover | None:
    """b4's cover letter, wherever it keeps it: a commit at either end, or the configuration."""
    commit = git.git(
        repo, "log", "-1", "--fixed-strings", f"--grep={tracking.MARKER}", "--no-show-signature",
        "--format=%H", f"{since}..{tip}", "--",
    ).stdout.strip()  # fmt: skip
    if commit:
        message = _show(repo, commit, "%B")
        text, _, data = message.partition(tracking.MARKER)
        if git.git(repo, "diff-tree", "--quiet", f"{commit}^", commit, check=False).returncode:
            raise SeriesError(
                "the commit of its cover letter changes files.",
                where=f"{name}: commit {commit[:12]}",
                hint="Move those changes into a commit of their own.",
            )
        return _Cover(
            commit, text, tracking.parse(data[data.find("{") :], f"{name}: {commit[:12]}")
        )
    asked = ("config", "--null", "--get")
    data = git.git(repo, *asked, f"branch.{name}.b4-tracking", check=False).stdout.rstrip("\0")
    if not data:
        return None
    text = git.git(repo, *asked, f"branch.{name}.description", check=False).stdout.rstrip("\0")
    return _Cover(None, text, tracking.parse(data, f"branch.{name}.b4-tracking"))


def _letter(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Title, text and recipients of b4's cover letter.

    Its lines ``#…`` are comments, ``>#…`` are not; whom it goes to stands among its trailers.
    """
    kept = re.sub(r"^#.*\n?", "", text.replace("\r\n", "\n"), flags=re.M)
    kept = re.sub(r"^>(#.*)$", r"\1", kept, flags=re.M)
    title, _, said = kept.strip("\n").partition("\n")
    above, rule, below = said.partition("\n---\n")
    people = tuple(_RECIPIENT.findall(above))
    above = re.sub(r"\n{3,}", "\n\n", _RECIPIENT.sub("", above))
    if re.fullmatch(r"\s*Signed-off-by: .*\s*", above) and not below.strip():
        above = ""  # b4's template has it below a title
    return title.strip(), letter.text(f"{above.rstrip()}{rule}{below}"), people


def _show(repo: Path, commit: str, what: str) -> str:
    return git.git(
        repo, "log", "-1", "--no-show-signature", f"--format={what}", commit, "--"
    ).stdout.strip("\n")
