# SPDX-License-Identifier: GPL-2.0-or-later
"""Of which tags and reviews something is said before a version goes out, and of which not."""

from __future__ import annotations

import toy as toys
from exported_mails import make
from reviewer_tags import ANN, TOM, give, take_back
from reviews import make as review

from refseries.posting import tags
from refseries.review import store as reviews
from refseries.series import store

FIRST = "0001-mm-introduce-toys.patch"


def facts(toy: toys.Toy, name: str) -> tags.TagFacts:
    series = toy.series()
    mails = make(toy, name, ask_maintainers=False)
    return tags.facts(series, store.version(series, name), mails)


def test_a_tag_is_told_as_lost_by_the_version_that_lost_it_alone(toy: toys.Toy) -> None:
    give(toy, FIRST, TOM, version="v1")
    toy.version_of((toys.ADA, "mm: introduce toys\n", {"mm/toy.c": b"int three;\n"}), name="v3")
    assert len(facts(toy, "v2").lost) == 1
    assert facts(toy, "v3").lost == ()


def test_what_was_taken_back_or_speaks_against_it_is_no_loss(toy: toys.Toy) -> None:
    give(toy, FIRST, TOM, version="v1")
    give(toy, FIRST, ANN, "Nacked-by", version="v1")
    take_back(toy, FIRST, "Please drop my Reviewed-by.", version="v1")
    assert facts(toy, "v2").lost == ()


def test_a_first_version_lacks_reviews_once_somebody_wrote_about_it(toy: toys.Toy) -> None:
    assert facts(toy, "v1").unreviewed == ()
    reviews.save(toy.series(), review())
    assert facts(toy, "v1").unreviewed == ("mm: introduce toys", "mm: tell what a toy is")
