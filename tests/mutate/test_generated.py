# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made of a file: which mistakes, on which lines, under which names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.coverage import source
from refseries.coverage.source import code_of
from refseries.host import proc
from refseries.mutate import generated
from refseries.mutate.operators import OPERATORS

# ruff: noqa: E101 - C is indented as the kernel does it
FILE = """\
#include <linux/mm.h>
#define HALF(x) ((x) > 1)

static const struct toy_operations toy_ops = {
	.fault		= toy_fault,
	.release	= toy_release,
};

/* if (never) return -EINVAL; */
static int toy_fault(struct toy *toy)
{
	if (toy->flags & TOY_BROKEN)
		put_toy(toy);

	toy->page = toy->next;
	for (; toy; toy++, count -= 1) {
		if (toy->flags)
			continue;
		step_toy(toy, 0);
	}
	if (toy->page)
		return false;

	return 0;
}

SYSCALL_DEFINE2(toy_create, const void __user *, content,
		unsigned long, flags)
{
	int ret;

	if (flags &&
	    flags != 1)
		return -EINVAL;
	if (copy_from_user(toy, content, PAGE_SIZE)) {
		ret = -EFAULT;
		goto err_put_toy;
	}
	ret = get_fd("[toy]", GFP_USER | __GFP_ACCOUNT);
	if (ret < 0)
		goto err_put_toy;
	return ret;

err_put_toy:
	put_toy(toy);
	return ret;
}
"""
ALL = frozenset(range(1, FILE.count("\n") + 1))


def mutated(old: str, new: str) -> list[str]:
    """Names of the mutants of FILE in which ``new`` stands in place of ``old``."""
    assert FILE.count(old) == 1
    wanted = generated.diff_of("mm/toy.c", FILE, FILE.replace(old, new))
    return [m.name for m in generated.of_file("mm/toy.c", FILE, ALL) if m.diff == wanted]


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("(toy->flags & TOY_BROKEN)", "(!(toy->flags & TOY_BROKEN))", "toy_fault:negated:1"),
        ("(toy->flags & TOY_BROKEN)", "(0 && (toy->flags & TOY_BROKEN))", "toy_fault:unchecked:1"),
        ("\t\tput_toy(toy);\n\n", "\t\t;\n\n", "toy_fault:no-call:1"),
        (
            "\t\tput_toy(toy);\n\n",
            "\t\tdo { put_toy(toy); put_toy(toy); } while (0);\n\n",
            "toy_fault:called-twice:1",
        ),
        ("toy->page = toy->next;", ";", "toy_fault:no-assignment:1"),
        ("flags & TOY_BROKEN", "flags | TOY_BROKEN", "toy_fault:other-logic:1"),
        ("return false;", "return true;", "toy_fault:other-return:1"),
        ("return 0;", "return -EIO;", "toy_fault:other-return:2"),
        ("toy++,", "(void)0,", "toy_fault:no-step:1"),
        ("continue;", "break;", "toy_fault:other-jump:1"),
        ("(toy, 0)", "(toy, 1)", "toy_fault:other-number:1"),
        ("\t.fault		= toy_fault,\n", "\t\n", "top:no-member:1"),
        ("flags &&\n\t    flags", "flags ||\n\t    flags", "toy_create:other-logic:1"),
        ("flags != 1", "flags == 1", "toy_create:off-by-one:1"),
        ("ret < 0", "ret <= 0", "toy_create:off-by-one:2"),
        ("-EFAULT", "-EINVAL", "toy_create:wrong-errno:2"),
        ("content, PAGE_SIZE", "content, (PAGE_SIZE / 2)", "toy_create:cut-short:1"),
        ("content, PAGE_SIZE", "content, (PAGE_SIZE * 2)", "toy_create:too-long:1"),
        ("-EFAULT;\n\t\tgoto err_put_toy;", "-EFAULT;\n\t\t;", "toy_create:no-jump:1"),
        (
            "-EFAULT;\n\t\tgoto err_put_toy;",
            "-EFAULT;\n\t\treturn ret;",
            "toy_create:no-unwinding:1",
        ),
        ("GFP_USER | __GFP_ACCOUNT", "GFP_USER", "toy_create:no-flag:1"),
        ("GFP_USER | __GFP_ACCOUNT", "__GFP_ACCOUNT", "toy_create:no-flag:2"),
        ("err_put_toy:\n\tput_toy(toy);", "err_put_toy:\n\t;", "toy_create:no-call:1"),
    ],
)
def test_each_operator_makes_its_mistake(old: str, new: str, name: str) -> None:
    assert mutated(old, new) == [f"toy.c:{name}"]


def test_literals_in_a_changed_span_stay() -> None:
    text = "int f(void)\n{\n\tif (g(\"a b\", 'c'))\n\t\treturn 0;\n}\n"
    diffs = [m.diff for m in generated.of_file("a.c", text, frozenset({3}))]
    assert any("+\tif (!(g(\"a b\", 'c')))" in diff for diff in diffs)


def test_comments_literals_and_directives_are_no_code() -> None:
    text = '#define A \\\n\t(B)\nint a; // x\n/* y\n   z */ char *s = "k\\"l"; char c = \'m\';\n'
    code = code_of(text)
    assert len(code) == len(text)
    assert code.count("\n") == text.count("\n")
    assert code.split() == ["int", "a;", "char", "*s", "=", ";", "char", "c", "=", ";"]


def test_only_added_lines_are_changed() -> None:
    line = FILE[: FILE.index("return 0;")].count("\n") + 1
    (mutant,) = generated.of_file("mm/toy.c", FILE, frozenset({line}))
    assert mutant.name == "toy.c:toy_fault:other-return:1"
    assert not list(generated.of_file("mm/toy.c", FILE, frozenset()))


def test_a_condition_over_two_lines_counts_for_both() -> None:
    line = FILE[: FILE.index("flags != 1")].count("\n") + 1
    names = {m.name.split(":")[2] for m in generated.of_file("mm/toy.c", FILE, frozenset({line}))}
    assert {"negated", "unchecked", "off-by-one"} <= names


def test_no_two_mutants_are_the_same_and_names_differ() -> None:
    mutants = list(generated.of_file("mm/toy.c", FILE, ALL))
    assert len({m.diff for m in mutants}) == len({m.name for m in mutants}) == len(mutants)
    assert {m.name.split(":")[2] for m in mutants} >= set(OPERATORS) - {"other-arithmetic"}


def test_every_diff_applies(tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/toy.c").write_text(FILE)
    for mutant in generated.of_file("mm/toy.c", FILE, ALL):
        proc.run(["git", "apply", "--check", "-"], cwd=tmp_path, stdin=mutant.diff.encode())


@pytest.mark.parametrize(
    ("path", "is_source"),
    [
        ("mm/refpage.c", True),
        ("include/linux/mm.h", True),
        ("tools/testing/selftests/mm/refpage.c", False),
        ("Documentation/mm/x.rst", False),
        ("arch/x86/entry/syscalls/syscall_64.tbl", False),
    ],
)
def test_only_what_kernels_are_built_from_is_changed(path: str, is_source: bool) -> None:
    assert source.is_source(path) is is_source


SNIPPETS = st.sampled_from(
    [
        "if (",
        ")",
        "{",
        "}",
        ";\n",
        "return 0",
        "goto out",
        '"',
        "'",
        "/*",
        "*/",
        "//",
        "\n#",
        "a(b)",
    ]
)


@given(st.lists(SNIPPETS, max_size=30).map("".join))
def test_no_text_is_too_odd(text: str) -> None:
    lines = frozenset(range(1, text.count("\n") + 2))
    for mutant in generated.of_file("a.c", text, lines):
        assert mutant.diff.startswith("diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ ")


@pytest.mark.parametrize("text", ["int a;\n\f\nint b;\nint c;", "int a;\x0bint b;\n\nint c;\r\n"])
def test_git_takes_a_diff_of_odd_lines(text: str, tmp_path: Path) -> None:
    path = tmp_path / "toy.c"
    path.write_bytes(text.encode())
    changed = text.replace("c", "d").replace("b", "e")
    diff = generated.diff_of("toy.c", text, changed)
    proc.run(["git", "init", "-q"], cwd=tmp_path)
    (tmp_path / "diff").write_bytes(diff.encode())
    proc.run(["git", "apply", "diff"], cwd=tmp_path)
    assert path.read_bytes() == changed.encode()
