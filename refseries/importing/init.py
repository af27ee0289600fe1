# SPDX-License-Identifier: GPL-2.0-or-later
"""A series of the user's own: the files that one begins with, in a folder of his."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git import identity, releases
from refseries.host import transaction
from refseries.host.homes import at_home
from refseries.host.settings import Settings
from refseries.kernel import base as bases
from refseries.model import BASE, BaseInfo, BaseSpec, Identity

_TEMPLATES = Path(__file__).parent / "kernel-tests"
_EXAMPLE = "example_test.c"
_TESTS = ("config", "expectations.toml", _EXAMPLE, "Makefile")
_FILES_OF_A_VERSION = ("series/v1/version.toml", "series/v1/0001-x.patch", "series/v1/cover.md")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")

_SERIES = """\
# The series that this folder holds; docs/own-series.md of refseries explains more keys.
schema = 1
name = {name}
title = {title}

# What `refseries test` builds when no --config is given; it boots, and runs kernel-tests/.
configs = ["default"]
{prefixes}
# Committer of the commits that `refseries apply` makes: fixed, so that ids are the same everywhere.
[identity]
name = {person}
email = {email}

# Whom every version is sent to, beside those whom get_maintainer.pl names and earlier reviewers.
[recipients]
to = []
cc = []

# The kernel that every version is applied to: a commit of a git tree.
[base]
release = {release}
tree = {tree}
ref = {ref}
# Folders that no config compiles. Without them builds take less space, and begin sooner.
leave_out = []
"""
_PREFIXES = """
# The tree that it is for, in the brackets of each subject: [PATCH WORD v2 1/3].
prefixes = {}
"""


@dataclass(frozen=True)
class Begun:
    """What was written.

    Attributes:
        root: the folder that holds ``series/`` and ``kernel-tests/``.
        ref: the commit that versions are applied to, as series.toml has it.
        kept: files that stood there already, and were left as they are.
        made: folders that did not, the innermost first.
    """

    name: str
    root: Path
    ref: str
    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    made: tuple[Path, ...]


def ignored(begun: Begun) -> dict[str, str]:
    """Folders of the series in which git ignores files, with the rule; none where git is not used.

    A kernel's own .gitignore has ``series``, a file of quilt's, and ``*.patch``.
    """
    files = (*_FILES_OF_A_VERSION, *(str(path.relative_to(begun.root)) for path in begun.written))
    asked = "".join(f"{name}\0" for name in files).encode()
    said = git.users(begun.root, "check-ignore", "--verbose", "-z", "--stdin", stdin=asked)
    words = said.stdout.split("\0")
    return {
        path.partition("/")[0]: f"{source}:{line} {rule}"
        for source, line, rule, path in zip(*(iter(words),) * 4, strict=False)
        if not rule.startswith("!")  # taken in again: git names that rule, too
    }


def begin(
    root: Path,
    settings: Settings,
    name: str | None = None,
    title: str | None = None,
    prefixes: Sequence[str] = (),
) -> Begun:
    """Write what a series needs before it has a version: series.toml and selftests to start from.

    A file that is there already is left as it is.

    Args:
        root: the folder; made when it is not there.
        settings: its ``tree`` and ``base_ref`` are the base.
        name: of the series; default: the folder's.
        title: of the series; default: its name.
        prefixes: words in the brackets of each subject.

    Raises:
        SeriesError: a series is there, or cannot be called that; or there is no such base.
        HostError: git does not know the user's name and address.
    """
    _check_free(root)
    name = _called(name or root.name)
    title = _one_line(title or name)
    person = identity.sender(next(each for each in (root, *root.parents) if each.is_dir()))
    base, tree, ref = _base(settings, person, root)
    text = _series_toml(name, title, person, base.release, tree, ref, prefixes)
    folders = (root / "series", root / "kernel-tests", root, *root.parents)
    made = tuple(each for each in folders if not each.exists())
    (root / "series").mkdir(parents=True, exist_ok=True)
    with transaction.changing(root) as change:
        _check_free(root)  # another one may have been quicker
        new, kept = _files(root, text)
        for target, content in new.items():
            change.write(target, content)
        change.commit()
    return Begun(name, root, ref, tuple(new), kept, made)


def take_back(begun: Begun) -> bool:
    """Remove what was written, where no version has come; whether that was so."""
    if _has_version(begun.root):  # a signal can come behind the last step
        return False
    with transaction.changing(begun.root) as change:
        for path in begun.written:
            change.remove(path)
        change.commit()
    for folder in begun.made:
        with contextlib.suppress(OSError):  # somebody has put something into it
            folder.rmdir()
    return True


def _has_version(root: Path) -> bool:
    return any((root / "series").glob("v*/version.toml"))


def _check_free(root: Path) -> None:
    transaction.finish(root)
    if (path := root / "series" / "series.toml").exists():
        import_it = ", or bring its first version: refseries import SOURCE --as v1"
        raise SeriesError(
            "this folder holds a series already.",
            where=str(path),
            hint=f"Name another folder{'' if _has_version(root) else import_it}.",
        )


def _files(root: Path, series_toml: str) -> tuple[dict[Path, bytes], tuple[Path, ...]]:
    """What to write, and which files stand there already."""
    tests = root / "kernel-tests"
    # Whoever has tests of his own needs no example beside them.
    names = [each for each in _TESTS if each != _EXAMPLE or not (tests / "Makefile").exists()]
    kept = tuple(tests / each for each in names if (tests / each).exists())
    new = {
        tests / each: (_TEMPLATES / each).read_bytes() for each in names if tests / each not in kept
    }
    new[root / "series" / "series.toml"] = series_toml.encode()
    return new, kept


def _base(settings: Settings, person: Identity, root: Path) -> tuple[BaseInfo, str, str]:
    """The base, and tree and commit as series.toml names them."""
    if settings.tree is None:
        raise SeriesError(
            "which kernel is the series made on?",
            hint="Name your git tree and the commit: --tree DIR --base-ref REF",
        )
    if settings.base_ref is None:
        raise SeriesError(
            "which commit is the series made on?",
            where=str(settings.tree),
            hint=f"Name it: --base-ref {nearest_tag(git.git_dir(settings.tree)) or 'REF'}",
        )
    base = bases.find(BaseSpec(release=""), settings, person)
    # A branch moves on, and would take the base of every version with it.
    asked = ("show-ref", "--verify", "--quiet", f"refs/tags/{settings.base_ref}")
    tag = git.git(base.repo, *asked, check=False).returncode == 0
    tree = settings.tree
    if tree == root:  # wherever that is on another machine
        return base, ".", settings.base_ref if tag else base.commit
    return base, at_home(tree), settings.base_ref if tag else base.commit


def nearest_tag(repo: Path) -> str:
    """The newest release in the history of what is checked out; empty when there is none."""
    words = ("describe", "--tags", "--abbrev=0", *releases.LASTING)
    return git.git(repo, *words, check=False).stdout.strip()


def _called(name: str) -> str:
    if name == BASE or not _NAME.fullmatch(name):
        raise SeriesError(
            f"`{name}` cannot be the name of a series, which folders and branches are called by.",
            where="--name",
            hint="Take small letters, digits, - and _, as in `--name my-series`.",
        )
    return name


def _one_line(title: str) -> str:
    if not title.isprintable():
        raise SeriesError(
            "the title is one line of text.",
            where="--title",
            hint="Take line breaks and control characters out.",
        )
    return title


def _series_toml(
    name: str,
    title: str,
    person: Identity,
    release: str,
    tree: str,
    ref: str,
    prefixes: Sequence[str],
) -> str:
    import tomlkit

    values = {
        "name": name,
        "title": title,
        "person": person.name,
        "email": person.email,
        "release": release,
        "tree": tree,
        "ref": ref,
    }
    texts = {key: tomlkit.item(text).as_string() for key, text in values.items()}
    said = _PREFIXES.format(tomlkit.item(list(prefixes)).as_string()) if prefixes else ""
    return _SERIES.format(prefixes=said, **texts)
