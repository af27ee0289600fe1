# SPDX-License-Identifier: GPL-2.0-or-later
"""``diff``: regular expressions on what the version's patches make of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from refseries.errors import StageError
from refseries.review import patterns
from refseries.review.evidence import pattern
from refseries.review.evidence.kind import Evidence, KernelPath, Known, Pair, Pattern, Proof, Told


class DiffEvidence(Evidence, frozen=True, tag="diff"):
    """See above.

    Attributes:
        file: path in the kernel tree.
        added: each matches a line of the settling version and none of the criticised one.
        gone: each matches a line of the criticised version and none of the settling one.
    """

    file: KernelPath
    added: tuple[Pattern, ...] = ()
    gone: tuple[Pattern, ...] = ()

    def detail(self) -> str:
        """The file and the patterns."""
        return pattern.detail(self.file, self.added, self.gone)

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """It looks for nothing, or a pattern is none."""
        yield from pattern.problems(self.kind, self.added, self.gone)

    def files(self) -> tuple[str, ...]:
        """The file."""
        return (self.file,)

    def judge(self, pair: Pair, known: Known) -> Proof:
        """Each pattern is in a line of the file on one side, and in none on the other.

        The whole file counts, not the patches' own lines alone: a pattern cannot be proven by a
        line that moved, or that the base has elsewhere in the file.
        """
        sides = known.lines(pair.before, self.file), known.lines(pair.after, self.file)

        def at(expression: str) -> tuple[str, str]:
            old, new = (patterns.find_line(expression, lines, pair.task) for lines in sides)
            return _line(old), _line(new)

        return pattern.judge(self.file, self.added, self.gone, pair, at)

    def tell(self, pair: Pair, proof: Proof, known: Known | None) -> Told:
        """The first line that came, or that nothing is left."""
        number, text = self._found(pair, known)
        if number:
            return Told(code=f"{self.file}, line {number}:\n\n{text.rstrip()}")
        return Told(gone=self.file) if self.gone else Told()

    def _found(self, pair: Pair, known: Known | None) -> tuple[int, str]:
        """The line of the settling version that it is about; (0, "") where there is none."""
        if known is None or not self.added:
            return 0, ""
        try:
            lines: Sequence[str] = known.lines(pair.after, self.file)
        except StageError:
            return 0, ""
        number = patterns.find_line(self.added[0], lines, pair.task)
        return (number, lines[number - 1]) if number else (0, "")


def _line(number: int) -> str:
    return f"line {number}" if number else ""
