# SPDX-License-Identifier: GPL-2.0-or-later
"""In which order to build several trees, so that make has the least to do. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from refseries.kernel import arch as arches

T = TypeVar("T")

# Up to here every order is tried: 7! = 5040 sums.
_TRY_ALL = 7

# First match counts: what a change of such a file costs, in compiled files, by and large.
_WEIGHTS = (
    (re.compile(r"^(Documentation|samples|tools|LICENSES)/|^[A-Z]+$|\.(rst|txt|md|yaml)$"), 0),
    (re.compile(r"^(arch/[^/]+/)?include/|\.tbl$"), 100),
    (re.compile(r"(^|/)Kconfig[^/]*$|^Makefile$|^scripts/"), 50),
    (re.compile(r"\.h$"), 10),
)  # fmt: skip
_ARCH = re.compile(r"^arch/([^/]+)/")


def cost(paths: Iterable[str], arch: str) -> int:
    """About how many files make compiles after these paths of the tree have changed.

    Args:
        paths: changed files, from the top of the tree.
        arch: kernel's ARCH; files of other architectures cost nothing.
    """
    own = arches.get(arch).source
    total = 0
    for path in paths:
        found = _ARCH.match(path)
        if found and found[1] != own:
            continue
        total += next((weight for pattern, weight in _WEIGHTS if pattern.search(path)), 1)
    return total


def order(
    items: Sequence[T],
    changed: Callable[[T, T], Iterable[str]],
    arch: str,
    start: T | None = None,
) -> tuple[T, ...]:
    """``items`` in the order that rebuilds least; of equally good ones, the nearest to theirs.

    More than seven stay as they are: versions differ least from their neighbours as a rule, and to
    compare each with each of a thousand takes longer than it gains.

    Args:
        items: what is to be built, one after the other in the same build directory.
        changed: the paths that differ between the trees of two items; asked at most once a pair.
        arch: kernel's ARCH.
        start: what the build directory holds now; None when it is empty.
    """
    if len(items) > _TRY_ALL:
        return tuple(items)
    nodes: list[T] = [*items] if start is None else [start, *items]
    step = [[0] * len(nodes) for _ in nodes]
    for (row, one), (column, other) in itertools.combinations(enumerate(nodes), 2):
        step[row][column] = step[column][row] = cost(changed(one, other), arch)
    offset = len(nodes) - len(items)
    numbers = range(offset, len(nodes))
    first = () if start is None else (0,)
    # min() keeps the first of equals, and permutations come in lexicographic order.
    best = min(
        itertools.permutations(numbers),
        key=lambda each: sum(step[a][b] for a, b in itertools.pairwise((*first, *each))),
    )
    return tuple(nodes[number] for number in best)
