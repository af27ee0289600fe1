# SPDX-License-Identifier: GPL-2.0-or-later
"""Git: reading with GitPython, everything else through the git command.

Text that came out of a mail or a patch is never an argument here: messages and patches go in by
standard input, and every path is put behind ``--``.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shlex
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from refseries.errors import HostError, SeriesError, StageError
from refseries.git import attributes as repo_attributes
from refseries.git import config as git_config
from refseries.host import proc
from refseries.host.scratch import scratch_folder

if TYPE_CHECKING:
    from git import Repo

# Git's words for a repository that is somebody else's, on a disk that is full or read-only.
_UNWRITABLE = re.compile(
    r"insufficient permission|[Pp]ermission denied|[Rr]ead-only file system|No space left"
    r"|unable to (?:append|create|write)|couldn't (?:write|close)"
)

# Of a name that is the beginning of another one, git keeps but one.
_IN_THE_WAY = re.compile(
    r"cannot lock ref '(?P<ref>refs/(?P<kind>heads|tags)/.+)': 'refs/(?P=kind)/(?P<other>.+)'"
    r" exists; cannot create '(?P=ref)'"
)

_SHA256 = 64  # hexadecimal digits of an id

# What may stay of a caller's GIT_ variables: where git and its settings are.
_KEPT = ("GIT_EXEC_PATH", "GIT_CONFIG_")


def forget_caller() -> None:
    """Drop the variables by which a git hook or alias that runs us points at its own repository.

    They would send every git command of ours, and of the kernel's Makefile, there. Changes the
    environment of this process, so a program calls it once, at its start.
    """
    for name in list(os.environ):
        if name.startswith("GIT_") and not name.startswith(_KEPT):
            del os.environ[name]


def environment(config: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables with which git heeds our settings alone, also as a child of another program.

    Args:
        config: further settings; they stand before ours.
    """
    pairs = [*_taken(), *{**git_config.SETTINGS, **(config or {})}.items()]
    env = {**git_config.ENV, "GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (name, value) in enumerate(pairs):
        env[f"GIT_CONFIG_KEY_{number}"], env[f"GIT_CONFIG_VALUE_{number}"] = name, value
    return env


@functools.cache
def _taken() -> tuple[tuple[str, str], ...]:
    # From the root, so that it is nobody's repository that speaks. What cannot be read is no
    # matter here; `settings` says so where something depends on it.
    return _listed(_users(Path("/"), "config", "--null", "--get-regexp", git_config.TAKEN))


def git(
    repo: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    check: bool = True,
    deadline: float = 600.0,
    config: Mapping[str, str] | None = None,
) -> proc.Completed:
    """Run git in ``repo`` (a work tree or a git directory) with our fixed settings.

    Attributes that only this repository has (info/attributes) change nothing of what it does.

    Args:
        config: settings for this call alone, as with ``git -c``; nothing is written.

    Raises:
        StageError: it failed (with ``check``) or took longer than ``deadline`` seconds.
        HostError: git is not installed, or (with ``check``) cannot write.
    """
    variables = {**environment(config), **(env or {})}
    elsewhere = "GIT_DIR" in variables
    try:
        with repo_attributes.hidden(repo, () if elsewhere else args) as view:
            return proc.run(
                ["git", *args], cwd=repo, env={**variables, **view}, stdin=stdin, check=check,
                deadline=deadline,
            )  # fmt: skip
    except StageError as error:
        refuse_in_the_way(repo, error.detail)
        if not _UNWRITABLE.search(error.detail):
            raise
        raise HostError(  # git does not always say that the disk is full
            "git cannot write: the disk is full or read-only, or the files are not ours.",
            where=str(repo),
            hint="Free some space, or fix what git says below.",
            detail=error.detail,
        ) from error


def on_objects(
    repo: Path,
    commit: str,
    *args: str,
    check: bool = True,
    config: Mapping[str, str] | None = None,
    attributes: str = "",
) -> proc.Completed:
    """As ``git``, with the objects of a repository and nothing else of it.

    For what makes diffs: drivers in the repository's own settings, and its info/attributes, change
    hunk headers and make texts binary, and no setting of ours overrules those. For blame as well.

    Args:
        repo: a work tree or a git directory; names of branches in it mean nothing then.
        commit: the id of one, whose length says how ids are made there.
        attributes: lines of gitattributes(5), over those that are committed.
    """
    if not (repo / "objects").is_dir():
        repo = git_dir(repo)
    objects = repo / "objects"
    if any((objects / "pack").glob("*.promisor")):
        # A partial clone, which finds what it lacks by its settings.
        return git(repo, *args, check=check, config=config)
    with scratch_folder() as place:
        for name in ("objects", "refs"):
            (place / name).mkdir()
        (place / "HEAD").write_text("ref: refs/heads/none\n")
        kind = "sha256" if len(commit) == _SHA256 else "sha1"
        (place / "config").write_text(
            "[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n"
            f"[extensions]\n\tobjectFormat = {kind}\n"
        )
        (place / "info").mkdir()
        (place / "info/attributes").write_text(attributes, "utf-8", "surrogateescape")
        if (repo / "shallow").is_file():
            shutil.copyfile(repo / "shallow", place / "shallow")
        env = {"GIT_DIR": str(place), "GIT_OBJECT_DIRECTORY": str(objects)}
        return git(repo, *args, check=check, config=config, env=env)


def users(path: Path, *args: str, stdin: bytes | None = None) -> proc.Completed:
    """Run git as the user does, with all that he set: for his editor and his passwords.

    Args:
        path: git looks for the configuration of a repository from here.

    Raises:
        HostError: git is not installed, or cannot read its configuration.
    """
    done = _users(path, *args, stdin=stdin)
    if done.returncode == 128 and (args[0] == "config" or "bad config" in done.stderr):
        raise HostError(
            "git cannot read its configuration.",
            where=str(path),
            hint="Fix what git says below.",
            detail=done.stderr.strip(),
        )
    return done


def _users(path: Path, *args: str, stdin: bytes | None = None) -> proc.Completed:
    return proc.run(["git", *args], cwd=path, env=git_config.WORDS, stdin=stdin, check=False)


def settings(path: Path, pattern: str) -> tuple[tuple[str, str], ...]:
    """Keys of the user's configuration of git, seen from ``path``, with their values.

    The last of a key counts.

    Args:
        pattern: a regular expression on keys, as git lists them (``sendemail.smtpserver``).

    Raises:
        HostError: git cannot read it.
    """
    return _listed(users(path, "config", "--null", "--get-regexp", pattern))


def _listed(found: proc.Completed) -> tuple[tuple[str, str], ...]:
    # A key without `=` has no line feed: it is no empty value, which may mean something.
    entries = (entry.partition("\n") for entry in found.stdout.split("\0"))
    return tuple((key, value) for key, end, value in entries if end)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Repo]:
    """GitPython's view of the repository at ``path``, closed (with its helpers) at the end.

    Raises:
        SeriesError: ``path`` is not a git repository.
        HostError: git is not installed.
    """
    proc.which("git")  # GitPython cannot even be imported without
    from git import InvalidGitRepositoryError, NoSuchPathError, Repo

    try:
        repo = Repo(path, expand_vars=False)
        # Also where it is: the path that GitPython changes to has its dollar signs expanded.
        repo.git.update_environment(**environment(), GIT_DIR=str(repo.git_dir))
    except (InvalidGitRepositoryError, NoSuchPathError) as error:
        raise SeriesError(
            "is not a git repository.", where=str(path), hint="Name a git tree of the kernel."
        ) from error
    try:
        yield repo
    finally:
        repo.close()


def git_dir(path: Path) -> Path:
    """The repository's common git directory, for a work tree, a linked one or a bare repository.

    Raises:
        SeriesError: ``path`` is not a git repository.
    """
    # Not through GitPython, whose import takes longer than most commands do.
    if path.is_dir():
        words = ("rev-parse", "--path-format=absolute", "--git-common-dir")
        found = git(path, *words, check=False)
        if found.returncode == 0:
            return Path(os.fsdecode(found.out.removesuffix(b"\n"))).resolve()
        if "not a git repository" not in found.stderr:
            raise _refused(path, found.stderr)
    raise SeriesError(
        "is not a git repository.", where=str(path), hint="Name a git tree of the kernel."
    )


def resolve(path: Path, ref: str) -> str | None:
    """Id of the commit that ``ref`` names, None when there is none.

    Raises:
        HostError: git refuses to work in the repository; for example, it is somebody else's.
    """
    # `:/text` is a commit whose message has that; all behind it is text.
    word = ref if ref.startswith(":/") else f"{ref}^{{commit}}"
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", word)
    completed = git(path, *words, check=False)
    if completed.returncode == 0:
        return completed.stdout.strip()
    works = git(path, "rev-parse", "--git-dir", check=False)
    if works.returncode != 0:
        raise _refused(path, works.stderr)
    return None


def refuse_unwritable(path: Path, said: str) -> None:
    """Say so where git failed because it could not write into the repository.

    Args:
        said: git's standard error.

    Raises:
        HostError: it was that; otherwise the failure has another reason.
    """
    if _UNWRITABLE.search(said):
        raise HostError(
            "git cannot write into this repository, where the commits of a version go.",
            where=str(path),
            hint="Fix what git says below, or name a tree of your own with --tree.",
            detail=said.strip(),
        )


def refuse_in_the_way(path: Path, said: str) -> None:
    """Say so where git made no branch or tag because of what another one is called.

    Args:
        said: git's standard error.

    Raises:
        StageError: it was that; otherwise the failure has another reason.
    """
    if found := _IN_THE_WAY.search(said):
        kind, other = "branch", shlex.quote(found["other"])
        rename = f"git branch -m {other} NAME"
        if found["kind"] == "tags":
            kind, rename = "tag", f"git tag NAME {other}; git tag -d {other}"
        ours = found["ref"].removeprefix(f"refs/{found['kind']}/")
        raise StageError(
            f"there can be no {kind} `{ours}` beside the {kind} `{found['other']}`.",
            where=str(path),
            hint=f"Give that one another name: {rename}",
            detail=said,
        )


def _refused(path: Path, said: str) -> HostError:
    return HostError(
        "git cannot work in this repository.",
        where=str(path),
        hint="What git says about it stands below.",
        detail=said.strip(),
    )


def read_file(path: Path, commit: str, name: str) -> bytes:
    """Content of the file ``name`` in ``commit``.

    Raises:
        SeriesError: there is no such file.
    """
    if len(commit) == _SHA256:  # GitPython knows SHA-1 alone
        return read_all(path, commit, (name,))[name]
    with reading(path) as repo:
        try:
            blob = repo.commit(commit).tree / name
        except KeyError as error:
            raise _no_file(path, commit, name) from error
        data: bytes = blob.data_stream.read()
        return data


def read_all(path: Path, commit: str, names: Collection[str]) -> dict[str, bytes]:
    """Contents of several files of ``commit`` at once.

    Raises:
        SeriesError: it does not have one of them.
    """
    found = read_files(path, commit, names)
    for name in names:
        if name not in found:
            raise _no_file(path, commit, name)
    return found


def _no_file(path: Path, commit: str, name: str) -> SeriesError:
    return SeriesError(
        f"there is no file `{name}` in commit {commit[:12]}.",
        where=str(path),
        hint="Name a tree of the kernel that has it.",
    )


def read_files(path: Path, commit: str, names: Iterable[str]) -> dict[str, bytes]:
    """Contents of several files of ``commit`` at once; those that it does not have are left out."""
    wanted = [name for name in dict.fromkeys(names) if "\n" not in name]
    feed = "".join(f"{commit}:{name}\n" for name in wanted).encode("utf-8", "surrogateescape")
    out = git(path, "cat-file", "--batch", stdin=feed).out
    found: dict[str, bytes] = {}
    for name in wanted:
        # "ID blob SIZE", a line feed, the contents, a line feed; or "… missing" and a line feed
        head, _, out = out.partition(b"\n")
        words = head.split(b" ")
        if len(words) == 3 and words[2].isdigit():
            size = int(words[2])
            if words[1] == b"blob":
                found[name] = out[:size]
            out = out[size + 1 :]
    return found


def changed_paths(path: Path, old: str, new: str) -> tuple[str, ...]:
    """Paths that differ between two commits or trees."""
    return tuple(changed_modes(path, old, new))


def changed_modes(path: Path, old: str, new: str) -> dict[str, str]:
    """Paths that differ between two commits or trees, each with its mode in ``new`` (``100644``).

    The mode of a file that ``new`` lacks is ``000000``.
    """
    completed = git(path, "diff-tree", "-r", "-z", "--raw", "--no-renames", old, new)
    # ":100644 100755 OLD NEW M", NUL, the path, NUL, and so on
    words = completed.stdout.split("\0")
    return {name: raw.split()[1] for raw, name in zip(words[0::2], words[1::2], strict=False)}
