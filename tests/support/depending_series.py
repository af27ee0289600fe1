# SPDX-License-Identifier: GPL-2.0-or-later
"""A series that stands on another one, which was posted, in the toy's tree and as mails."""

from __future__ import annotations

from pathlib import Path

import posted_series
import toy as toys
from exported_mails import in_series
from toy import ADA, Change, Toy, lines

CHANGE_ID = "20261101-count-0123456789ab"
COUNTED = lines((20, b"int count;"))
COUNT: tuple[Change, ...] = (
    (ADA, "mm: count pages\n", {"mm/memory.c": COUNTED}),
    (ADA, "mm: count more\n", {"mm/count.c": b"int more;\n"}),
)
TOYS: tuple[Change, ...] = (
    (ADA, "mm: count toys\n", {"mm/count.c": b"int more;\nint toys;\n"}),
    (ADA, "mm: name toys\n", {"mm/memory.c": COUNTED.replace(b"int count;", b"int toys;")}),
)


def mails(toy: Toy) -> Path:
    """v2 of what is depended on, as it was posted."""
    cover = ("mm: count pages", "So that one knows.\n")
    tail = f"change-id: {CHANGE_ID}\n"
    found = posted_series.patches(toy, *COUNT, number=2, cover=cover, tail=tail)
    return posted_series.mboxrd(toy.directory / "count.mbox", found)


def branches(toy: Toy) -> None:
    """The branches ``count`` and, on top of it, ``topic``."""
    toy.at_base()
    for change in COUNT:
        toy.commit(change)
    toy.git("branch", "count")
    for change in TOYS:
        toy.commit(change)
    toy.git("branch", "topic")
    toy.git("checkout", "--quiet", "--force", "master")


def say(toy: Toy, *names: str) -> None:
    """Have series.toml say what the series depends on."""
    listed = ", ".join(f'"{name}"' for name in names)
    in_series(toy, "[identity]", f"depends = [{listed}]\n\n[identity]")


def version(toy: Toy, name: str, *depends: str) -> None:
    """A version of the commits of ``topic``, which says itself what it depends on."""
    path = toy.project / "series" / name
    toy.git("checkout", "--quiet", "--detach", "topic")
    toy.add_version(name, toy.export("count", path))
    listed = ", ".join(f'"{each}"' for each in depends)
    file = path / "version.toml"
    file.write_text(f"{file.read_text()}depends = [{listed}]\n")
    toy.git("checkout", "--quiet", "--force", "master")


def patch_ids(toy: Toy) -> list[str]:
    """Of what is depended on, by git itself."""
    ids = []
    for commit in toy.git("rev-list", "--reverse", f"v{toys.RELEASE}..count").split():
        diff = toy.git("diff-tree", "-p", commit)
        script = 'printf "%s\\n" "$1" | git patch-id --stable'
        ids.append(_shell(toy, script, diff).split()[0])
    return ids


def _shell(toy: Toy, script: str, text: str) -> str:
    from refseries.host import proc

    return proc.run(["sh", "-c", script, "sh", text], cwd=toy.tree).stdout
