# SPDX-License-Identifier: GPL-2.0-or-later
"""Who must see a patch, by the base tree's own ``scripts/get_maintainer.pl``.

The script wants to stand in a kernel tree. It gets a folder that looks like one and holds what it
reads; the answer is kept under a key of all that it depends on.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from refseries import git, proc, runs, store
from refseries.errors import StageError
from refseries.model import BaseInfo, Identity

_SCRIPT = "scripts/get_maintainer.pl"
_READS = (_SCRIPT, "MAINTAINERS", ".mailmap", ".get_maintainer.ignore")
# What the script knows a kernel tree by, beside the files above.
_FILES = ("COPYING", "CREDITS", "Kbuild", "Makefile", "README")
_FOLDERS = ("Documentation", "arch", "include", "drivers", "fs", "init", "ipc", "kernel", "lib")
# Only what MAINTAINERS says: who committed to a file lately differs with the clone at hand.
_OPTIONS = (
    "--nogit", "--nogit-fallback", "--nofixes", "--noroles", "--norolestats", "--no-tree",
)  # fmt: skip


def of(base: BaseInfo, diffs: Sequence[bytes], cache: Path) -> tuple[Identity, ...]:
    """Maintainers, reviewers and lists for ``diffs``, in the script's order.

    Args:
        cache: folder in which answers are kept.

    Returns:
        Nobody when the base tree has no such script or no MAINTAINERS.

    Raises:
        HostError: perl is missing.
        StageError: the script failed.
    """
    listed = git.git(base.repo, "ls-tree", "-z", base.commit, "--", *_READS).stdout
    # "100644 blob ID", a tab, the path
    blobs = {entry.partition("\t")[2]: entry.split()[2] for entry in listed.split("\0") if entry}
    if not {_SCRIPT, "MAINTAINERS"} <= blobs.keys():
        return ()
    digest = hashlib.sha256(f"{listed}\0{_OPTIONS}".encode())
    for diff in diffs:
        digest.update(hashlib.sha256(diff).digest())
    record = cache / f"maintainers-{digest.hexdigest()[:32]}.json"
    try:
        return tuple(Identity(name, email) for name, email in json.loads(record.read_text()))
    except (OSError, ValueError, TypeError):
        found = _ask(base, blobs, diffs)
    record.parent.mkdir(parents=True, exist_ok=True)
    runs.write_atomically(record, json.dumps([[person.name, person.email] for person in found]))
    return found


def _ask(base: BaseInfo, blobs: dict[str, str], diffs: Sequence[bytes]) -> tuple[Identity, ...]:
    with tempfile.TemporaryDirectory(prefix="refseries-maintainers-") as scratch:
        top = Path(scratch)
        for name in _FOLDERS:
            (top / name).mkdir()
        (top / "scripts").mkdir()
        for name in _FILES:
            (top / name).touch()
        for name, blob in blobs.items():
            (top / name).write_bytes(git.git(base.repo, "cat-file", "blob", blob).out)
        patches = [top / f"{number:04}.patch" for number in range(1, len(diffs) + 1)]
        for path, diff in zip(patches, diffs, strict=True):
            path.write_bytes(diff)
        done = proc.run(
            ["perl", _SCRIPT, *_OPTIONS, "--", *(path.name for path in patches)],
            cwd=top, env={"LC_ALL": "C"}, check=False, deadline=120,
        )  # fmt: skip
    if done.returncode != 0:
        raise StageError(
            f"{_SCRIPT} of the base tree failed.",
            hint="Name a base tree in which it works, or leave it out with --no-maintainers.",
            detail="\n".join(done.stderr.strip().splitlines()[-10:]),
        )
    lines = filter(None, map(str.strip, done.stdout.splitlines()))
    return tuple(store.person(line, _SCRIPT) for line in lines)
