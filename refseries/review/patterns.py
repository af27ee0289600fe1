# SPDX-License-Identifier: GPL-2.0-or-later
"""Regular expressions that people write into files, searched for a bounded time."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

from refseries.errors import SeriesError

MAX_SECONDS = 2.0
"""Of processor time, for one search. Nested repeats can take longer than anybody lives."""


def find_line(pattern: str, lines: Iterable[str], where: str) -> int:
    """Number (from 1) of the first of ``lines`` that ``pattern`` is found in; 0 for none.

    Args:
        where: the place of the pattern, for errors.

    Raises:
        SeriesError: it is no regular expression, or takes too long.
    """
    import regex  # slow to import, and only searches need it

    # By the clock that `regex` goes by: what else a machine does makes no search too slow.
    end = time.process_time() + MAX_SECONDS
    try:
        compiled = regex.compile(pattern, regex.MULTILINE)
        for number, line in enumerate(lines, 1):
            # A deadline that has passed counts as none.
            if compiled.search(line, timeout=max(end - time.process_time(), 0.001)):
                return number
    except (regex.error, RecursionError, OverflowError) as error:
        raise SeriesError(
            f"`{pattern[:80]}` is not a regular expression: {error}.",
            where=where,
            hint="Fix it; Python's `re` module explains the syntax.",
        ) from error
    except (TimeoutError, MemoryError) as error:
        raise SeriesError(
            f"the search for `{pattern}` takes more than {MAX_SECONDS:.0f} seconds.",
            where=where,
            hint="Do without repeats inside of repeats.",
        ) from error
    return 0


def is_in_text(pattern: str, text: str, where: str) -> bool:
    """Whether ``pattern`` is found in ``text``, however its lines are wrapped.

    It is looked for in the text as it stands, where ``^`` and ``$`` are ends of lines, and in the
    text with each run of white space as one blank.

    Raises:
        SeriesError: it is no regular expression, or takes too long.
    """
    return find_line(pattern, (text, " ".join(text.split())), where) > 0


def problems(key: str, expressions: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Those of ``expressions`` that are none: the key, what is wrong, what to do."""
    for expression in expressions:
        try:
            re.compile(expression)
        except (re.error, RecursionError, OverflowError) as error:
            what = f"`{expression}` is not a regular expression: {error}."
            yield key, what, "Fix it; Python's `re` module explains the syntax."
