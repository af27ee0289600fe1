# SPDX-License-Identifier: GPL-2.0-or-later
"""Who must see a patch, by the base tree's own ``scripts/get_maintainer.pl``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from refseries import git
from refseries.errors import StageError
from refseries.host import homes, proc
from refseries.host.progress import Say, silent
from refseries.host.scratch import scratch_folder
from refseries.mail import address
from refseries.model import BaseInfo, Identity
from refseries.posting import base_scripts

_SCRIPT = base_scripts.MAINTAINERS[0]
# Only what MAINTAINERS says: who committed to a file lately differs with the clone at hand.
_OPTIONS = (
    "--nogit", "--nogit-fallback", "--nofixes", "--noroles", "--norolestats", "--no-tree",
)  # fmt: skip


def maintainers_of(
    base: BaseInfo, diffs: Sequence[bytes], cache: Path, say: Say = silent
) -> tuple[Identity, ...]:
    """Maintainers, reviewers and lists for ``diffs``, in the script's order.

    Args:
        cache: folder in which answers are kept.
        say: is told when the script runs; a kept answer takes no time.

    Returns:
        Nobody when the base tree has no such script or no MAINTAINERS.

    Raises:
        HostError: perl is missing.
        StageError: the script failed.
    """
    files = base_scripts.blobs(base, base_scripts.MAINTAINERS, cache)
    if not diffs or not {_SCRIPT, "MAINTAINERS"} <= files.keys():
        return ()
    name = base_scripts.key("maintainers", 2, _OPTIONS, sorted(files.items()), contents=diffs)

    def ask() -> list[str]:
        say("Asking get_maintainer.pl")
        return _ask(base, files, diffs)

    lines = base_scripts.remembered(cache / f"{name}.json", ask)
    return tuple(address.person(line, _SCRIPT) for line in lines)


def _ask(base: BaseInfo, files: Mapping[str, str], diffs: Sequence[bytes]) -> list[str]:
    with scratch_folder() as top:
        base_scripts.lay_out(base, files, top)
        names = [f"{number:04}.patch" for number in range(1, len(diffs) + 1)]
        for name, diff in zip(names, diffs, strict=True):
            (top / name).write_bytes(diff)
        done = proc.run(
            ["perl", _SCRIPT, *_OPTIONS, "--", *names],
            cwd=top, env={**git.environment(), **homes.NOBODY}, check=False, deadline=120,
        )  # fmt: skip
    if done.returncode != 0:
        raise StageError(
            f"{_SCRIPT} of the base tree failed.",
            hint="Name a base tree in which it works, or leave it out with --no-maintainers.",
            detail="\n".join(done.stderr.strip().splitlines()[-10:]),
        )
    return [line for line in map(str.strip, done.stdout.splitlines()) if line]
