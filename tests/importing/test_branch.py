# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json

import pytest
import toy as toys
from toy_import import CHANGE_ID, COVER, TRACKING, empty_commit, with_marker

from refseries import git
from refseries.errors import RefseriesError, SeriesError
from refseries.importing import branch, write
from refseries.importing.write import ImportResult
from refseries.posting import export


def make(toy: toys.Toy, *, at_tip: bool = False, cover: str = "", name: str = "b4/toys") -> None:
    toy.at_base()
    toy.git("checkout", "-q", "-b", name)
    if cover and not at_tip:
        empty_commit(toy, cover)
    for change in toys.V2:
        toy.commit(change)
    if cover and at_tip:
        empty_commit(toy, cover)
    toy.git("checkout", "-q", "master")


def bring_in(toy: toys.Toy, name: str, version: str | None = None) -> ImportResult:
    series, base = toy.series(), toy.base()
    return write.bring(series, base, [branch.draft(base, name)], toy.cache, version)


@pytest.mark.parametrize("at_tip", [False, True], ids=["commit", "tip-commit"])
def test_a_branch_that_b4_prepares(toy: toys.Toy, at_tip: bool) -> None:
    make(toy, at_tip=at_tip, cover=with_marker(COVER))
    (found,) = bring_in(toy, "b4/toys").brought
    version = found.version
    assert (version.name, version.change_id) == ("v3", CHANGE_ID)
    assert json.loads(version.tracking) == TRACKING
    assert version.cover.read_text() == (
        "# mm: introduce toys\n\n#1 is kept\nText.\n\nChanges in v3:\n- x\n"
    )
    assert [commit.subject for commit in found.commits] == [
        change[1].partition("\n")[0] for change in toys.V2
    ]


def test_a_version_that_b4_sent_is_known_as_posted(toy: toys.Toy) -> None:
    history = {"v1": ["first@example.org", "again@example.org"], "v2": ["$(id)"], "v9": [3]}
    data = {"series": {**TRACKING["series"], "history": history}}
    make(toy, cover=with_marker(COVER, data))
    before = (toy.project / "series/v1/version.toml").read_text()
    assert bring_in(toy, "b4/toys").sent_by_b4 == {"v1": "again@example.org"}
    first, second, third = toy.series().versions
    assert (first.message_id, second.message_id) == ("again@example.org", None)
    assert export.posted_before(toy.series(), third) == {"v1": "again@example.org"}
    text = (toy.project / "series/v1/version.toml").read_text()
    assert text.replace('message_id = "again@example.org"\n', "").strip() == before.strip()


def test_a_version_that_is_known_as_posted_stays_so(toy: toys.Toy) -> None:
    path = toy.project / "series/v1/version.toml"
    path.write_text(f'message_id = "mine@example.org"\n{path.read_text()}')
    second = toy.project / "series/v2/version.toml"
    second.write_text(f'change_id = "20260101-another-0123456789ab"\n{second.read_text()}')
    history = {"v1": ["b4@example.org"], "v2": ["theirs@example.org"]}
    data = {"series": {**TRACKING["series"], "history": history}}
    make(toy, cover=with_marker(COVER, data))
    assert bring_in(toy, "b4/toys").sent_by_b4 == {}
    assert toy.series().versions[0].message_id == "mine@example.org"


def test_the_cover_letter_in_the_branch_description(toy: toys.Toy) -> None:
    make(toy)
    toy.git("config", "branch.b4/toys.description", COVER)
    toy.git("config", "branch.b4/toys.b4-tracking", json.dumps(TRACKING))
    (found,) = bring_in(toy, "b4/toys").brought
    assert found.version.change_id == CHANGE_ID
    assert "Changes in v3:" in found.version.cover.read_text()


def test_a_range_needs_a_version(toy: toys.Toy) -> None:
    make(toy, name="mine")
    with pytest.raises(SeriesError, match="which version") as caught:
        bring_in(toy, f"v{toys.RELEASE}..mine")
    assert caught.value.hint == "Say it: --as v3"
    (found,) = bring_in(toy, f"v{toys.RELEASE}..mine", "v3").brought
    assert found.commits[-1].tree == toy.git("rev-parse", "mine^{tree}")


def test_the_title_of_a_range_is_that_of_the_series_or_of_its_one_patch(toy: toys.Toy) -> None:
    settings = toy.project / "series" / "series.toml"
    settings.write_text(settings.read_text().replace("mm: introduce toys", "mm: toys at last"))
    (toy.project / "series" / "v2" / "cover.md").write_text("# v2\n")  # nothing to carry on
    make(toy, name="mine")
    (several,) = bring_in(toy, f"v{toys.RELEASE}..mine", "v3").brought
    assert several.draft.title == "mm: toys at last"
    assert several.version.cover.read_text() == "# mm: toys at last\n"
    (one,) = bring_in(toy, f"v{toys.RELEASE}..mine~1", "v4").brought
    assert one.version.cover.read_text() == "# mm: introduce toys\n"


def test_commits_have_the_letter_of_the_version_before(toy: toys.Toy) -> None:
    said = "# mm: toys for all\n\nText.\n\nChanges in v2:\n\n- smaller\n"
    (toy.project / "series" / "v2" / "cover.md").write_text(said)
    make(toy, name="mine")
    (found,) = bring_in(toy, "mine", "v3").brought
    assert found.version.cover.read_text() == said
    assert found.draft.remarks == ("v3/cover.md has the letter of v2: bring it up to date",)
    make(toy, cover=with_marker(COVER.replace("v3", "v4"), TRACKING))
    (found,) = bring_in(toy, "b4/toys", "v4").brought
    assert "Text." in found.version.cover.read_text()
    assert found.draft.remarks == ()


def test_a_commit_that_was_to_be_folded_is_named(toy: toys.Toy) -> None:
    make(toy, cover=with_marker(COVER))
    toy.git("checkout", "-q", "b4/toys")
    toy.commit((toys.ADA, "fixup! mm: introduce toys\n", {"mm/toy.c": b"int more;\n"}))
    toy.git("checkout", "-q", "master")
    (found,) = bring_in(toy, "b4/toys").brought
    (remark,) = found.draft.remarks
    assert remark.startswith("`fixup! mm: introduce toys` is not folded")


def test_a_rebase_that_is_under_way_is_named(toy: toys.Toy) -> None:
    toy.at_base()
    toy.git("checkout", "-q", "-b", "mine")
    for change in toys.V2:
        toy.commit(change)
    assert branch.draft(toy.base(), "mine").remarks == ()
    edit = (
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@t",
        "-c",
        "sequence.editor=sed -i s/pick/edit/",
    )
    toy.git(*edit, "rebase", "-q", "-i", f"v{toys.RELEASE}")
    for name in ("mine", "HEAD", f"v{toys.RELEASE}..", f"v{toys.RELEASE}..mine"):
        (told,) = branch.draft(toy.base(), name).remarks
        assert told.startswith("a rebase of `mine` is not finished")
    toy.git("branch", "other")
    assert branch.draft(toy.base(), "other").remarks == ()


def test_a_plain_branch_is_taken_from_where_it_left(toy: toys.Toy) -> None:
    make(toy, name="mine")
    (found,) = bring_in(toy, "mine", "v3").brought
    assert found.commits[-1].tree == toy.git("rev-parse", "mine^{tree}")
    assert found.version.base is None  # the base of the series


@pytest.mark.parametrize("how", ["replace", "grafts"])
def test_commits_are_taken_as_they_were_made(toy: toys.Toy, how: str) -> None:
    """Not as the repository alone pretends: a commit's id stands for its own parents."""
    make(toy, name="mine")
    tip = toy.git("rev-parse", "mine")
    if how == "replace":
        toy.git("replace", "--graft", tip, "master")
    else:
        (toy.tree / ".git/info").mkdir(exist_ok=True)
        (toy.tree / ".git/info/grafts").write_text(f"{tip} {toy.git('rev-parse', 'master')}\n")
    (found,) = bring_in(toy, "mine", "v3").brought
    assert len(found.commits) == 2
    assert git.git(toy.tree, "log", "-1", "mine").stderr == ""


def test_a_merge_is_no_series(toy: toys.Toy) -> None:
    make(toy, name="mine")
    toy.git("checkout", "-q", "mine")
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    toy.git(*identity, "merge", "-q", "--no-ff", "--no-commit", "master")
    (toy.tree / "mm/evil.c").write_text("int evil;\n")
    toy.commit_all("merge\n")
    with pytest.raises(SeriesError, match="it is a merge"):
        bring_in(toy, f"v{toys.RELEASE}..mine", "v3")
    assert not (toy.project / "series/v3").exists()


@pytest.mark.parametrize("name", ["nothing..master", "master..", "--all..HEAD", "..", "a...b"])
def test_ranges_of_nothing(toy: toys.Toy, name: str) -> None:
    toy.git("checkout", "-q", "master")
    with pytest.raises(RefseriesError) as caught:
        bring_in(toy, name, "v3")
    assert caught.value.hint


def test_a_commit_that_is_refused_is_named_by_its_title(toy: toys.Toy) -> None:
    toy.at_base()
    (toy.tree / "mm/link").symlink_to("memory.c")
    toy.commit_all("mm: link\n\nText.\n")
    with pytest.raises(RefseriesError, match="a symbolic link") as caught:
        bring_in(toy, f"v{toys.RELEASE}..HEAD", "v3")
    assert caught.value.where == "0001-mm-link.patch"


def test_a_cover_letter_that_changes_files(toy: toys.Toy) -> None:
    toy.at_base()
    toy.git("checkout", "-q", "-b", "b4/odd")
    toy.commit((toys.ADA, with_marker(COVER), {"mm/odd.c": b"int odd;\n"}))
    with pytest.raises(SeriesError, match="its cover letter changes files"):
        bring_in(toy, "b4/odd")


@pytest.mark.parametrize("data", [[], {"series": {"revision": 0, "change-id": "x"}}])
def test_tracking_that_is_not_b4s(toy: toys.Toy, data: object) -> None:
    make(toy, cover=with_marker(COVER, data))
    with pytest.raises(SeriesError, match="tracking data cannot be read"):
        bring_in(toy, "b4/toys")


def test_settings_of_the_user_do_not_bend_the_patches(toy: toys.Toy) -> None:
    make(toy, name="mine")
    (plain,) = bring_in(toy, f"v{toys.RELEASE}..mine", "v3").brought
    for key, value in {
        "format.signOff": "true", "format.from": "me <me@example.org>", "format.attach": "x",
        "format.headers": "X-A: b\n", "format.to": "x@example.org", "format.noprefix": "true",
        "format.useAutoBase": "true", "format.signature": "sig", "format.coverLetter": "true",
        "format.notes": "true", "format.thread": "true", "format.suffix": ".txt",
        "format.subjectPrefix": "X", "format.numbered": "false", "format.pretty": "oneline",
        "diff.noprefix": "true", "diff.context": "9", "diff.external": "false",
        "diff.algorithm": "patience", "diff.renames": "false", "color.ui": "always",
        "core.abbrev": "40", "diff.mnemonicPrefix": "true", "format.outputDirectory": "/nowhere",
        "format.filenameMaxLength": "8", "format.encodeEmailHeaders": "false",
        "diff.interHunkContext": "9", "diff.statGraphWidth": "1", "diff.submodule": "log",
        "diff.ignoreSubmodules": "all", "diff.wordRegex": ".", "diff.indentHeuristic": "false",
    }.items():  # fmt: skip
        toy.git("config", key, value)
    (bent,) = bring_in(toy, f"v{toys.RELEASE}..mine", "v4").brought
    for one, other in zip(plain.version.patches, bent.version.patches, strict=True):
        assert one.name == other.name
        assert one.read_bytes().replace(b"PATCH v3", b"PATCH v4") == other.read_bytes()
