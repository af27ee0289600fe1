# SPDX-License-Identifier: GPL-2.0-or-later
"""A toy kernel with three releases, each of which moves what the series changes."""

from __future__ import annotations

from toy import ADA, KERNEL, Change, Toy, lines

RELEASES = ("6.12.117", "6.13", "6.14")

# mm/memory.c of each release: 6.13 has another line near the patch, 6.14 rewrites the patched one.
MEMORY = {
    "6.12.117": lines(),
    "6.13": lines((7, b"int seventh;")) + b"int more;\n",
    "6.14": lines((7, b"int seventh;"), (10, b"long line_10;")) + b"int more;\n",
}


def makefile(release: str) -> bytes:
    """The top Makefile of a release."""
    _major, minor, *_sub = release.split(".")
    return KERNEL["Makefile"].replace(b"12\nSUBLEVEL = 117", f"{minor}\nSUBLEVEL = 0".encode())


def add(toy: Toy) -> dict[str, str]:
    """Make the later releases, one over the other, and tag them; gives the commits of all."""
    toy.at_base()
    found = {RELEASES[0]: toy.base_commit}
    for release in RELEASES[1:]:
        files = {"Makefile": makefile(release), "mm/memory.c": MEMORY[release]}
        found[release] = toy.commit((ADA, f"Linux {release}\n", dict(files)))
        toy.git("tag", f"v{release}")
    toy.git("checkout", "--quiet", "master")
    return found


def change(release: str, line: bytes = b"int toy;", text: str = "one") -> tuple[Change, ...]:
    """The commits of a version over ``release``: one changes line 10, one adds a file."""
    old = b"long line_10;" if release == "6.14" else b"int line_10;"
    return (
        (
            ADA,
            f"mm: introduce toys\n\nA toy is a page that {text} can play with.\n",
            {"mm/memory.c": MEMORY[release].replace(old, line), "mm/toy.c": b"int toy_create;\n"},
        ),
        (
            "Bob Ångström <bob@example.org>",
            "mm: tell what a toy is\n\nIt is described below Documentation.\n",
            {"Documentation/mm/toy.rst": b"Toys\n====\n"},
        ),
    )


def branch(toy: Toy, name: str, release: str, *changes: Change) -> str:
    """A branch with ``changes`` over a release; gives its last commit."""
    toy.git("checkout", "--quiet", "-B", name, f"v{release}")
    for each in changes:
        toy.commit(each)
    tip = toy.git("rev-parse", "HEAD")
    toy.git("checkout", "--quiet", "master")
    return tip
