# SPDX-License-Identifier: GPL-2.0-or-later
"""Who wrote which line of a mail."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.review.reading.quotes import LineKind, MailLine, parse


def text_of(lines: Sequence[MailLine]) -> str:
    """The text that ``lines`` were parsed from."""
    return "\n".join(line.mark + line.text for line in lines)


def parts(body: str) -> list[str]:
    """Part and text of each line that is not blank."""
    return [f"{line.part}: {line.text}" for line in parse(body) if line.part is not LineKind.BLANK]


def own(body: str) -> list[str]:
    return [line.text for line in parse(body) if line.part is LineKind.OWN]


def test_quotes_of_any_depth() -> None:
    body = "> one\n>> two\n> > two\n >  context\n>\n>+\tadded\nRR> initials\nmine\n"
    assert [(line.depth, line.mark, line.text) for line in parse(body)] == [
        (1, "> ", "one"),
        (2, ">> ", "two"),
        (2, "> > ", "two"),
        (1, " > ", " context"),
        (1, ">", ""),
        (1, ">", "+\tadded"),
        (1, "RR> ", "initials"),
        (0, "", "mine"),
        (0, "", ""),
    ]


@pytest.mark.parametrize(
    "cut",
    ["[...]", "[…]", "[ ... ]", "(...)", "<snip>", "[snip]", "...", "[snip 20 lines]", "--- 8< ---",
     "[... skip 300 lines ...]", "{trimmed}"],
)  # fmt: skip
def test_where_a_quote_was_cut(cut: str) -> None:
    assert parts(f"> a\n{cut}\n> b\n") == ["quote: a", f"cut: {cut}", "quote: b"]


@pytest.mark.parametrize(
    "said", [">= 4 pages", "[resent]", "(snip this loop)", "[cut the lock here?]", "..x"]
)
def test_what_only_looks_like_a_cut_is_the_reviewers(said: str) -> None:
    assert own(f"> a\n{said}\n> b\n") == [said]


@pytest.mark.parametrize(
    "attribution",
    [
        "On Fri, Aug 14, 2020 at 11:33 PM Ada <ada at example.org> wrote:",
        "On Fri, Aug 14, 2020 at 11:33 PM Ada Löwe\n<ada@example.org> wrote:",
        "On 14.08.20 23:33, Ada via toys wrote:",
        "Am 14.08.20 um 23:33 schrieb Ada:",
        "Le 14/08/2020 à 23:33, Ada a écrit :",
        "* Ada <ada@example.org> [2020-08-14 23:33]:",
        "Ada Löwe <ada@example.org> writes:",
        "Ada writes:",
        "Quoting Ada (2020-08-14 23:33:00):",
    ],
)
def test_attributions(attribution: str) -> None:
    body = f"Hello Ada,\n\n{attribution}\n\n> a\n\nWhy?\n"
    assert own(body) == ["Hello Ada,", "Why?"]
    assert own(f"{attribution}\n[...]\n> a\nWhy?\n") == ["Why?"]


@pytest.mark.parametrize("said", ["This is what it says:", "See what you wrote here", "Why:"])
def test_what_only_looks_like_an_attribution_is_the_reviewers(said: str) -> None:
    assert own(f"{said}\n> a\n\nWhy?\n") == [said, "Why?"]


@pytest.mark.parametrize("mark", ["--", "-- "])
def test_a_signature_ends_at_the_quote_of_a_top_post(mark: str) -> None:
    body = f"Why?\n\n{mark}\nRita\nExample Inc.\n\nOn Monday, Ada wrote:\n> a\n\nAnd here?\n"
    assert own(body) == ["Why?", "And here?"]


def test_two_dashes_over_a_long_text_are_no_signature() -> None:
    said = [f"line {number}" for number in range(20)]
    assert own("\n".join(["Why?", "--", *said])) == ["Why?", "--", *said]


def test_what_list_software_adds() -> None:
    rule = "_" * 47
    body = (
        "Why?\n"
        "-------------- next part --------------\n"
        "A non-text attachment was scrubbed...\nName: signature.asc\n"
        f"\n{rule}\ntoys mailing list\ntoys@lists.example.org\nhttps://lists.example.org/toys\n"
    )
    assert own(body) == ["Why?"]


def test_a_rule_of_the_reviewers_own_is_no_footer() -> None:
    assert len(own("A table:\n" + "_" * 30 + "\none\ntwo\n")) == 4


def test_a_signed_mail() -> None:
    body = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nWhy?\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCgAd\n-----END PGP SIGNATURE-----\n"
    )
    assert own(body) == ["Why?"]


@pytest.mark.parametrize(
    "below",
    [
        "-----Original Message-----\nFrom: Ada\nold text\n",
        "From: Ada\nSent: Monday\nTo: toys\nSubject: x\n\nold text\n",
    ],
)
def test_a_quote_without_marks_below_the_text(below: str) -> None:
    assert own(f"Why?\n\n{below}") == ["Why?"]


@pytest.mark.parametrize("rule", ["-----Original Message-----\n", ""])
def test_answers_in_a_quote_with_marks_below_such_a_head(rule: str) -> None:
    head = f"{rule}From: Ada\nSent: Monday, 1 December 2026\nTo: toys\nSubject: x\n"
    body = f"Two questions.\n\n{head}\n> +int a;\n\nWhy?\n\n> +int b;\n\nHow?\n"
    assert own(body) == ["Two questions.", "Why?", "How?"]
    old = f"Two questions.\n\n{head}\nold text\n\n> +int a;\n\nmore of it\n"
    assert own(old) == ["Two questions."]


def test_headers_at_the_top_are_the_reviewers_own() -> None:
    assert len(own("From: Ada\nDate: Monday\nSubject: x\n\nis what I see.\n")) == 4


def test_a_quoted_line_that_was_broken_is_one_if_the_version_has_it() -> None:
    body = "> +\tlong_name(first,\nsecond);\n> +\tnext();\nreally?\n> +\tlast();\n"
    lines = parse(body, lambda line, rest: line + rest == "+\tlong_name(first,second);")
    assert [line.text for line in lines if line.part is LineKind.OWN] == ["really?"]
    assert lines[1] == MailLine(LineKind.QUOTE, "second);", "", 1)
    assert text_of(lines) == body


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=12)
_LINES = st.lists(
    st.one_of(
        _TEXT,
        st.sampled_from(
            ["", "> a", ">> b", "> > b", "[...]", "-- ", "--", "On x Ada wrote:", "_" * 30, "> ",
             "-----Original Message-----", "From: a@b", "Date: x", "Subject: y", "https://x", ">",
             "-----BEGIN PGP SIGNATURE-----", "-------------- next part --------------"]
        ),
        st.builds("{}{}".format, st.sampled_from([">", "> ", ">>", " > ", "AB> "]), _TEXT),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=300)
@given(_LINES)
def test_the_lines_put_together_are_the_text_again(lines: list[str]) -> None:
    body = "\n".join(lines)
    assert text_of(parse(body)) == body


@settings(max_examples=200)
@given(st.lists(_TEXT.map(lambda text: text.replace(">", "")), max_size=12), st.integers(1, 3))
def test_quoting_what_was_parsed_gives_it_back(lines: list[str], depth: int) -> None:
    quoted = [f"{'> ' * depth}{line}" for line in lines]
    parsed = [line for line in parse("\n".join(quoted)) if line.part is LineKind.QUOTE]
    assert [line.text for line in parsed] == lines
    assert all(line.depth == depth for line in parsed)


@pytest.mark.parametrize(
    "line", ["> +\tint a;\n", ">" * 60 + "\n", "On x\n", "-- \n", "From: a\n", "a " * 40 + ":\n"]
)
def test_a_mail_of_two_megabytes(line: str) -> None:
    start = time.process_time()
    body = line * (2_000_000 // len(line))
    assert text_of(parse(body)) == body
    assert time.process_time() - start < 60


def test_a_quote_marked_with_the_name_of_somebody_who_takes_part() -> None:
    body = "Jane Doe> one\n  Jane> two\nJane> > three\nMax> four\nJane >= 4\nJane Doe: five\n"
    lines = parse(body, names={"Jane Doe", "Jane"})
    assert [(line.depth, line.text) for line in lines if line.part is LineKind.QUOTE] == [
        (1, "one"), (1, "two"), (2, "three"),
    ]  # fmt: skip
    assert text_of(lines) == body


def test_an_attribution_below_a_rule_of_some_program() -> None:
    wrote = "On Tuesday, November 10th, 2026 at 10:00, Ada <ada@example.org> wrote:"
    assert parts(f"------- Original Message -------\n{wrote}\n\n> a\n\nWhy?\n") == [
        "attribution: ------- Original Message -------", f"attribution: {wrote}",
        "attribution: ", "quote: a", "own: Why?",
    ]  # fmt: skip
