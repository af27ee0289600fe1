# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's patches through init, import, apply, export, b4 am and git am.

    ./setup python tests/campaigns/foreign.py --tree ~/linux --base v6.12 NAME=PATCH[,PATCH]... ...

Each stack NAME is made commits over the base, in a clone that is thrown away, with git am -3. Then
it goes in twice, as a branch and as the mailbox that git format-patch makes of that branch, and out
once: what the receiver has after b4 am and git am is compared with the branch, tree and messages.
Prints a row of a Markdown table for each stack; what differs stands below it. Exit status 1 when
anything does.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from receiver import B4, Receiver

from refseries.host import proc

ROOT = Path(__file__).parents[2]
SENDER = "Sam Sender <sam@example.org>"
HEAD = "| stack | patches | from a branch | from a mailbox | out: tree | out: messages |"
_SETTINGS = "[user]\n\tname = Sam Sender\n\temail = sam@example.org\n"


@dataclass
class Stack:
    """Patches that belong together, as commits on top of the base in ``receiver``."""

    name: str
    receiver: Receiver
    base: str
    place: Path

    def refseries(self, *words: str, project: str = "") -> str:
        """Run the command; what it says on both of its outputs, and its status when it is not 0."""
        env = {
            **self.receiver.env,
            "PYTHONPATH": str(ROOT),
            "REFSERIES_CACHE": str(self.place / "cache"),
            "GIT_CONFIG_GLOBAL": str(self.place / "gitconfig"),
        }
        at = ["-C", str(self.place / project)] if project else []
        done = proc.run(
            [sys.executable, "-m", "refseries", *at, *words], env=env, check=False, cwd=self.place
        )
        failed = f"\nexit status {done.returncode}" if done.returncode else ""
        return f"{done.stdout}{done.stderr}{failed}"

    def git(self, *words: str) -> str:
        return self.receiver.git(*words).stdout.strip()

    def tree_of(self, ref: str) -> str:
        done = self.receiver.git("rev-parse", "--verify", f"{ref}^{{tree}}", check=False)
        return done.stdout.strip() or f"there is no {ref}"

    def messages(self, ref: str) -> str:
        """Authors, titles and messages of the stack, without what whoever sends it adds."""
        text = self.git("log", "--reverse", "--format=%an <%ae>%n%B", f"{self.base}..{ref}")
        lines = (line for line in text.splitlines() if line != f"Signed-off-by: {SENDER}")
        return "\n".join(line.rstrip() for line in lines if line.strip())

    def brought(self, project: str, *source: str) -> list[str]:
        """Import ``source`` into a series of its own; what is wrong with what came of it."""
        told = self.refseries(
            "init", project, "--tree", str(self.receiver.tree), "--base-ref", self.base,
            "--title", f"A stack: {self.name}", "--name", project,
        )  # fmt: skip
        told += self.refseries("import", *source, "--as", "v1", project=project)
        told += self.refseries("apply", "v1", project=project)
        same = self.tree_of(f"refseries/{project}/v1") == self.tree_of("stack")
        return [] if same and "exit status" not in told else [f"{project}: {told}"]

    def sent(self) -> tuple[list[str], list[str]]:
        """Export, and take it as its receiver: what is wrong with the tree, and with messages."""
        mails = self.place / "v1.mbx"
        told = self.refseries("export", "v1", "-o", str(mails), project="branch")
        taken = self.place / "taken"
        taken.mkdir()
        words = ["am", "-o", str(taken), "-n", "v1", "-m", str(mails), "--no-cover"]
        ident = mails.read_bytes().partition(b"\nMessage-ID: <")[2].partition(b">")[0].decode()
        proc.run(
            [*B4, "--offline-mode", *words, ident],
            env=self.receiver.env, cwd=self.receiver.tree, check=False,
        )  # fmt: skip
        self.git("checkout", "--quiet", "-f", "-B", "taken", self.base)
        done = self.receiver.git("am", "--quiet", str(taken / "v1.mbx"), check=False)
        if done.returncode or self.tree_of("taken") != self.tree_of("stack"):
            return [f"export: {told}\ngit am: {done.stdout}{done.stderr}"], []
        got, had = (
            sorted(self.messages("taken").split("\n")),
            sorted(self.messages("stack").split("\n")),
        )
        lost = [f"- {line}" for line in had if line not in got]
        return [], lost + [f"+ {line}" for line in got if line not in had]


def made(stack: Stack, patches: list[Path]) -> str:
    """Commit ``patches`` on the branch ``stack``; git's words when one does not apply."""
    stack.git("checkout", "--quiet", "-f", "-B", "stack", stack.base)
    words = [str(path) for path in patches]
    done = stack.receiver.git("am", "--quiet", "-3", "--whitespace=nowarn", *words, check=False)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def tried(name: str, patches: list[Path], tree: Path, base: str) -> bool:
    """Take one stack through all of it and print its row; whether all was as it should be."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        stack = Stack(name, Receiver(place / "receiver", tree, base, sparse=True), base, place)
        (place / "gitconfig").write_text(_SETTINGS)
        if refused := made(stack, patches):
            print(f"| {name} | {len(patches)} | does not apply | | | |\n{refused}", flush=True)
            return False
        stack.git(
            "format-patch", "--quiet", f"--base={base}", "-o", str(place / "out"), f"{base}..stack"
        )
        mailbox = place / "own.mbx"
        mailbox.write_bytes(b"".join(p.read_bytes() for p in sorted((place / "out").iterdir())))
        branch = stack.brought("branch", f"{base}..stack")
        box = stack.brought("mailbox", str(mailbox))
        wrong_tree, wrong_messages = stack.sent() if not branch else (["not tried"], [])
    cells = [("same tree" if not each else "differs") for each in (branch, box)]
    cells += ["same" if not each else "differs" for each in (wrong_tree, wrong_messages)]
    print(f"| {name} | {len(patches)} | {' | '.join(cells)} |", flush=True)
    wrong = [*branch, *box, *wrong_tree, *wrong_messages]
    print(*wrong, sep="\n", end="\n" if wrong else "", flush=True)
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tree", type=Path, required=True, help="a git repository with the base")
    parser.add_argument("--base", required=True, help="a tag or commit of it")
    parser.add_argument("stacks", nargs="+", metavar="NAME=PATCH[,PATCH]...")
    wanted = parser.parse_args()
    os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
    print(f"{HEAD}\n|{' --- |' * 6}", flush=True)
    good = []
    for each in wanted.stacks:
        name, _, listed = each.partition("=")
        patches = [Path(word).resolve() for word in listed.split(",")]
        good.append(tried(name, patches, wanted.tree.resolve(), wanted.base))
    print(f"{sum(good)} of {len(good)} as they should be")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
