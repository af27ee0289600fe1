# SPDX-License-Identifier: GPL-2.0-or-later
"""What looks like code, and was left out by the compiler."""

from __future__ import annotations

import pytest

from refseries.coverage import source

TEXT = """\
#include <linux/mm.h>

static const struct toy_operations toy_ops = {
	.fault		= toy_fault,
};

/* toy = never(); */
static int toy_fault(struct toy *toy)
{
	int ret = 0;

#ifdef CONFIG_TOY
	ret = toy_check(toy,
			toy->flags);
#else
	int nothing;
#endif
	return ret;
}

static inline void toy_unused(void)
{
	toy_call();
}

struct toy {
	int (*call)(void);
};
"""


@pytest.mark.parametrize(
    ("path", "built"),
    [
        ("mm/toy.c", True),
        ("include/linux/toy.h", True),
        ("drivers/usb/core/hub.c", True),
        ("arch/x86/tools/relocs.c", True),
        ("mm/toy.rs", False),
        ("tools/testing/selftests/mm/toy.c", False),
        ("samples/toy/toy.c", False),
        ("Documentation/toy.c", False),
    ],
)
def test_no_kernel_is_built_of_tools_and_samples(path: str, built: bool) -> None:
    assert source.is_source(path) is built


def numbers(*lines: str) -> frozenset[int]:
    of = TEXT.split("\n")
    return frozenset(number for number, line in enumerate(of, 1) if line.strip() in lines)


def test_a_function_and_a_conditional_are_left_out_as_a_whole() -> None:
    compiled = numbers("static int toy_fault(struct toy *toy)", "int ret = 0;", "return ret;")
    assert source.left_out(TEXT, compiled) == numbers("ret = toy_check(toy,", "toy_call();")


def test_what_stands_behind_a_conditional_is_compiled_as_what_stands_in_front() -> None:
    # Of `return ret;` alone the compiler makes no code.
    compiled = numbers("static int toy_fault(struct toy *toy)", "int ret = 0;")
    assert source.left_out(TEXT, compiled) == numbers("ret = toy_check(toy,", "toy_call();")


def test_conditionals_around_functions_and_without_an_end_are_read_as_well() -> None:
    text = "#endif\n#ifdef A\nint f(void)\n{\n\tg();\n#ifdef B\n\treturn 1;\n}\n#else\n"
    text += "\treturn 2;\n}\n#endif\n#else\nint f(void)\n{\n\treturn 3;\n}\n"
    assert source.left_out(text, frozenset({5, 7})) == {16}
    assert source.left_out(text, frozenset()) == {5, 7, 16}


def test_the_rest_of_a_statement_is_not_left_out() -> None:
    compiled = numbers("int ret = 0;", "return ret;", "ret = toy_check(toy,", "toy_call();")
    assert source.left_out(TEXT, compiled) == frozenset()


def test_of_a_file_that_is_not_built_every_statement_is() -> None:
    left = numbers("int ret = 0;", "ret = toy_check(toy,", "return ret;", "toy_call();")
    assert source.left_out(TEXT, frozenset()) == left
