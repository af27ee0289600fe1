# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot, with guests that do whatever a guest can do."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from fake_guest import GuestClock, request
from waiting import lives, until

from refseries.errors import HostError, Stopped
from refseries.guest import boot as boot_module
from refseries.guest import qemu
from refseries.guest.boot import boot
from refseries.guest.model import Boot
from refseries.guest.results import CaseStatus, KtapResult
from refseries.host import proc
from refseries.model import StageOutcome

GOOD = "plan 2; pass 1 a.one; pass 2 a.two; bye\n"


def test_a_good_guest_passes_and_leaves_its_evidence(fake_qemu: Path) -> None:
    seen: list[tuple[str, int]] = []
    text = b""

    def on_case(result: KtapResult, planned: int) -> None:
        seen.append((result.name, planned))

    def on_console(said: bytes) -> None:
        nonlocal text
        text += said

    done = boot(request(fake_qemu, GOOD), on_case, on_console)
    assert (done.outcome, done.reason, done.exit_status) == (StageOutcome.PASS, "", 0)
    assert done.report.ok
    assert seen == [("a.one", 2), ("a.two", 2)]
    assert done.durations == {"a.one": 0.25, "a.two": 0.25}
    assert done.console.read_bytes() == text
    assert {path.name for path in done.console.parent.iterdir()} == {
        "console.log",
        "results.ktap",
        "qemu.log",
        "rerun.sh",
    }
    assert done.mode is qemu.Mode.TCG
    assert 0 < done.ready <= done.seconds


def test_the_script_boots_the_same_again_beside_the_evidence(fake_qemu: Path) -> None:
    done = boot(request(fake_qemu, GOOD))
    script = done.console.with_name("rerun.sh")
    done.results.write_text("untouched")
    subprocess.run([script], check=True, cwd="/")
    assert "exit 0" in (script.parent / "rerun" / "results.ktap").read_text()
    assert done.results.read_text() == "untouched"
    subprocess.run(["shellcheck", script], check=True)


def case_crashes(done: Boot) -> bool:
    return [result.status for result in done.report.results] == [CaseStatus.PASS, CaseStatus.CRASH]


def test_a_panic_is_told_from_the_console_though_qemu_exits_with_0(fake_qemu: Path) -> None:
    done = boot(request(fake_qemu, 'plan 3; pass 1 a.one; begin a.two; panic "Oops: Fatal"'))
    assert done.outcome is StageOutcome.PANIC
    assert done.reason == "Kernel panic - not syncing: Oops: Fatal"
    assert done.report.running == "a.two"
    assert case_crashes(done)
    assert [(splat.kind, splat.case) for splat in done.splats] == [("panic", "a.two")]


def test_a_panic_that_does_not_end_qemu_is_ended(fake_qemu: Path, guest_clock: GuestClock) -> None:
    asked = request(fake_qemu, "plan 1; begin a.one; panic x; late; exec sleep 600")
    done = boot(asked, on_console=guest_clock.hear)
    assert done.outcome is StageOutcome.PANIC


def test_a_panic_on_the_way_to_power_off_is_no_pass(fake_qemu: Path) -> None:
    done = boot(request(fake_qemu, GOOD + "panic late"))
    assert done.outcome is StageOutcome.PANIC
    assert done.exit_status == 0


def test_a_hanging_case_ends_by_its_deadline(fake_qemu: Path, guest_clock: GuestClock) -> None:
    asked = request(fake_qemu, "plan 2; pass 1 a.one; begin a.two; late; exec sleep 600")
    done = boot(asked, on_console=guest_clock.hear)
    assert done.outcome is StageOutcome.BOOT_TIMEOUT
    assert "a.two did not end" in done.reason
    assert case_crashes(done)


def test_what_a_case_is_called_does_not_say_how_it_ended(
    fake_qemu: Path, guest_clock: GuestClock
) -> None:
    asked = request(fake_qemu, "plan 1; begin a.flooded; late; exec sleep 600")
    done = boot(asked, on_console=guest_clock.hear)
    assert done.outcome is StageOutcome.BOOT_TIMEOUT
    assert "a.flooded did not end" in done.reason


def test_a_hang_that_goes_on_talking_ends_all_the_same(
    fake_qemu: Path, guest_clock: GuestClock
) -> None:
    talks = "while :; do say rcu: still stalled; sleep 0.05; done"
    asked = request(fake_qemu, f"plan 1; begin a.one; late; {talks}")
    done = boot(asked, on_console=guest_clock.hear)
    assert done.outcome is StageOutcome.BOOT_TIMEOUT
    assert "a.one did not end" in done.reason


def test_a_silent_guest_ends_by_the_boot_deadline(fake_qemu: Path, guest_clock: GuestClock) -> None:
    done = boot(request(fake_qemu, "late; exec sleep 600"), on_console=guest_clock.hear)
    assert done.outcome is StageOutcome.BOOT_TIMEOUT
    assert "init did not report" in done.reason
    assert done.exit_status is None


def test_silence_between_cases_ends_too(fake_qemu: Path, guest_clock: GuestClock) -> None:
    asked = request(fake_qemu, "plan 2; pass 1 a.one; late; exec sleep 600")
    done = boot(asked, on_console=guest_clock.hear)
    assert done.outcome is StageOutcome.BOOT_TIMEOUT
    assert "no sound" in done.reason


def test_the_deadline_ends_a_guest_that_is_busy(fake_qemu: Path, guest_clock: GuestClock) -> None:
    scenario = "plan 9; while :; do pass 1 a.one; late; sleep 0.05; done"
    done = boot(replace(request(fake_qemu, scenario), deadline=100.0), on_console=guest_clock.hear)
    assert done.outcome is StageOutcome.BOOT_TIMEOUT
    assert "deadline of 100 s" in done.reason


def test_a_guest_that_ends_without_a_word_has_no_results(fake_qemu: Path) -> None:
    done = boot(request(fake_qemu, ":"))
    assert done.outcome is StageOutcome.NO_RESULTS
    assert done.report.results == ()
    assert not done.report.ok


def test_rubbish_is_no_result(fake_qemu: Path) -> None:
    scenario = 'head -c 20000 /dev/urandom >>"$results"; head -c 20000 /dev/urandom >>"$console"'
    done = boot(request(fake_qemu, scenario))
    assert done.outcome is StageOutcome.NO_RESULTS


def test_death_in_the_middle_of_a_line_is_no_pass(fake_qemu: Path) -> None:
    scenario = """plan 2; pass 1 a.one; begin a.two; printf 'ok 2 a.tw' >>"$results" """
    done = boot(request(fake_qemu, scenario))
    assert done.outcome is StageOutcome.NO_RESULTS
    assert case_crashes(done)


@pytest.mark.parametrize("channel", ["console", "results"])
def test_a_flood_is_dammed(fake_qemu: Path, channel: str) -> None:
    scenario = (
        f'plan 1; begin a.one; yes "# $words" | head -c 4000000 >>"${channel}"; exec sleep 600'
    )
    done = boot(request(fake_qemu, scenario))
    assert done.outcome is StageOutcome.NO_RESULTS
    assert "flooded" in done.reason
    assert max(done.console.stat().st_size, done.results.stat().st_size) <= 2 << 20


def test_a_guest_that_does_not_power_off_keeps_its_results(
    fake_qemu: Path, guest_clock: GuestClock
) -> None:
    stays = f"{GOOD}trap '' TERM INT HUP; late; while :; do sleep 1; done"
    done = boot(request(fake_qemu, stays), on_console=guest_clock.hear)
    assert (done.outcome, done.exit_status) == (StageOutcome.PASS, 0)
    assert done.reason == "the guest did not power off"


def test_init_that_gives_up_says_why(fake_qemu: Path) -> None:
    done = boot(request(fake_qemu, 'report "Bail out! no program in /tests"'))
    assert done.outcome is StageOutcome.NO_RESULTS
    assert "no program in /tests" in done.reason


def test_no_process_outlives_a_boot(fake_qemu: Path, guest_clock: GuestClock) -> None:
    pids = fake_qemu / "pids"
    scenario = f"sleep 600 & echo $! $$ >{pids}; trap '' TERM; late; exec sleep 600"
    boot(request(fake_qemu, scenario), on_console=guest_clock.hear)
    until(lambda: not any(lives(int(pid)) for pid in pids.read_text().split()))


def test_qemu_that_refuses_its_command_line_is_the_hosts_fault(fake_qemu: Path) -> None:
    (fake_qemu.parent / "tools" / "qemu-system-aarch64").unlink()
    broken = fake_qemu.parent / "tools" / "qemu-system-aarch64"
    broken.write_text("#!/bin/sh\necho 'qemu: no such machine' >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(HostError, match="exit status 1") as caught:
        boot(request(fake_qemu, GOOD))
    assert "no such machine" in caught.value.detail


def test_a_missing_qemu_names_its_package(fake_qemu: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(HostError, match="not installed") as caught:
        boot(request(fake_qemu, GOOD))
    assert "qemu-system-arm" in caught.value.hint


def test_stopping_ends_a_boot_at_once(fake_qemu: Path) -> None:
    def stop(_said: bytes) -> None:
        proc.stop_all()

    try:
        with pytest.raises(Stopped):
            boot(request(fake_qemu, "say here; exec sleep 600"), on_console=stop)
    finally:
        proc.allow_again()


def test_a_command_may_take_its_time_and_gives_its_status(
    fake_qemu: Path, guest_clock: GuestClock
) -> None:
    scenario = 'late; sleep 0.2; say hello; report "# refseries: exit 7"'
    asked = replace(request(fake_qemu, scenario), cases=False)
    done = boot(asked, on_console=guest_clock.hear)
    assert (done.outcome, done.exit_status) == (StageOutcome.PASS, 7)


def test_a_guest_may_wait_for_a_debugger(fake_qemu: Path) -> None:
    plain = boot_module.command_line(request(fake_qemu, GOOD), "c", "r")
    waits = replace(request(fake_qemu, GOOD), debugger=4321)
    argv = boot_module.command_line(waits, "c", "r")
    assert argv == [*plain, "-S", "-gdb", "tcp:127.0.0.1:4321"]


def test_a_guest_that_floods_the_port_for_counters_is_killed(fake_qemu: Path) -> None:
    flood = 'plan 1; begin a.one; while :; do head -c 1000000 /dev/zero >>"$coverage"; done'
    asked = replace(request(fake_qemu, flood), coverage=True, flood=100_000)
    done = boot(asked)
    assert done.reason == "the guest flooded its port refseries.coverage"
    assert done.counters is not None
    assert done.counters.stat().st_size == 8 * 100_000
    assert done.outcome is not StageOutcome.PASS
