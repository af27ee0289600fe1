# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a rebase has come that a conflict stopped: a file beside its work tree."""

from __future__ import annotations

from pathlib import Path

import msgspec

from refseries.errors import SeriesError
from refseries.host import typed
from refseries.host.files import write_atomically
from refseries.host.scratch import sweep
from refseries.model import OwnBase
from refseries.series import store


class RebasedPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of one patch.

    Attributes:
        number: of the patch in the version as it was, from 1.
        commit: it over the new base; empty where it is left out.
        why: why it is left out; empty where it is not.
    """

    number: int
    subject: str
    commit: str
    why: str = ""


class RebaseState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rebase on its way.

    Attributes:
        version: what is moved, and ``digest`` of it as it was.
        name: the version that comes of it; the same where it moves in place.
        onto: git id of the new base.
        own: what version.toml shall say of that; None for the base of the series.
        tip: the last commit over the new base.
        done: patches that are through, in their order.
        depends: what is below the version there.
    """

    version: str
    digest: str
    name: str
    onto: str
    own: OwnBase | None
    tip: str
    done: tuple[RebasedPatch, ...] = ()
    depends: tuple[str, ...] = ()


def place(root: Path, version: str) -> Path:
    """Where the work tree of a rebase of ``version`` stands."""
    return root / store.OWN / "rebase" / version


def save(root: Path, state: RebaseState) -> None:
    """Keep ``state``, whatever is killed from now on."""
    store.own_directory(root)
    path = _file(root, state.version)
    path.parent.mkdir(exist_ok=True)
    sweep(path.parent)
    write_atomically(path, msgspec.json.format(msgspec.json.encode(state), indent=1).decode())


def load(root: Path, version: str) -> RebaseState | None:
    """The rebase of ``version`` that is under way; None where none is.

    Raises:
        SeriesError: its file is damaged.
    """
    path = _file(root, version)
    try:
        return typed.from_json(path.read_bytes(), RebaseState)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise SeriesError(
            f"is no state of a rebase: {error}.",
            where=str(path),
            hint=f"Throw the rebase away: refseries rebase {version} --abort",
        ) from error


def under_way(root: Path) -> str:
    """The version of which a rebase is under way.

    Raises:
        SeriesError: there is none, or more than one.
    """
    found = all_under_way(root)
    if len(found) == 1:
        return found[0]
    if found:
        raise SeriesError(
            f"rebases of {' and '.join(found)} are under way.",
            hint=f"Name the version that is meant, as in `refseries rebase {found[0]} --continue`.",
        )
    raise SeriesError(
        "no rebase is under way.", hint="To begin one: refseries rebase VERSION --onto REF"
    )


def all_under_way(root: Path) -> tuple[str, ...]:
    """The versions of which a rebase is under way; what a killed one half wrote is removed."""
    folder = place(root, "*").parent
    sweep(folder)
    return tuple(sorted(path.stem for path in folder.glob("*.json")))


def forget(root: Path, version: str) -> None:
    """Nothing of ``version`` is under way any more."""
    path = _file(root, version)
    path.unlink(missing_ok=True)
    sweep(path.parent)


def exists(root: Path, version: str) -> bool:
    """Whether a rebase of ``version`` is under way, readable or not."""
    return _file(root, version).is_file()


def _file(root: Path, version: str) -> Path:
    return place(root, version).with_suffix(".json")
