# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import kill_at_step
import pytest
from kill_at_step import tree_of
from waiting import SECONDS

from refseries.errors import HostError, SeriesError
from refseries.host import scratch, transaction
from refseries.host.progress import Say

# Replaces a file, adds one in a new folder, and a folder.
CHANGE = """
from pathlib import Path
from refseries.host import transaction
root = Path(sys.argv[1])
with transaction.changing(root) as change:
    change.write(root / "series/a.toml", "new a")
    (change.folder / "v2").mkdir()
    (change.folder / "v2/patch").write_text("new patch")
    change.move(change.folder / "v2", root / "series/v2")
    change.write(root / "series/feedback/b.toml", "new b")
    change.write(root / "tests/c", "new c")
    change.commit()
"""
OLD = {"series": b"", "series/a.toml": b"old a"}
NEW = {
    "series": b"", "series/a.toml": b"new a", "series/feedback": b"",
    "series/feedback/b.toml": b"new b", "series/v2": b"", "series/v2/patch": b"new patch",
    "tests": b"", "tests/c": b"new c",
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = tmp_path / "project"
    (found / "series").mkdir(parents=True)
    (found / "series/a.toml").write_text("old a")
    return found


def made(root: Path) -> None:
    """The change of CHANGE, in this process."""
    with transaction.changing(root) as change:
        change.write(root / "series/a.toml", "new a")
        change.write(root / "series/feedback/b.toml", "new b")
        change.commit()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_kill_at_any_step_leaves_old_or_new_to_the_next_reader(
    tmp_path: Path, number: signal.Signals
) -> None:
    found: list[dict[str, bytes]] = []
    for at in range(1, 60):
        root = tmp_path / str(at)
        (root / "series").mkdir(parents=True)
        (root / "series/a.toml").write_text("old a")
        done = kill_at_step.run(kill_at_step.program(CHANGE, number, at, str(root)))
        with transaction.reading(root):
            found.append(tree_of(root))
        if done.returncode == 0:
            break
        assert done.returncode == -number, done.stderr
    assert found[0] == OLD
    assert found[-1] == NEW
    decided = found.index(NEW)
    assert found == [OLD] * decided + [NEW] * (len(found) - decided)
    assert 5 < decided < len(found) - 8  # kills both before the decision and while it is done


def test_whoever_changes_next_finishes_first(root: Path) -> None:
    decided = next(
        at
        for at in range(1, 60)
        if kill_at_step.run(kill_at_step.program(CHANGE, signal.SIGKILL, at, str(root))).returncode
        and transaction.is_pending(root)
    )
    assert decided > 5
    with transaction.changing(root) as change:
        assert (root / "series/feedback/b.toml").read_text() == "new b"
        change.write(root / "series/a.toml", "newer a")
        change.commit()
    assert tree_of(root) == NEW | {"series/a.toml": b"newer a"}


def test_a_file_keeps_its_permissions(root: Path) -> None:
    (root / "series/a.toml").chmod(0o640)
    made(root)
    assert (root / "series/a.toml").stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_removed_goes_with_the_rest(root: Path) -> None:
    (root / "series/v1").mkdir()
    gone = root / "series/v1/0002-gone.patch"
    gone.write_text("old")
    with transaction.changing(root) as change:
        change.remove(gone)
        change.write(root / "series/a.toml", "new a")
        assert gone.exists()
        change.commit()
    assert not gone.exists()
    assert (root / "series/a.toml").read_text() == "new a"


def test_what_is_not_committed_is_not_there(root: Path) -> None:
    with transaction.changing(root) as change:
        change.write(root / "series/a.toml", "new a")
        assert tree_of(root) != OLD
    assert tree_of(root) == OLD


def test_a_folder_that_is_there_is_refused_and_nothing_changes(root: Path) -> None:
    (root / "series/v2").mkdir()
    before = tree_of(root)
    with transaction.changing(root) as change:
        change.write(root / "series/a.toml", "new a")
        (change.folder / "v2").mkdir()
        change.move(change.folder / "v2", root / "series/v2")
        with pytest.raises(SeriesError, match="is there already"):
            change.commit()
    assert tree_of(root) == before


@pytest.mark.parametrize("what", ["file", "dangling", "loop"])
def test_a_place_that_cannot_be_written_is_found_out_before(root: Path, what: str) -> None:
    feedback = root / "series/feedback"
    if what == "file":
        feedback.touch()
    else:
        feedback.symlink_to("nowhere" if what == "dangling" else "feedback")
    with pytest.raises(HostError, match="cannot be written") as caught:
        made(root)
    assert "Nothing was changed" in caught.value.hint
    assert (root / "series/a.toml").read_text() == "old a"
    assert not transaction.is_pending(root)


def test_a_folder_that_is_a_link_to_elsewhere(root: Path) -> None:
    with scratch.scratch_folder(Path("/dev/shm")) as elsewhere:
        (root / "series/feedback").symlink_to(elsewhere)
        assert elsewhere.stat().st_dev != root.stat().st_dev
        made(root)
        assert [path.read_text() for path in elsewhere.iterdir()] == ["new b"]
    assert (root / "series/a.toml").read_text() == "new a"


def test_what_fails_after_the_decision_is_finished_once_it_can_be(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Somebody comes in between.
    monkeypatch.setattr(transaction, "_check", lambda _made, _target: (root / "tests").touch())
    with transaction.changing(root) as change:
        change.write(root / "series/a.toml", "new a")
        change.write(root / "tests/c", "new c")
        with pytest.raises(HostError, match="cannot be written"):
            change.commit()
    with pytest.raises(HostError, match="cannot be written") as caught, transaction.reading(root):
        pass
    assert "the next command finishes it" in caught.value.hint
    (root / "tests").unlink()
    with transaction.reading(root):
        assert (root / "tests/c").read_text() == "new c"
        assert (root / "series/a.toml").read_text() == "new a"


def test_two_that_change_do_so_one_after_the_other_and_say_that_they_wait(root: Path) -> None:
    said: list[str] = []
    waits = threading.Event()

    def say(text: str, _part: float = 0.0, /) -> None:
        said.append(text)
        waits.set()

    with transaction.changing(root) as change:
        second = threading.Thread(target=lambda: _append(root, say))
        second.start()
        assert waits.wait(SECONDS)
        change.write(root / "series/a.toml", "first")
        change.commit()
    second.join()
    assert (root / "series/a.toml").read_text() == "first, second"
    assert said == ["Waiting for another refseries that changes the series"]


def _append(root: Path, say: Say) -> None:
    with transaction.changing(root, say) as change:
        text = (root / "series/a.toml").read_text()
        change.write(root / "series/a.toml", f"{text}, second")
        change.commit()


def test_a_reader_never_sees_half_of_a_change(root: Path) -> None:
    for name in "ab":
        (root / f"series/{name}").write_text("0")
    stop = threading.Event()

    def change() -> None:
        for number in range(1, 200):
            with transaction.changing(root) as made:
                for name in "ab":
                    made.write(root / f"series/{name}", str(number))
                made.commit()
        stop.set()

    writer = threading.Thread(target=change)
    writer.start()
    seen: set[tuple[str, str]] = set()
    while not stop.is_set():
        with transaction.reading(root):
            a, b = ((root / f"series/{name}").read_text() for name in "ab")
            seen.add((a, b))
        time.sleep(0.0005)  # or it would hardly ever be free to be changed
    writer.join()
    assert all(a == b for a, b in seen)


def test_only_what_nobody_works_on_is_swept(tmp_path: Path) -> None:
    with (
        scratch.scratch_folder(tmp_path) as busy,
        scratch.scratch_file(tmp_path) as (working, _descriptor),
    ):
        (tmp_path / f"{scratch.PREFIX}1/x").mkdir(parents=True)
        (tmp_path / f"{scratch.PREFIX}2").touch()
        (tmp_path / f"{scratch.PREFIX}3").symlink_to(tmp_path / "mine")
        (tmp_path / "mine").touch()
        (tmp_path / ".refseries").mkdir()
        scratch.sweep(tmp_path)
        left = {path.name for path in tmp_path.iterdir()}
        assert left >= {busy.name, working.name, "mine", ".refseries"}
        assert not left & {f"{scratch.PREFIX}1", f"{scratch.PREFIX}2"}
    assert not busy.exists()
    assert not working.exists()
