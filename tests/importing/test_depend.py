# SPDX-License-Identifier: GPL-2.0-or-later
"""Series that others depend on: kept, found by what they are called, and laid below a version."""

from __future__ import annotations

import json
from collections.abc import Callable

import depending_series
import pytest
import toy as toys
import toy_releases
from exported_mails import mails_of
from toy import Toy

from refseries.errors import StageError
from refseries.host import proc
from refseries.kernel import base as bases
from refseries.model import Target
from refseries.series import apply, depends, naming, store

Refseries = Callable[..., proc.Completed]
pytestmark = pytest.mark.usefixtures("sender")
NAME = "count-v2"


@pytest.fixture
def counting(toy: Toy) -> Toy:
    depending_series.branches(toy)
    return toy


@pytest.fixture
def kept(counting: Toy, refseries: Refseries) -> Toy:
    done = refseries("depend", str(depending_series.mails(counting)))
    assert done.returncode == 0, done.stderr
    return counting


def _tree(toy: Toy, ref: str) -> str:
    return toy.git("rev-parse", f"{ref}^{{tree}}")


def test_the_screen_and_what_is_kept(counting: Toy, refseries: Refseries) -> None:
    done = refseries("depend", str(depending_series.mails(counting)), "--json", "kept.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{NAME}  mm: count pages v2\n")
    assert done.stdout.endswith(f'  depends = ["{NAME}"]\n')
    folder = counting.project / "series/depends" / NAME
    assert len(list(folder.glob("*.patch"))) == 2
    told = json.loads((counting.project / "kept.json").read_text())
    assert told["dependency"]["patch_ids"] == depending_series.patch_ids(counting)
    assert told["dependency"]["message_id"] == "v2-0@example.org"
    assert told["new"] is True
    again = refseries("depend", str(depending_series.mails(counting)))
    assert again.returncode == 0
    assert "was there already" in again.stdout


def test_another_of_that_name_is_refused_by_name(kept: Toy, refseries: Refseries) -> None:
    done = refseries("depend", "count..topic", "--name", NAME, "--base-ref", "count")
    assert done.returncode == 2
    assert f"another series is kept as `{NAME}`: mm: count pages" in done.stderr
    assert "--name" in done.stderr


@pytest.mark.parametrize(
    "called",
    [NAME, "v2-0@example.org", "<v2-0@example.org>", depending_series.CHANGE_ID,
     f"change-id: {depending_series.CHANGE_ID}:v2"],
)  # fmt: skip
def test_a_version_stands_on_what_it_names(kept: Toy, refseries: Refseries, called: str) -> None:
    depending_series.version(kept, "v3", called)
    done = refseries("apply", "v3")
    assert done.returncode == 0, done.stderr
    assert _tree(kept, "refseries/toy/v3") == _tree(kept, "topic")
    assert _tree(kept, "refseries/toy/v3~2") == _tree(kept, "count")
    # Its base is what is below it: no commit of the other series is one of its own.
    info = bases.of_series(kept.series(), kept.base(), kept.cache)
    applied = apply.apply(kept.series(), info, Target("v3"), kept.cache)
    assert [commit.subject for commit in applied.commits] == ["mm: count toys", "mm: name toys"]
    assert naming.target(kept.series(), "base:v3") == info.target("v3") == Target("base", "v3")
    assert f"{toys.RELEASE} + " in refseries("status").stdout
    # Those that say nothing stand where they stood.
    assert info.of("v2").commit == kept.base_commit


def test_the_series_says_it_for_those_that_do_not(kept: Toy) -> None:
    depending_series.say(kept, NAME)
    depending_series.version(kept, "v3")  # depends on nothing, in so many words
    info = bases.of_series(kept.series(), kept.base(), kept.cache)
    assert _tree(kept, info.of("v1").commit) == _tree(kept, "count")
    assert info.of("v3").commit == kept.base_commit


def test_what_is_not_there_is_an_error_with_a_hint(toy: Toy, refseries: Refseries) -> None:
    depending_series.branches(toy)
    depending_series.version(toy, "v3", "<v2-0@example.org>")
    done = refseries("apply", "v3")
    assert done.returncode == 2
    place = toy.project / "series/depends"
    assert done.stderr.startswith(f"refseries: {place}: the series depends on `v2-0@example.org`, ")
    assert "refseries depend" in done.stderr
    assert refseries("apply", "v2").returncode == 0


def test_what_does_not_apply_names_patch_and_dependency(kept: Toy) -> None:
    folder = kept.project / "series/depends" / NAME
    patch = sorted(folder.glob("*.patch"))[0]
    patch.write_text(patch.read_text().replace("-int line_20;", "-int other;"))
    depending_series.version(kept, "v3", NAME)
    info = bases.of_series(kept.series(), kept.base(), kept.cache)
    with pytest.raises(StageError, match="count-v2, which the series depends on, does not apply"):
        info.of("v3")


def test_two_versions_of_one_series_are_told_apart(kept: Toy, refseries: Refseries) -> None:
    assert refseries("depend", str(depending_series.mails(kept)), "--name", "again").returncode == 0
    depending_series.version(kept, "v3", depending_series.CHANGE_ID)
    done = refseries("apply", "v3")
    assert done.returncode == 2
    assert f"is again and {NAME}" in done.stderr


def test_a_branch_of_the_users_tree(counting: Toy, refseries: Refseries) -> None:
    name = f"v{toys.RELEASE}..count"
    assert refseries("depend", name, "--name", "mine").returncode == 0
    depending_series.say(counting, name)
    done = refseries("import", "count..topic", "--as", "v3")
    assert done.returncode == 0, done.stderr
    assert "Applies over mine on the base" in done.stdout
    text = (counting.project / "series/v3/version.toml").read_text()
    assert 'depends = ["mine"]' in text
    assert "[base]" not in text
    assert refseries("apply", "v3").returncode == 0
    assert _tree(counting, "refseries/toy/v3") == _tree(counting, "topic")


@pytest.mark.parametrize("moved", [False, True])
def test_what_is_below_a_branch_is_no_part_of_it(
    kept: Toy, refseries: Refseries, moved: bool
) -> None:
    depending_series.say(kept, NAME)
    if moved:  # onto a release that the series has no version on yet
        toy_releases.add(kept)
        user = ("-c", "user.name=Topper", "-c", "user.email=t@example.org")
        kept.git(*user, "rebase", "--quiet", "--onto", "v6.13", f"v{toys.RELEASE}", "topic")
    done = refseries("import", "topic", "--as", "v3")
    assert done.returncode == 0, done.stderr
    v3 = store.version(kept.series(), "v3")
    assert [path.name for path in v3.patches] == [
        "0001-mm-count-toys.patch", "0002-mm-name-toys.patch",
    ]  # fmt: skip
    assert (v3.depends, (v3.base is not None) == moved) == ((NAME,), True)
    assert "does not stand on" not in done.stdout
    assert "whose files are those that the patches start from" in done.stdout.replace("\n", " ")


def test_the_mails_of_a_range_that_is_kept_add_what_they_know(
    counting: Toy, refseries: Refseries
) -> None:
    span = f"v{toys.RELEASE}..count"
    assert refseries("depend", span, "--name", NAME).returncode == 0
    done = refseries("depend", str(depending_series.mails(counting)))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{NAME}  mm: count pages v2, which was there already\n")
    (found,) = depends.load(counting.project)
    assert (found.version, found.message_id) == (2, "v2-0@example.org")
    assert (found.change_id, found.source) == (depending_series.CHANGE_ID, span)
    assert len(found.patches) == 2


def test_a_range_is_the_version_that_the_user_says(counting: Toy, refseries: Refseries) -> None:
    assert refseries("depend", f"v{toys.RELEASE}..count", "--take", "v9").returncode == 0
    (found,) = depends.load(counting.project)
    assert found.version == 9
    assert found.name.endswith("-v9")


def test_a_branch_that_does_not_stand_on_it_says_so(kept: Toy, refseries: Refseries) -> None:
    depending_series.say(kept, NAME)
    kept.at_base()
    kept.commit(toys.V1[0])
    kept.git("branch", "alone")
    done = refseries("import", f"v{toys.RELEASE}..alone", "--as", "v3")
    assert done.returncode == 0, done.stderr
    assert f"it does not stand on {NAME}, which the series depends on" in done.stdout
    assert "depends = []" in (kept.project / "series/v3/version.toml").read_text()


def _exported(toy: Toy, refseries: Refseries) -> str:
    depending_series.version(toy, "v3", NAME)
    done = refseries("export", "v3", "-o", "out.mbox", "--no-maintainers")
    assert done.returncode == 0, done.stdout + done.stderr
    return str(toy.project / "out.mbox")


def test_import_reads_what_mails_depend_on(kept: Toy, refseries: Refseries) -> None:
    mails = _exported(kept, refseries)
    done = refseries("import", mails, "--as", "v4")
    assert done.returncode == 0, done.stderr
    text = (kept.project / "series/v4/version.toml").read_text()
    assert f'depends = ["{NAME}"]' in text
    assert "Depends on" not in (kept.project / "series/v4/cover.md").read_text()
    assert refseries("diff", "v3", mails).returncode == 0


def test_mails_that_depend_on_what_is_not_there_are_refused(
    kept: Toy, refseries: Refseries
) -> None:
    mails = _exported(kept, refseries)
    (kept.project / "series/depends").rename(kept.directory / "away")
    done = refseries("import", mails, "--as", "v4")
    assert done.returncode == 2
    assert f"it depends on change-id: {depending_series.CHANGE_ID}:v2" in done.stderr
    assert "refseries depend" in done.stderr
    assert not (kept.project / "series/v4").exists()
    # Who says that a commit has it is believed, and the rest is named.
    done = refseries("import", mails, "--as", "v4", "--base-ref", "count")
    assert done.returncode == 0, done.stderr
    assert "taken to be in the base that was named" in done.stdout


def test_the_mails_name_it(kept: Toy, refseries: Refseries) -> None:
    first, *rest = mails_of(kept.project / _exported(kept, refseries))
    link = "https://lore.kernel.org/r/v2-0@example.org"
    ids = "".join(f"prerequisite-patch-id: {each}\n" for each in depending_series.patch_ids(kept))
    assert (
        f'\n---\nDepends on "mm: count pages" v2 (2 patches), {link}\n'
        f"base-commit: {kept.base_commit}\n"
        f"prerequisite-change-id: {depending_series.CHANGE_ID}:v2\n"
        f"prerequisite-message-id: <v2-0@example.org>\n{ids}change-id: "
    ) in first.body
    # As git writes them itself.
    kept.git("checkout", "--quiet", "--detach", "topic")
    written = kept.git("format-patch", "--stdout", f"--base={kept.base_commit}", "count..topic")
    for each in depending_series.patch_ids(kept):
        assert f"prerequisite-patch-id: {each}" in written
    assert len(rest) == 2
    assert "mm/count.c  | 1 +" in first.body  # what the other series adds is not in the diffstat
