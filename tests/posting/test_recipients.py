# SPDX-License-Identifier: GPL-2.0-or-later
"""People whom trailers name get a copy, and export and diff agree on who they are."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import toy as toys
from exported_mails import make
from msgspec.structs import replace
from reviewer_tags import ANN, TOM
from reviews import BOB
from reviews import make as review

from refseries.diff import side
from refseries.host import proc
from refseries.model import Identity
from refseries.posting import recipients
from refseries.review import store
from refseries.series import trailers

MESSAGE = """\
mm: count toys

Nobody counted them.  Cc: nobody@example.org stands in a sentence.

Reported-by: Rob Reporter <rob@example.org>
Closes: https://example.org/1
Suggested-by: Sue Suggest <sue@example.org> [in another mail]
Cc: stable@vger.kernel.org # 6.1+
cc: "Zed, Zoe" <zoe@example.org>
CC: <bare@example.org> # an address alone
Tested-by: Nobody who has an address
Reported-by: Rob Reporter <rob@example.org>
"""
NAMED = (
    "rob@example.org", "sue@example.org", "stable@vger.kernel.org", "zoe@example.org",
    "bare@example.org",
)  # fmt: skip


def test_whom_trailers_name() -> None:
    people = recipients.named([MESSAGE])
    assert tuple(person.email for person in people) == NAMED
    assert people[3].name == "Zed, Zoe"
    assert "Nobody who has an address" in trailers.copied(MESSAGE)


A, B, C = "a@example.org", "b@example.org", "c@example.org"


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("Cc: Ann A <a@example.org>, Bob B <b@example.org>", {A: "Ann A", B: "Bob B"}),
        ("To: Ann A <a@example.org>, Bob B <b@example.org>", {A: "Ann A", B: "Bob B"}),
        ("Reviewed-by: Ann A <a@example.org>, Bob B <b@example.org>", {A: "Ann A", B: "Bob B"}),
        ("Suggested-by: Ann A <a@example.org> and Bob B <b@example.org>", {A: "Ann A", B: "Bob B"}),
        ("Cc: a@example.org, b@example.org", {A: "", B: ""}),
        ("Cc: a@example.org b@example.org", {A: "", B: ""}),
        ("Cc: Ann <a@example.org> Bob <b@example.org>", {A: "Ann", B: "Bob"}),
        ("Cc: Ann <a@example.org>; b@example.org", {A: "Ann", B: ""}),
        ("Cc: a@example.org, Bob <b@example.org>, c@example.org", {A: "", B: "Bob", C: ""}),
        ('Cc: "A, Ann" <a@example.org>, "B, Bob" <b@example.org>', {A: "A, Ann", B: "B, Bob"}),
        ('Cc: "A \\"a\\"" <a@example.org>, B "b" <b@example.org>', {A: 'A "a"', B: "B b"}),
        ("Cc: <a@example.org>, Bob <b@example.org>", {A: "", B: "Bob"}),
        (
            "Cc: Ann <a@example.org> (maintainer:MM), Bob <b@example.org> (lab)",
            {A: "Ann", B: "Bob"},
        ),
        ("Cc: Ann <a@example.org>,\n\tBob <b@example.org>", {A: "Ann", B: "Bob"}),
        ("Cc: Ann, who knows <a@example.org>", {A: "Ann, who knows"}),
        ("Cc: Ann (lab) <a@example.org>", {A: "Ann (lab)"}),
        ("Cc: Ann <a@example.org>,,", {A: "Ann"}),
        ("Cc: a@example.org # and b@example.org", {A: ""}),
        ("Reported-by: a@example.org (see b@example.org)", {A: ""}),
        ("Cc: a@example.org (foo), b@example.org (bar)", {A: "", B: ""}),
        ("Cc: Ann <a@example.org> (maintainer:MM), b@example.org (list)", {A: "Ann", B: ""}),
        ("Reviewed-by: Ann <a@example.org> for the docs", {A: "Ann"}),
        ("Cc: nobody, a@example.org", {}),
        ("Cc: nobody", {}),
    ],
)
def test_each_of_several_in_one_line_gets_a_copy(line: str, people: dict[str, str]) -> None:
    found = recipients.named([f"mm: x\n\nText.\n\n{line}\n"])
    assert {person.email: person.name for person in found} == people


def test_export_and_diff_agree(toy: toys.Toy) -> None:
    toy.version_of((toys.ADA, MESSAGE, {"mm/toy.c": b"int two;\n"}), name="v3")
    store.save(toy.series(), replace(review(), people=(TOM,)))
    posting = make(toy, "v3", ask_maintainers=False).posting
    copies = [person.email for person in posting.cc]
    assert set(NAMED) <= set(copies)
    shown = side.find(toy.series(), toy.base(), "v3", toy.cache).recipients
    assert [address.partition("<")[2].rstrip(">") or address for address in shown] == copies


SUPPRESSED = "mm: x\n\nText.\n\nCc: Cleo <cleo@example.org>\nSigned-off-by: Sue <sue@example.org>\n"
SUPPRESSED += "Reported-by: Rob <rob@example.org>\nReviewed-by: Ann Other <ann@example.org>\n"


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ((), ""),
        (("self",), ""),
        (("cc",), ""),
        (("author",), "ada"),
        (("bodycc",), "cleo"),
        (("sob",), "sue"),
        (("misc-by",), "ann rob"),
        (("body",), "ann cleo rob sue"),
        (("sob", "author"), "ada sue"),
        (("cccmd",), "max"),
        (("all",), "ada ann cleo max rob sue tom"),
    ],
)
def test_who_is_suppressed_gets_no_copy(
    toy: toys.Toy, refseries: Callable[..., proc.Completed], words: tuple[str, ...], gone: str
) -> None:
    scripts: toys.Files = {"scripts/get_maintainer.pl": b"print q(Max <max@example.org>);"}
    toy.at_base()
    toy.commit((toys.ADA, "scripts\n", {**scripts, "MAINTAINERS": b"THE REST\n"}))
    toy.git("tag", "--force", f"v{toys.RELEASE}")
    toy.version_of((toys.ADA, SUPPRESSED, {"mm/toy.c": b"int two;\n"}), name="v3")
    mail = replace(review(), reviewer=TOM, tasks=(), version="v2")
    store.save(toy.series(), mail)
    options = [word for name in words for word in ("--suppress-cc", name)]
    env = {
        "GIT_CONFIG_COUNT": "2",
        **{"GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Sen Der"},
        **{"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "sen@example.org"},
    }
    done = refseries(
        "export", "v3", "-o", "../out", "--cc", "own@example.org", "--no-check", "--json", "-",
        *options, env=env,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    everybody = {"ada", "ann", "cleo", "max", "rob", "sue", "tom"}
    names = {person["email"].partition("@")[0] for person in told["cc"]}
    assert names == {"own"} | everybody - set(gone.split())
    assert [person["email"] for person in told["joined"]] == (
        [] if "tom" in gone else ["tom@example.org"]
    )


def test_who_joined_the_review_gets_the_next_version_and_is_named(
    toy: toys.Toy, refseries: Callable[..., proc.Completed]
) -> None:
    """Who reviewed, who said the same, and whom a reply added; once, and not on the version."""
    rae = Identity("Rae", "rae@example.org")
    clash = replace(review().tasks[1], also=(BOB, rae))
    store.save(toy.series(), replace(review(), tasks=(clash,), people=(TOM, ANN, TOM)))
    names = "rae@example.org, tom@example.org, ann@example.org"
    joined = [person.email for person in make(toy, "v2", ask_maintainers=False).posting.joined]
    assert ", ".join(joined) == names  # Ada and Bob are authors
    assert BOB.email not in joined
    assert make(toy, "v1", ask_maintainers=False).posting.joined == ()
    toy.git("config", "user.name", "Sen Der")
    done = refseries("export", "v2", "-o", "../out", "--allow-open")
    listed = f"of these, from an earlier version or its review: {names}"
    assert listed in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("who", "copied"),
    [
        (Identity("patchwork-bot+toys", "patchwork-bot+toys@kernel.org"), False),
        (Identity("pr-tracker-bot", "pr-tracker-bot@kernel.org"), False),
        (Identity("tip-bot2 for Ada", "tip-bot2@linutronix.example"), False),
        (Identity("Mai Ntainer", "mai@example.org"), True),
    ],
)
def test_a_program_that_says_taken_gets_no_next_version(
    toy: toys.Toy, who: Identity, copied: bool
) -> None:
    taken = replace(review(), reviewer=who, tasks=(), trailers=(), taken="Applied.")
    store.save(toy.series(), taken)
    joined = make(toy, "v2", ask_maintainers=False).posting.joined
    assert (who.email in [person.email for person in joined]) == copied
    # What a program asked for, it is to see done.
    store.save(toy.series(), replace(review(), reviewer=who))
    joined = make(toy, "v2", ask_maintainers=False).posting.joined
    assert who.email in [person.email for person in joined]
