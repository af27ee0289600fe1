# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest

from refseries.errors import SeriesError
from refseries.mail import address, write
from refseries.model import Identity


@pytest.mark.parametrize(
    "text",
    ["", "Bob", "a@b.c, d@e.f", "A, B <a@b.c>", "A <a@b.c> x", "<a@b.c>", "a@b..c", "A\n<a@b.c>"],
)
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(SeriesError, match="not one mail address") as caught:
        address.person(text, "--to")
    assert caught.value.where == "--to"


def test_a_name_in_quotes_may_have_quotes_in_it() -> None:
    who = Identity('Ada "the \\ First" Löwe', "ada@example.org")
    assert address.person(write.recipient(who), "--to") == who


def test_words_of_a_name_may_stand_in_quotes() -> None:
    found = address.person('Ada "the First" Löwe <ada@example.org>', "--to")
    assert found == Identity("Ada the First Löwe", "ada@example.org")
