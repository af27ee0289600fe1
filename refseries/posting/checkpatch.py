# SPDX-License-Identifier: GPL-2.0-or-later
"""What the base tree's ``scripts/checkpatch.pl`` says of a patch as it goes out.

That one is signed off, and what is told is what a bot on the list would say. The stricter look at a
patch as it is stored is ``check.checkpatch``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from refseries import git
from refseries.errors import StageError
from refseries.host import homes, proc
from refseries.host.scratch import scratch_folder
from refseries.model import BaseInfo
from refseries.posting import base_scripts

_SCRIPT = base_scripts.CHECKPATCH[0]
# get_maintainer.pl answers for a new file what checkpatch can only ask.
_OPTIONS = (
    "--no-tree", "--terse", "--showfile", "--show-types", "--no-summary", "--color=never",
    "--ignore=FILE_PATH_CHANGES",
)  # fmt: skip
_LINE = re.compile(r"(?P<file>[^:]*):(?P<line>\d+): (?P<text>(?:ERROR|WARNING):.+)")


def complaints(
    base: BaseInfo, raw: bytes, text: bytes, cache: Path, running: Callable[[], object]
) -> tuple[str, ...]:
    """Its errors and warnings, one line each: ``FILE:LINE: ERROR:TYPE: …``.

    Args:
        raw: the mail.
        text: what of it counts, without ids and dates; the answer is kept under it.
        cache: folder in which answers are kept.
        running: called when the script runs; a kept answer takes no time.

    Returns:
        Nothing when the base tree has no such script.

    Raises:
        HostError: perl is missing.
        StageError: the script failed.
    """
    files = base_scripts.blobs(base, base_scripts.CHECKPATCH, cache)
    if _SCRIPT not in files:
        return ()
    name = base_scripts.key("checkpatch", 2, _OPTIONS, sorted(files.items()), contents=[text])

    def ask() -> list[str]:
        running()
        return _ask(base, files, raw)

    lines = base_scripts.remembered(cache / f"{name}.json", ask)
    return tuple(lines)


def _ask(base: BaseInfo, files: Mapping[str, str], raw: bytes) -> list[str]:
    with scratch_folder() as top:
        base_scripts.lay_out(base, files, top)
        (top / "a.patch").write_bytes(raw)
        done = proc.run(
            ["perl", _SCRIPT, *_OPTIONS, "--", "a.patch"],
            cwd=top,
            # It asks git about the commits that a message names.
            env={**git.environment(), **homes.NOBODY, "GIT_DIR": str(base.repo)},
            check=False,
            deadline=120,
        )
    if done.returncode not in (0, 1):
        raise StageError(
            f"{_SCRIPT} of the base tree failed.",
            hint="Leave it out with --no-check.",
            detail="\n".join(done.stderr.strip().splitlines()[-10:]),
        )
    found = (_LINE.fullmatch(line) for line in done.stdout.splitlines())
    return [
        f"{one['file']}:{one['line']}: {one['text']}" if one["file"] else one["text"]
        for one in found
        if one
    ]
