# SPDX-License-Identifier: GPL-2.0-or-later
"""Which words a type lets stand where."""

from __future__ import annotations

import pytest

from refseries.host.type_words import words_for
from refseries.testing.suites.kinds import SuitesFile


@pytest.mark.parametrize(
    ("kind", "keys", "words"),
    [
        (SuitesFile, ("suite", "mine", "kind"), ("command", "kunit", "programs", "tree")),
        (SuitesFile, ("suite", "mine", "about"), ()),
        (SuitesFile, ("schema",), ()),
        (SuitesFile, (), ()),
    ],
)
def test_the_words_that_a_key_may_have(
    kind: type, keys: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert words_for(kind, keys) == words
