# SPDX-License-Identifier: GPL-2.0-or-later
"""What the scripts of base say follows from base and the patch, not from whoever asks."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import toy as toys

from refseries.check import catalogue, run
from refseries.model import Target
from refseries.testing.lab import Lab

# Each says something of v1 unless a file of settings or a word of a list tells it not to.
QUIET = rb'sub quiet { grep { -e "$_/$_[0]" } (".", $ENV{HOME}, ".scripts") }'
SCRIPTS: dict[str, bytes] = {
    "scripts/checkpatch.pl": QUIET + rb"""
        my $words = $0 =~ s/checkpatch.pl$/const_structs.checkpatch/r;
        print "mm/toy.c:1: WARNING:TOY: no toys\n" unless quiet(".checkpatch.conf") || -e $words;
        """,
    "scripts/get_maintainer.pl": QUIET + rb"""
        print quiet(".get_maintainer.conf") ? "TOYS\n" : "THE REST\n";
        """,
    "scripts/kernel-doc": rb"""
        my $lib = $0 =~ s/kernel-doc$/lib/r;
        my ($file) = grep { /toy/ } @ARGV;
        $file = "$ENV{SRCTREE}/$file" if $file && defined $ENV{SRCTREE};
        print STDERR "$file:1: warning: no toys\n" if $file && -e $file && ! -e $lib;
        """,
    "scripts/coccicheck": rb'SPATCH="`which ${SPATCH:=spatch}`"; exec "$SPATCH" "$@"' b"\n",
    "scripts/coccinelle/toy.cocci": b"virtual report\n",
    "MAINTAINERS": b"",
    **dict.fromkeys(("COPYING", "CREDITS", "Kbuild", "README"), b""),
}  # fmt: skip
SPATCH = """#!/bin/sh
case $1 in --version) echo spatch 1; exit;; esac
[ -e "$HOME/.cocciconfig" ] && exit
case $1 in *toy*) [ -e "$srctree/include/linux/toy.h" ] || echo "$1:1:1-2: WARNING: no toys";; esac
"""

CHECKS = ("checkpatch", "maintainers", "kernel-doc", "coccinelle")
Ask = Callable[[], dict[str, int]]


@pytest.fixture
def ask(toy: toys.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """How many new findings each check has of v1."""
    program = tmp_path / "bin" / "spatch"
    program.parent.mkdir()
    program.write_text(SPATCH)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    add(toy, SCRIPTS)

    def asked() -> dict[str, int]:
        lab = Lab(toy.series(), toy.base(), toy.cache, jobs=2)
        checks = catalogue.select(catalogue.checks({}), CHECKS)
        report = run.run(run.CheckRequest(lab, {}, (Target("v1"),), checks, 20.0), print)
        assert not [each.message for each in report.outcomes if each.message]
        return {
            each.check: sum(finding.new for finding in each.findings)
            for each in report.outcomes[1:]
        }

    return asked


def add(toy: toys.Toy, files: dict[str, bytes]) -> None:
    """Have the base hold ``files`` as well."""
    toy.at_base()
    toy.commit((toys.ADA, "scripts\n", dict(files)))
    toy.git("tag", "--force", f"v{toys.RELEASE}")


def test_no_settings_of_the_user_silence_a_script(
    ask: Ask, toy: toys.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    for place in (home, here):
        place.mkdir()
        for name in (".checkpatch.conf", ".get_maintainer.conf", ".cocciconfig"):
            (place / name).touch()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    monkeypatch.setenv("SRCTREE", str(here))
    monkeypatch.setenv("SPATCH", "true")
    assert ask() == {"checkpatch": 2, "maintainers": 2, "kernel-doc": 1, "coccinelle": 1}


@pytest.mark.parametrize(
    ("check", "file"),
    [
        ("checkpatch", "scripts/const_structs.checkpatch"),
        ("kernel-doc", "scripts/lib/kdoc"),
        ("coccinelle", "include/linux/toy.h"),
    ],
)
def test_what_else_a_script_reads_is_in_the_key(
    ask: Ask, toy: toys.Toy, check: str, file: str
) -> None:
    assert ask()[check]
    add(toy, {file: b"toy\n"})
    assert not ask()[check]
