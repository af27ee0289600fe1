# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody who gets the mail: a clone of the kernel, and the real b4 and git to read it with."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from toy import dates

from refseries.host import proc

B4 = (sys.executable, "-c", "from b4.command import cmd; cmd()")
# Whoever asks the network after all gets no answer: the discard port of this machine is closed.
_NOWHERE = "http://127.0.0.1:9"


class Receiver:
    """A clone of ``source`` in a directory of its own, with a home of its own.

    Args:
        directory: empty, or not there yet.
        source: a git repository.
        commit: checked out on the branch ``work``.
        sparse: without the files below the top; git am brings in those that it changes.
    """

    def __init__(self, directory: Path, source: Path, commit: str, *, sparse: bool = False) -> None:
        self.directory = directory
        self.tree = directory / "linux"
        self.home = directory / "home"
        self.home.mkdir(parents=True)
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = Rita Receiver\n\temail = rita@example.org\n"
            "[safe]\n\tdirectory = *\n\tbareRepository = all\n"
        )
        clone = ["clone", "--quiet", "--shared", "--no-checkout"]
        self._run(["git", *clone, *(["--sparse"] if sparse else []), str(source), str(self.tree)])
        self.commit = commit
        self.git("checkout", "--quiet", "-B", "work", commit)

    @property
    def env(self) -> Mapping[str, str]:
        """Nothing of whoever runs the tests, and no way out."""
        return {
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig"),
            "GIT_EDITOR": "true",
            "http_proxy": _NOWHERE,
            "https_proxy": _NOWHERE,
            "no_proxy": "127.0.0.1",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "200",
        }

    def git(self, *words: str, check: bool = True) -> proc.Completed:
        """Run git in the clone; it commits a day after the kernel was."""
        return self._run(["git", *words], check=check, env=dates("2026-11-19T10:00:00+0000"))

    def b4(self, *words: str, offline: bool = True) -> str:
        """Run b4 in the clone; gives all that it printed. Its exit status says little.

        It commits by the clock, since it looks for a branch's cover letter among the commits of
        the last year alone.
        """
        flags = ["-n", "--offline-mode"] if offline else ["-n"]
        done = self._run([*B4, *flags, *words], check=False)
        return done.stdout + done.stderr

    def start_again(self) -> None:
        """Go back to the base, and forget what was applied."""
        self.git("am", "--abort", check=False)
        self.git("reset", "--quiet", "--hard", self.commit)

    def am_tree(self, *options: str) -> str:
        """The tree that ``git am`` makes on the base."""
        self.start_again()
        self.git("am", "--quiet", *options)
        return self.head_tree()

    def head_tree(self) -> str:
        """Id of the tree that is checked out."""
        return self.git("rev-parse", "HEAD^{tree}").stdout.strip()

    def messages(self) -> list[str]:
        """The messages of the commits over the base, oldest first."""
        log = self.git("log", "-z", "--reverse", "--format=%B", f"{self.commit}..HEAD").stdout
        return [text.rstrip("\n") + "\n" for text in log.split("\0") if text]

    def _run(
        self, argv: list[str], *, check: bool = True, env: Mapping[str, str] | None = None
    ) -> proc.Completed:
        at = self.tree if self.tree.exists() else self.directory
        return proc.run(argv, cwd=at, env={**self.env, **(env or {})}, check=check, deadline=120)
