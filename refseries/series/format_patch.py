# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits as patch files, the same whatever the user's configuration says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError, StageError
from refseries.mail import write as write_mail
from refseries.model import Identity
from refseries.series import patches

# Everything of format.* and diff.* that would change what is written, and that has an option. Of a
# commit without a change, releases of git make an empty file or a mail: with --always, each a mail.
_PLAIN = (
    "--quiet", "--always", "--zero-commit", "--no-signature", "--no-cover-letter", "--no-thread",
    "--no-attach", "--no-base", "--no-to", "--no-cc", "--no-from", "--no-add-header",
    "--no-signoff", "--no-notes", "--stat", "--patch", "--encode-email-headers", "--suffix=.patch",
    "--filename-max-length=64", "--no-color",
    "--no-ext-diff", "--no-textconv", "--unified=3", "--find-renames", "--abbrev=12",
    "--diff-algorithm=myers", "--src-prefix=a/", "--dst-prefix=b/", "-O/dev/null", "--no-relative",
)  # fmt: skip


_ENDS = re.compile(r"diff -|Index: |---(?:\s*$| \S)")  # patchbreak() in git's mailinfo.c
_DROPPED = re.compile(r"\s*(?:\[|re:|:)", re.I)  # cleanup_subject() there


def write(
    repo: Path,
    base: str,
    tip: str,
    directory: Path,
    number: int,
    *,
    cover: str | None = None,
    fixups: bool = False,
) -> tuple[Path, ...]:
    """Write the commits behind ``base`` up to ``tip`` as ``0001-….patch`` and so on.

    Each file gives the message of its commit, byte for byte, to whoever reads it as a mail.

    Args:
        number: of the version, for the subjects.
        cover: a commit that holds nothing but a cover letter, and becomes no patch.
        fixups: those that give a patch another message need change nothing.

    Raises:
        SeriesError: a commit is a merge, or changes nothing, or no mail can carry its message.
        StageError: git failed.
    """
    word = "PATCH" if number == 1 else f"PATCH v{number}"
    commits = _commits(repo, base, tip, cover, fixups=fixups)
    words = ("format-patch", *_PLAIN, f"--subject-prefix={word}", "-o", str(directory))
    git.on_objects(repo, tip, *words, f"{base}..{tip}", "--")
    made = sorted(directory.glob("[0-9]*.patch"))
    if any(b"\r\n" in path.read_bytes() for path in made):
        # Who gets a mail takes the carriage returns of its lines away, but for a binary patch's.
        marked = _as_binary(_dos_files(repo, commits))
        git.on_objects(repo, tip, *words, f"{base}..{tip}", "--", attributes=marked)
    if len(made) != len(commits):
        raise StageError(
            f"of {len(commits)} commits, git made {len(made)} patches.",
            where=f"{repo}: {base[:12]}..{tip[:12]}",
            hint="Look for an odd commit there: one with an odd date.",
        )
    of_files = dict(zip(made, commits, strict=True))
    for path, commit in tuple(of_files.items()):
        if commit.commit == cover:
            path.unlink()
            del of_files[path]
        else:
            _keep_first_lines(path, commit)
    files = tuple(of_files)
    for read, commit in zip(patches.read_all(files), of_files.values(), strict=True):
        if read.message != (wanted := commit.message.rstrip("\n") + "\n"):
            raise _lost(repo, commit, wanted, read.message)
    return files


def _dos_files(repo: Path, commits: Iterable[_Commit]) -> list[str]:
    """The files with DOS line ends that commits change."""
    found: dict[str, None] = {}
    for commit in commits:
        paths = git.changed_paths(repo, commit.parent, commit.commit)
        for at in (commit.parent, commit.commit):
            contents = git.read_files(repo, at, paths)
            found |= dict.fromkeys(name for name, text in contents.items() if b"\r\n" in text)
    return list(found)


def _as_binary(paths: Iterable[str]) -> str:
    """Lines of gitattributes(5) by which a diff of ``paths`` is a binary patch."""
    plain = (re.sub(r"([*?\[\\])", r"\\\1", path) for path in paths)
    quoted = (path.replace("\\", "\\\\").replace('"', '\\"') for path in plain)
    return "".join(f'"/{path}" -diff\n' for path in quoted)


@dataclass(frozen=True)
class _Commit:
    commit: str
    parent: str
    author: Identity
    message: str


def _commits(repo: Path, base: str, tip: str, cover: str | None, *, fixups: bool) -> list[_Commit]:
    """The commits of a range, oldest first: ``cover``, and those that become patches.

    Raises:
        SeriesError: one cannot become a patch.
    """
    trees = {base: git.tree_of(repo, base)}
    shown = git.git(
        repo, "log", "--reverse", "-z", "--format=%H%n%P%n%T%n%an%n%ae%n%B", f"{base}..{tip}", "--"
    ).out.decode("utf-8", "surrogateescape")
    found = []
    for record in filter(None, shown.split("\0")):
        commit, parents, tree, name, email, message = record.split("\n", 5)
        trees[commit] = tree
        subject = message.lstrip("\n").partition("\n")[0]
        rewords = fixups and subject.startswith(patches.AMEND_MARK)
        is_empty = trees.get(parents) == tree and not rewords
        if commit != cover and (" " in parents or is_empty):
            what = "is a merge" if " " in parents else "changes nothing"
            how = " -i --autosquash" if patches.FOLD_MARK.match(subject) else ""
            raise SeriesError(
                f"it {what}, and no patch can be that.",
                where=f"{repo}: commit {commit[:12]} {subject}",
                hint=f"Take it out of the branch: git rebase{how}.",
            )
        found.append(_Commit(commit, parents, Identity(name, email), message))
    return found


def _keep_first_lines(path: Path, commit: _Commit) -> None:
    """Put the author in front of a body that begins as if it named one.

    A program that reads mails looks for ``From:`` and the like there, and only once.
    """
    body = commit.message.partition("\n")[2].lstrip("\n")
    if write_mail.IN_BODY.match(body):
        head, blank, rest = path.read_bytes().partition(b"\n\n")
        author = f"From: {write_mail.in_body(commit.author)}\n\n"
        path.write_bytes(head + blank + author.encode("utf-8", "surrogateescape") + rest)


def _lost(repo: Path, commit: _Commit, wanted: str, got: str) -> SeriesError:
    """What of the message of ``commit`` does not come out of its mail: the first such line."""
    lines = wanted.split("\n")
    at = _first_lost(lines, got.split("\n"))
    line = lines[at]
    why = _why_lost(at, line)
    return SeriesError(
        f"no mail can carry line {at + 1} of its message, `{line[:60]}`: {why}.",
        where=f"{repo}: commit {commit.commit[:12]} {lines[0][:60]}",
        hint="Write it in another way: git rebase --interactive, and `reword` there.",
    )


def _first_lost(lines: Sequence[str], got: Sequence[str]) -> int:
    """The number of the first of ``lines`` that is not in ``got``."""
    same = (one == other for one, other in zip(lines, got, strict=False))
    at = next((n for n, is_same in enumerate(same) if not is_same), len(got))
    if at >= len(got) - 1:  # the mail's message ends early, or the commit's in blank lines
        at = next((n for n in range(at, len(lines)) if lines[n].strip()), at)
    return min(at, len(lines) - 1)


def _why_lost(at: int, line: str) -> str:
    """Why line ``at`` of a message does not come out of a mail."""
    if not line.isascii() and any("\ud800" <= char < "\ue000" for char in line):
        return "it is not in the encoding that the commit names"
    if _ENDS.match(line):
        return "it ends the message for whoever reads the mail"
    if at == 0 and _DROPPED.match(line):
        return "what it begins with is taken for a mark of the mail"
    if at <= 1 and line:
        return "a title is one line, with an empty one below it"
    if line != line.rstrip() or not line:
        return "blanks at the end of a line, and a second empty line, get lost"
    return "it comes out otherwise"
