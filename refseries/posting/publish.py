# SPDX-License-Identifier: GPL-2.0-or-later
"""A version as a signed tag in the user's tree, and on a remote of it where he asks for that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.errors import HostError, SeriesError, StageError
from refseries.git import identity
from refseries.mail import shown
from refseries.model import BaseInfo, Identity, Series, Target, Version
from refseries.posting import export, own_commits
from refseries.series import apply, cover, published, store
from refseries.series.patches import read_all

_SIGNING = r"^(user\.signingkey|gpg\..*)$"
_SIGNATURE = re.compile(
    r"^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$", re.M
)
# Where others can fetch as well; `ssh://` and paths are the user's own way there.
_OPEN = re.compile(r"(?:https?|git)://")


@dataclass(frozen=True)
class PublishedTag:
    """A tag, and what became of it.

    Attributes:
        commit: the last of the version's commits, which the tag names.
        made: whether the tag was not there before; ``pushed`` the same of the remote.
        remote: where it is as well; empty where nobody asked for that.
        fetch: the command by which others get it; empty where nothing says from where.
        in_cover: whether the version's cover letter has that line, from now on or from before.
    """

    version: str
    tag: str
    repo: Path
    commit: str
    signed: bool
    made: bool
    remote: str = ""
    pushed: bool = False
    fetch: str = ""
    in_cover: bool = False


def publish(
    series: Series,
    base: BaseInfo,
    cache: Path,
    name: str,
    *,
    tag: str = "",
    sign: bool = True,
    remote: str = "",
    url: str = "",
) -> PublishedTag:
    """Tag the commits of version ``name`` and, with ``remote``, push the tag.

    The same again does nothing. The user's own settings say how git signs. Where others can fetch
    it, that is kept with the version for its cover letter.

    Args:
        base: of the series, with those of its versions.
        tag: its name; empty for SERIES-vN.
        remote: name of a remote of the user's tree.
        url: where others fetch from, if that is not where the remote does.

    Raises:
        SeriesError: no such version or remote, no tag can be called so, or ``url`` is none.
        StageError: it does not apply, or a tag of that name is something else, here or there.
        HostError: git cannot sign or push, or the base is in no tree of the user's.
    """
    version = store.version(series, name)
    own = base.of(name)
    if own.source != "tree":
        raise HostError(
            f"the base is the {own.source}'s, whose commit nobody else has.",
            where=str(own.repo),
            hint="Name your kernel git tree: --tree DIR.",
        )
    tag = tag or f"{series.name}-{name}"
    ref = _ref(own.repo, tag)
    _check_remote(own.repo, remote)
    _check_url(url)
    user = identity.sender(own.repo)
    applied = apply.apply(series, base, Target(name), cache)
    commit = own_commits.as_mailed(series, own, version, read_all(version.patches), applied, user)
    message = _message(series, version)
    there = _there(own.repo, tag, commit, message, signed=sign)
    if there is None:
        _tag(own.repo, tag, commit, message, user, sign=sign)
    pushed = bool(remote) and _push(own.repo, remote, ref)
    told = bool(url)
    if remote and not url:
        url = git.git(own.repo, "remote", "get-url", remote).stdout.strip()
    where = re.sub(r"(?<=://)[^/@]*@", "", url)
    in_cover = published.is_word(where) and (told or _OPEN.match(where) is not None)
    kept = published.find(version)
    if in_cover:
        published.keep(series, version, tag, where, commit)
    elif kept is not None and (kept.tag, kept.commit) == (tag, commit):
        where, in_cover = kept.url, True  # said before, and still true
    signed, made = sign if there is None else there, there is None
    fetch = published.fetch_line(where, tag) if where else ""
    return PublishedTag(name, tag, own.repo, commit, signed, made, remote, pushed, fetch, in_cover)


def _ref(repo: Path, tag: str) -> str:
    ref = f"refs/tags/{tag}"
    if tag.startswith("-") or git.git(repo, "check-ref-format", ref, check=False).returncode:
        raise SeriesError(
            f"`{tag}` cannot be the name of a tag.",
            where="--tag",
            hint="See git-check-ref-format(1) for what can.",
        )
    return ref


def _check_url(url: str) -> None:
    if url and not published.is_word(url):
        raise SeriesError(
            f"`{url}` is no address that a mail can name.",
            where="--url",
            hint="Write it without blanks, and others than ASCII letters as %XX.",
        )


def _check_remote(repo: Path, remote: str) -> None:
    known = git.git(repo, "remote").stdout.split("\n")
    if remote and remote not in known:
        listed = ", ".join(filter(None, known))
        raise SeriesError(
            f"the tree has no remote `{remote}`.",
            where=str(repo),
            hint=f"It has {listed}." if listed else "Add it: git remote add NAME URL",
        )


def _message(series: Series, version: Version) -> str:
    letter = cover.read(version.cover)
    changes = export.with_links(version, letter, export.posted_before(series, version))
    parts = (letter.title, shown.inert(letter.text).strip("\n"), shown.inert(changes).strip("\n"))
    return "\n\n".join(filter(None, parts)) + "\n"


def _there(repo: Path, tag: str, commit: str, message: str, *, signed: bool) -> bool | None:
    """Whether the tag, which is there and the same, is signed; None where there is none.

    Raises:
        StageError: it is another.
    """
    found = git.git(repo, "cat-file", "tag", f"refs/tags/{tag}", check=False)
    if found.returncode:
        exists = git.git(repo, "show-ref", "--verify", "--quiet", f"refs/tags/{tag}", check=False)
        if exists.returncode:
            return None
        raise _other(repo, tag, "is no tag with a message")
    head, _, text = found.stdout.partition("\n\n")
    signature = _SIGNATURE.search(text)
    said = text[: signature.start()] if signature else text
    if head.split("\n")[0] != f"object {commit}":
        raise _other(repo, tag, "names another commit")
    if _without_fetch(said, tag) != _without_fetch(message, tag):
        raise _other(repo, tag, "has another message than the cover letter")
    if signed and not signature:
        raise _other(repo, tag, "is not signed")
    return signature is not None


def _without_fetch(text: str, tag: str) -> str:
    """``text`` but for the line that a published cover letter has and its tag cannot."""
    line = re.compile(rf"^.*\bgit fetch \S+ {re.escape(tag)}\s*$\n?", re.M)
    return re.sub(r"\n{2,}", "\n\n", line.sub("", text)).strip()


def _other(repo: Path, tag: str, why: str) -> StageError:
    return StageError(
        f"the tag `{tag}` is there already and {why}.",
        where=str(repo),
        hint="Nothing was changed. Give another name with --tag; others may have that one.",
    )


def _tag(repo: Path, tag: str, commit: str, message: str, user: Identity, *, sign: bool) -> None:
    done = git.git(
        repo, "tag", "--annotate", "--sign" if sign else "--no-sign", "--cleanup=verbatim",
        "-F", "-", "--", tag, commit,
        env=identity.as_committer(user), stdin=message.encode(), check=False,
        config=dict(git.settings(repo, _SIGNING)),
    )  # fmt: skip
    if done.returncode:
        git.refuse_unwritable(repo, done.stderr)
        git.refuse_in_the_way(repo, done.stderr)
        raise HostError(
            "git does not sign the tag." if sign else "git does not make the tag.",
            where=str(repo),
            hint="See user.signingKey and gpg.format in git-config(1), or give --no-sign.",
            detail=done.stderr.strip(),
        )


def _push(repo: Path, remote: str, ref: str) -> bool:
    """Push one tag and nothing else; False where the remote has it."""
    local = git.git(repo, "rev-parse", ref).stdout.strip()
    listed = git.git(repo, "ls-remote", "--", remote, ref, check=False)
    if listed.returncode:
        raise _not_pushed(remote, listed.stderr)
    there = [line.split("\t")[0] for line in listed.stdout.split("\n") if line.endswith(f"\t{ref}")]
    if there == [local]:
        return False
    tag = ref.removeprefix("refs/tags/")
    if there:
        raise StageError(
            f"the remote {remote} has a tag `{tag}`, which is another.",
            where=str(repo),
            hint="Nothing was pushed. Give another name with --tag; others may have that one.",
        )
    done = git.git(
        repo, "push", "--quiet", "--no-follow-tags", "--no-signed", "--recurse-submodules=no",
        "--", remote, f"{ref}:{ref}", check=False,
    )  # fmt: skip
    if done.returncode:
        raise _not_pushed(remote, done.stderr)
    return True


def _not_pushed(remote: str, said: str) -> HostError:
    return HostError(
        "git cannot push the tag.",
        where=remote,
        hint="The tag is in your tree. Fix what git says below, and run it again.",
        detail=said.strip(),
    )
