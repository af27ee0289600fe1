# SPDX-License-Identifier: GPL-2.0-or-later
"""Which line of a version a point is about."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sample_mails import RITA
from toy import Toy, lines

from refseries.mail.read import read
from refseries.model import Version
from refseries.review.model import Anchor
from refseries.review.reading import points as reading_points
from refseries.review.reading import version_lines
from refseries.review.reading.anchor import Anchorer, Certainty, Found
from refseries.review.reading.quotes import parse
from refseries.review.reading.version_lines import Place, Places
from refseries.series import store

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parents[1] / "data" / "mail"

# One function after the other, with lines that all of them have.
CODE = "".join(
    f"int toy_{name}(struct toy *toy)\n{{\n\tint error;\n\n\terror = {name}_check(toy);\n"
    f"\tif (error)\n\t\treturn error;\n\n\treturn toy_do(toy, TOY_{name.upper()});\n}}\n\n"
    for name in ("make", "take", "break", "mend", "sell", "lend", "wrap", "give", "lose", "find")
)


@pytest.fixture
def version(toy: Toy) -> Version:
    """A new file with ten functions much alike, a changed one, and a second patch."""
    toy.version_of(
        (
            "Ada <ada@example.org>",
            "mm: introduce toys\n\nA toy is a page that one can play with, and that is put away\n"
            "when nobody has played with it for a while.\n\nIt comes with a box.\n",
            {
                "mm/toy.c": CODE.encode(),
                "mm/memory.c": lines(
                    (10, b"int toy;"),
                    (25, b"int moved_to_its_place;"),
                    (35, b"int moved_to_its_place;"),
                    (40, b"int box; /* of the toys */"),
                    (46, b"int chest;"),
                    (52, b"int line_46;"),
                    (58, b"int error;"),
                ),
            },
        ),
        (
            "Ada <ada@example.org>",
            "mm: count toys\n\nThe number of toys is of interest.\n",
            {"mm/toy.c": (CODE + "int toys_in_all(void)\n{\n\treturn toys;\n}\n").encode()},
        ),
    )
    return store.version(toy.series(), "v9")


@pytest.fixture
def find(version: Version) -> Callable[..., Found]:
    """Finds the anchor of the last point of a mail."""
    known = version_lines.places_of(version)

    def find(body: str, patch: str = "0001-mm-introduce-toys.patch") -> Found:
        parsed = parse(body, known.continues)
        anchorer = Anchorer(known, parsed, patch)
        points = reading_points.read(parsed, RITA).points
        return [anchorer.find(point) for point in points][-1]

    return find


def toy_c(line: int, text: str, patch: str = "0001-mm-introduce-toys.patch") -> Anchor:
    return Anchor(patch, "mm/toy.c", line, text)


FIRST = CODE.split("\n")


def line_of(text: str) -> int:
    return FIRST.index(text) + 1


def test_the_line_above_the_comment(find: Callable[..., Found]) -> None:
    found = find("> +\terror = mend_check(toy);\n> +\tif (error)\n\nWhy?\n")
    assert found == Found(toy_c(line_of("\terror = mend_check(toy);") + 1, "\tif (error)"),
                          Certainty.LINE)  # fmt: skip


@pytest.mark.parametrize("name", ["make", "sell", "find"])
def test_a_line_that_stands_ten_times_is_told_by_its_neighbours(
    find: Callable[..., Found], name: str
) -> None:
    start = line_of(f"\terror = {name}_check(toy);")
    body = f"> +\terror = {name}_check(toy);\n> +\tif (error)\n> +\t\treturn error;\n\nWhy?\n"
    assert find(body).anchor == toy_c(start + 2, "\t\treturn error;")
    after = f"> +\n> +\treturn toy_do(toy, TOY_{name.upper()});\n"
    below = f"> +\tif (error)\n> +\t\treturn error;\n\nWhy?\n\n{after}"
    assert find(below).anchor == toy_c(start + 2, "\t\treturn error;")


def test_the_hunks_heading_tells_lines_apart_too(find: Callable[..., Found]) -> None:
    first = line_of("\terror = sell_check(toy);")
    body = (
        "> diff --git a/mm/toy.c b/mm/toy.c\n> --- /dev/null\n> +++ b/mm/toy.c\n"
        f"> @@ -0,0 +{first},3 @@\n> +\n> +\n> +\t\treturn error;\n\nWhy?\n"
    )
    assert find(body).anchor == toy_c(first + 2, "\t\treturn error;")


def test_a_line_that_nothing_tells_apart_gives_the_file_alone(find: Callable[..., Found]) -> None:
    found = find("> +\t\treturn error;\n\nWhy?\n")
    assert found == Found(Anchor("0001-mm-introduce-toys.patch", "mm/toy.c"), Certainty.FILE)


@pytest.mark.parametrize("last", ["", "> index 123..456 100644\n", "> @@ -55,6 +55,7 @@\n"])
def test_a_comment_under_the_heading_of_a_file_is_about_the_file(
    find: Callable[..., Found], last: str
) -> None:
    heading = "> diff --git a/mm/memory.c b/mm/memory.c\n"
    found = find(f"> +\terror = sell_check(toy);\n{heading}{last}\nWhy here?\n")
    assert (found.anchor.file, found.anchor.line, found.certainty) == (
        "mm/memory.c", 0, Certainty.FILE,
    )  # fmt: skip


def test_the_heading_of_the_file_tells_lines_apart(find: Callable[..., Found]) -> None:
    found = find("> +++ b/mm/memory.c\n> +int error;\n\nWhy?\n")
    assert (found.anchor.file, found.anchor.line) == ("mm/memory.c", 58)


def test_the_function_in_the_heading_tells_lines_apart(find: Callable[..., Found]) -> None:
    """Its numbers are those of another tree."""
    for section, line in (("int line_21;", 25), ("int line_31;", 35)):
        found = find(f"> @@ -1999,7 +1999,7 @@ {section}\n> +int moved_to_its_place;\n\nWhy?\n")
        assert (found.anchor.line, found.certainty) == (line, Certainty.LINE)


def test_the_mark_tells_a_line_that_moved_apart(find: Callable[..., Found]) -> None:
    assert find("> -int line_46;\n\nWhy?\n").anchor.line == 46
    assert find("> +int line_46;\n\nWhy?\n").anchor.line == 52


def test_what_was_quoted_for_another_point_does_not_outweigh_the_line_above(toy: Toy) -> None:
    code = (
        "static int toy_map(struct toy *toy)\n{\n\tint one;\n\tint two;\n\tint three;\n"
        "\tif (toy->shared)\n\t\treturn -EINVAL;\n}\n\n"
        "static int toy_make(int flags)\n{\n\tif (flags)\n\t\treturn -EINVAL;\n}\n"
    )
    toy.version_of(("Ada <ada@example.org>", "mm: introduce toys\n", {"mm/toy.c": code.encode()}))
    known = version_lines.places_of(store.version(toy.series(), "v9"))
    quoted = [
        "".join(f"> +{line}\n" for line in code.split("\n")[a:b]) for a, b in ((0, 7), (11, 13))
    ]
    parsed = parse(f"{quoted[0]}\nWhy not?\n\n{quoted[1]}\nAnd this?\n", known.continues)
    anchorer = Anchorer(known, parsed, "0001-mm-introduce-toys.patch")
    found = [anchorer.find(point) for point in reading_points.read(parsed, RITA).points]
    assert [each.anchor.line for each in found] == [7, 13]


def test_points_go_through_the_patch_in_order(find: Callable[..., Found]) -> None:
    """What all functions have is that of the one after the point before, but nothing is sure."""
    body = (
        "> +\terror = wrap_check(toy);\n\nWhy?\n\n[...]\n"
        "> +\tif (error)\n> +\t\treturn error;\n\nAnd here?\n"
    )
    found = find(body)
    assert found.anchor.line == line_of("\terror = wrap_check(toy);") + 2
    assert found.certainty is Certainty.NEAR


@pytest.mark.parametrize(
    "quoted",
    [
        "> + error = lend_check( toy ) ;\n",  # space mangled
        "> +        error = lend_check(toy);\n",  # tabs expanded
        "> error = lend_check(toy);\n",  # mark and tab lost
        "> > +\terror = lend_check(toy);\n> Hm.\n",  # below another reviewer's comment
        "> +\terror =\n> lend_check(toy);\n",  # wrapped with a mark
        "> +\terror =\nlend_check(toy);\n> +\n",  # wrapped without
        "> +\terror = lend_check(toy);\n[...]\n",
        "> +\terror = lend_check(toy);\n> +\n> +}\n",
    ],
)
def test_what_mail_programs_and_people_do_to_quotes(
    find: Callable[..., Found], quoted: str
) -> None:
    assert find(f"{quoted}\nWhy?\n").anchor == toy_c(
        line_of("\terror = lend_check(toy);"), "\terror = lend_check(toy);"
    )


def test_a_line_that_the_version_has_otherwise(find: Callable[..., Found]) -> None:
    found = find("> +++ b/mm/toy.c\n> +\terror = break_check_all(this_toy);\n\nWhy?\n")
    assert found.certainty is Certainty.NEAR
    assert found.anchor.line == line_of("\terror = break_check(toy);")


def test_a_line_that_is_nowhere_is_said_to_be_nowhere(find: Callable[..., Found]) -> None:
    found = find("> +++ b/mm/slab.c\n> +\tkmem_cache_destroy(everything);\n\nWhy?\n")
    assert found == Found(Anchor("0001-mm-introduce-toys.patch"), Certainty.NONE)
    file_known = find("> +++ b/mm/toy.c\n> +#define NOTHING 0x1234\n\nWhy?\n")
    assert file_known.certainty is Certainty.FILE
    assert file_known.anchor.file == "mm/toy.c"


def test_a_removed_line_is_where_it_was(find: Callable[..., Found]) -> None:
    found = find("> --- a/mm/memory.c\n> +++ b/mm/memory.c\n> -int line_40;\n\nWhy?\n")
    assert found.anchor == Anchor("0001-mm-introduce-toys.patch", "mm/memory.c", 40, "int line_40;")


def test_a_point_over_several_hunks_is_at_the_last(find: Callable[..., Found]) -> None:
    body = (
        "> +++ b/mm/memory.c\n> @@ -7,7 +7,7 @@ int line_6;\n> -int line_10;\n> +int toy;\n"
        "> @@ -37,7 +37,7 @@ int line_36;\n> +int box; /* of the toys */\n\nWhy both?\n"
    )
    assert find(body).anchor.line == 40


def test_other_code_is_offered_for_all_that_is_quoted(find: Callable[..., Found]) -> None:
    body = (
        "> +\tint error;\n> +\n\n> +\terror = give_check(toy);\n> +\tif (error)\n"
        "> +\t\treturn error;\n\nOr:\n\nif (!give_check(toy))\n\treturn -EINVAL;\n"
    )
    assert find(body).anchor.line == line_of("\terror = give_check(toy);")


def test_the_patch_of_the_subject_comes_first(find: Callable[..., Found]) -> None:
    body = "> +\treturn toys;\n\nWhy?\n"
    for patch in ("0002-mm-count-toys.patch", "0001-mm-introduce-toys.patch", "cover", ""):
        assert find(body, patch).anchor.patch == "0002-mm-count-toys.patch"
    context = "> @@ -1,1 +108,6 @@ int toy_find(struct toy *toy)\n>  }\n>\n\nWhy?\n"
    assert find(context, "0002-mm-count-toys.patch").anchor.patch == "0002-mm-count-toys.patch"


def test_a_message_is_found_however_it_was_wrapped(find: Callable[..., Found]) -> None:
    body = "> A toy is a page that one can play\n> with, and that is put away when\n\nWhy?\n"
    found = find(body)
    assert found == Found(
        Anchor(
            "0001-mm-introduce-toys.patch",
            "",
            4,
            "when nobody has played with it for a while.",
        ),
        Certainty.LINE,
    )
    other = find("> The number of toys is of interest.\n\nWhy?\n")
    assert (other.anchor.patch, other.anchor.line) == ("0002-mm-count-toys.patch", 3)


def test_a_text_that_is_nowhere_is_the_message_of_the_patch(find: Callable[..., Found]) -> None:
    body = "> - Lists of things\n>   that were said otherwise\n\nWhy?\n"
    assert find(body) == Found(Anchor("0001-mm-introduce-toys.patch"), Certainty.TEXT)
    assert find(body, "") == Found(Anchor("cover"), Certainty.TEXT)
    assert find(body, "cover") == Found(Anchor("cover"), Certainty.TEXT)
    assert find("All of it.\n", "cover") == Found(Anchor("cover"), Certainty.TEXT)


@pytest.fixture(scope="module")
def bundled() -> Places:
    return version_lines.places_of(store.version(store.load(ROOT), "v3"))


def test_the_points_of_a_review_of_the_bundled_series(bundled: Places) -> None:
    """The quotes are of code that is not ours: names and order differ, as after a rewrite."""
    (mail,) = read(DATA / "review-of-v3.txt", lambda mail: pytest.fail(mail.why))
    parsed = parse(mail.body, bundled.continues)
    anchorer = Anchorer(bundled, parsed, "0001-mm-introduce-reference-pages.patch")
    found = [anchorer.find(point) for point in reading_points.read(parsed, mail.author).points]
    assert {one.anchor.patch for one in found} == {"0001-mm-introduce-reference-pages.patch"}
    assert [(one.anchor.file, one.anchor.line, str(one.certainty)) for one in found] == [
        ("", 0, "text"),
        ("", 0, "text"),
        ("", 0, "text"),
        ("", 27, "line"),
        ("mm/memory.c", 4770, "near"),
        ("mm/refpage.c", 21, "near"),
        ("mm/refpage.c", 49, "line"),
        ("mm/refpage.c", 54, "near"),
    ]
    assert "pte_mkspecial" in found[4].anchor.text
    assert "vma_set_anonymous" in found[5].anchor.text
    assert "GFP_KERNEL" in found[6].anchor.text
    assert "get_user_pages" in found[7].anchor.text


def quotable(places: Places, patch: Path) -> list[tuple[list[str], Place]]:
    """Each line of a diff that has words: the patch as a mail has it up to there, and its place."""
    body = patch.read_text().partition("\n\n")[2].split("\n")
    wanted = iter([place for place in places.diff if place.patch == patch.name])
    place = next(wanted, None)
    found = []
    hunk = False
    for number, line in enumerate(body):
        hunk = line.startswith("@@ ") or (hunk and not line.startswith("diff --git "))
        if hunk and place and line[:1] == place.mark and line[1:] == place.text:
            if re.search(r"\w", place.text):
                found.append((body[: number + 1], place))
            place = next(wanted, None)
    assert place is None
    return found


def mangled(line: str) -> str:
    return line[:1] + re.sub(r"\s+", " ", line[1:])


@pytest.mark.parametrize("name", ["v3", "v4"])
def test_every_line_of_the_bundled_patches_is_found_again(name: str) -> None:
    """Quoted with all above it, with five lines above it, with none; as they are, and mangled."""
    version = store.version(store.load(ROOT), name)
    known = version_lines.places_of(version)
    for patch in version.patches:
        for above, place in quotable(known, patch)[::3]:
            for length, change in ((len(above), str), (6, str), (6, mangled), (1, str)):
                quoted = "".join(f"> {change(line)}\n" for line in above[-length:])
                parsed = parse(f"{quoted}\nWhy?\n", known.continues)
                (point,) = reading_points.read(parsed, RITA).points
                found = Anchorer(known, parsed, patch.name).find(point)
                if length > 1 or found.certainty is Certainty.LINE:
                    assert found.anchor == place.anchor, f"{length} lines of {patch.name}"


def test_ten_thousand_quoted_lines(bundled: Places) -> None:
    quote = "".join(f"> +\tint number_{n}; /* zero page, or reference */\n" for n in range(10_000))
    body = (
        f"{quote}> +\trefpage = alloc_page(GFP_KERNEL);\n\nWhy?\n" + "\n> +\tint x;\n\nWhy?\n" * 200
    )
    start = time.process_time()
    parsed = parse(body, bundled.continues)
    anchorer = Anchorer(bundled, parsed, "")
    points = reading_points.read(parsed, RITA).points
    found = [anchorer.find(point) for point in points]
    assert time.process_time() - start < 60
    assert len(points) == 201
    assert found[0].anchor.line == 49


def test_a_copy_of_the_tools_own_series_is_not_needed(tmp_path: Path) -> None:
    """A version without a diff that unidiff knows lines of: a file that is only renamed."""
    shutil.copytree(ROOT / "series", tmp_path / "series")
    patch = next((tmp_path / "series/v1").glob("*.patch"))
    head = patch.read_text().partition("diff --git")[0]
    patch.write_text(
        head + "diff --git a/mm/a.c b/mm/b.c\nsimilarity index 100%\nrename from mm/a.c\n"
        "rename to mm/b.c\n"
    )
    known = version_lines.places_of(store.version(store.load(tmp_path), "v1"))
    assert known.diff == []
    parsed = parse("> +\tx();\n\nWhy?\n")
    (point,) = reading_points.read(parsed, RITA).points
    assert Anchorer(known, parsed, patch.name).find(point).certainty is Certainty.NONE
