# SPDX-License-Identifier: GPL-2.0-or-later
"""How large refseries/ is and how its rooms hang together, as docs/architecture.md has it.

    python benchmarks/structure.py [CHECKOUT]

A room is a package or a module right below refseries/. An import of one room in another counts
once, however many modules have it.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path


def imported(tree: ast.Module) -> Iterator[list[str]]:
    """The dotted names below ``refseries`` that a module imports, in pieces."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1:] for name in names if name.startswith("refseries."))


def main() -> None:
    """Print a line for each figure."""
    package = Path(*sys.argv[1:2]).resolve() / "refseries"
    modules = sorted(package.rglob("*.py"))
    texts = {path: path.read_text() for path in modules}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    own = {path: path.relative_to(package).parts[0].removesuffix(".py") for path in modules}
    rooms = set(own.values()) - {"__init__", "__main__"}
    edges = {
        (own[path], name[0])
        for path, tree in trees.items()
        for name in imported(tree)
        if name[0] in rooms and own[path] in rooms and name[0] != own[path]
    }
    classes = Counter(
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]
    figures = {
        "lines": sum(len(text.splitlines()) for text in texts.values()),
        "modules": len(modules),
        "rooms": len(rooms),
        "imports between rooms": len(edges),
        "class names with more than one meaning": sum(count > 1 for count in classes.values()),
        "lines of the longest module": max(len(text.splitlines()) for text in texts.values()),
        "lines of the median function": sorted(lengths)[len(lengths) // 2],
    }
    for name, figure in figures.items():
        print(f"{figure:>7,}  {name}")


if __name__ == "__main__":
    main()
