# SPDX-License-Identifier: GPL-2.0-or-later
"""From a plan to commits: the pieces of each patch put together over the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError, StageError
from refseries.git import identity
from refseries.host.scratch import scratch_folder
from refseries.model import BaseInfo, Identity
from refseries.reroll.plan import Piece, Plan, Planned
from refseries.reroll.source import Source
from refseries.reroll.targets import FixupTarget
from refseries.series import trailers


@dataclass(frozen=True)
class PatchText:
    """What a patch has beside its diff. ``date`` is the author's, as git takes it."""

    author: Identity
    date: str
    message: str


@dataclass(frozen=True)
class Folded:
    """The commits of a new version, over the base; ``tree`` is that of the last one."""

    commits: tuple[str, ...]
    tree: str


def plan(onto: str, patches: Sequence[Source], choices: Sequence[FixupTarget]) -> Plan:
    """Patches in their order, new ones behind them, each followed by its fixups.

    An ``amend!`` commit gives its patch a new message, as it does in git.
    """
    fresh = [choice.fixup for choice in choices if choice.into is choice.fixup]
    planned = []
    for patch in (*patches, *fresh):
        into = [choice.fixup for choice in choices if choice.into is patch]
        takes = [patch, *(fixup for fixup in into if fixup is not patch)]
        amends = [fixup for fixup in into if fixup.rewords]
        text = (amends or [patch])[-1].name
        planned.append(Planned(patch.name, tuple(Piece(each.name) for each in takes), text))
    return Plan(onto, tuple(planned))


def texts(plan: Plan, sources: Mapping[str, Source]) -> tuple[PatchText, ...]:
    """Author, date and message of each patch of ``plan``: the author's and date of its first piece.

    What ``squash!`` commits say is added to the message, as in git.

    Raises:
        SeriesError: a piece is of nothing that is there.
    """
    found = []
    for planned in plan.patches:
        first, said = (source(sources, planned, of) for of in (planned.takes[0].of, planned.text))
        whose = first if said.rewords else said
        behind = [piece.of for piece in planned.takes]
        behind = behind[behind.index(planned.text) + 1 :] if planned.text in behind else []
        more = (source(sources, planned, of).added for of in behind)
        found.append(PatchText(whose.author, whose.date, trailers.longer(said.text, more)))
    return tuple(found)


def source(sources: Mapping[str, Source], planned: Planned, name: str) -> Source:
    """The source called ``name``, for a patch of a plan.

    Raises:
        SeriesError: there is none.
    """
    if name not in sources:
        raise SeriesError(
            f"takes of `{name}`, which is neither a patch of the version before nor a fixup.",
            where=planned.name,
            hint=f"There are {', '.join(sources)}.",
        )
    return sources[name]


def fold(
    base: BaseInfo,
    plan: Plan,
    sources: Mapping[str, Source],
    texts: Sequence[PatchText],
    committer: Identity,
) -> Folded:
    """Make the commits of ``plan``; no branch points at them.

    Args:
        sources: by name, what the pieces are of.
        texts: one for each patch of the plan.

    Raises:
        SeriesError: a piece is of nothing that is there.
        StageError: a piece does not fit where it is to go; names it.
    """
    with scratch_folder() as scratch:
        env = {
            "GIT_INDEX_FILE": str(scratch / "index"),
            **identity.as_committer(committer),
        }
        git.git(base.repo, "read-tree", base.commit, env=env)
        commits: list[str] = []
        tree = base.tree
        for planned, text in zip(plan.patches, texts, strict=True):
            for piece in planned.takes:
                _apply(base.repo, planned, piece, source(sources, planned, piece.of), env)
            before, tree = tree, git.git(base.repo, "write-tree", env=env).stdout.strip()
            if tree == before:
                raise StageError(
                    "nothing is left of the patch: its pieces undo each other.",
                    where=planned.name,
                    hint="Fold its fixup elsewhere, or leave the patch out of the plan.",
                )
            parent = commits[-1] if commits else base.commit
            commits.append(_commit(base.repo, tree, parent, text, env))
        return Folded(tuple(commits), tree)


def reword(
    base: BaseInfo, folded: Folded, texts: Sequence[PatchText], committer: Identity
) -> Folded:
    """The same trees with other texts, one for each commit.

    Raises:
        SeriesError: git makes no commit of a text.
    """
    env = identity.as_committer(committer)
    made: list[str] = []
    for old, text in zip(folded.commits, texts, strict=True):
        tree = git.tree_of(base.repo, old)
        made.append(_commit(base.repo, tree, made[-1] if made else base.commit, text, env))
    return Folded(tuple(made), folded.tree)


def _apply(
    repo: Path, planned: Planned, piece: Piece, source: Source, env: Mapping[str, str]
) -> None:
    diff = git.on_objects(
        repo, source.commit, "--literal-pathspecs", "diff-tree", "-p", "--binary", "--full-index",
        "--no-renames", source.parent, source.commit, "--", *piece.paths,
    ).out  # fmt: skip
    if not diff:
        if source.rewords and not piece.paths:
            return
        raise SeriesError(
            f"`{piece.of}` changes nothing of {', '.join(piece.paths) or 'the tree'}.",
            where=planned.name,
            hint="Fix the plan.",
        )
    words = ("apply", "--cached", "--3way", "--whitespace=nowarn", "-")
    applied = git.git(repo, *words, env=env, stdin=diff, check=False)
    if applied.returncode != 0:
        raise StageError(
            f"`{source.subject}` does not fit into the patch: what it changes is made by a later"
            " one, or is changed by one as well.",
            where=planned.name,
            hint="Fold it into the later patch, or split it.",
            detail=applied.stderr.strip(),
        )


def _commit(repo: Path, tree: str, parent: str, text: PatchText, env: Mapping[str, str]) -> str:
    author = identity.as_author(text.author, text.date)
    made = git.git(
        repo, "commit-tree", tree, "-p", parent, "-F", "-",
        env={**env, **author, "GIT_COMMITTER_DATE": text.date},
        stdin=text.message.encode(), check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise SeriesError(
            f"git makes no commit of it: {made.stderr.strip().removeprefix('fatal: ')}.",
            where=text.message.partition("\n")[0],
            hint="Fix its author, its date or its message.",
        )
    return made.stdout.strip()


def check_tree(repo: Path, tree: str, tip: str) -> None:
    """Check that the last patch leaves what the last fixup left.

    Raises:
        StageError: it does not; names the files.
    """
    if different := git.changed_paths(repo, tip, tree):
        raise StageError(
            "the last patch does not leave the files that the last fixup left.",
            where=", ".join(different[:5]),
            hint="The plan leaves something out, or takes it twice; nothing was written.",
        )
