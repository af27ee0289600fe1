# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.errors import SeriesError, StageError
from refseries.kernel import kconfig
from refseries.kernel.model import Fragment

FRAGMENT = "qemu/arm64.config"


def requests(text: str, path: str = FRAGMENT) -> dict[str, kconfig.ConfigRequest]:
    return kconfig.merge([Fragment(path, text)])


def test_a_fragment_gives_its_requests_with_their_lines() -> None:
    text = '# a comment\n\nCONFIG_SMP=y\n# CONFIG_VT is not set\nCONFIG_LOCALVERSION="-a b"\n'
    assert kconfig.parse_fragment(text, FRAGMENT) == (
        kconfig.ConfigRequest("CONFIG_SMP", "y", FRAGMENT, 3),
        kconfig.ConfigRequest("CONFIG_VT", "n", FRAGMENT, 4),
        kconfig.ConfigRequest("CONFIG_LOCALVERSION", '"-a b"', FRAGMENT, 5),
    )


@pytest.mark.parametrize(
    "line", ["SMP=y", "CONFIG_SMP", "CONFIG_SMP = y", "CONFIG_SMP=yes", 'CONFIG_A="x', "CONFIG_A="]
)
def test_a_line_that_is_no_request_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(SeriesError) as caught:
        kconfig.parse_fragment(f"CONFIG_A=y\n{line}\n", FRAGMENT)
    assert caught.value.where == "qemu/arm64.config:2"


def test_an_option_asked_for_twice_in_one_fragment_is_refused() -> None:
    with pytest.raises(SeriesError, match="twice, first in line 1"):
        kconfig.parse_fragment("CONFIG_A=y\n# CONFIG_A is not set\n", FRAGMENT)


def test_the_later_fragment_wins() -> None:
    first = Fragment(FRAGMENT, "CONFIG_A=y\nCONFIG_B=1\n")
    second = Fragment("debug.config", "# CONFIG_A is not set\n")
    assert {each.option: each.value for each in kconfig.merge([first, second]).values()} == {
        "CONFIG_A": "n",
        "CONFIG_B": "1",
    }


def test_overlay_replaces_what_the_config_said_and_keeps_the_rest() -> None:
    config = "# Linux\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=3\n"
    asked = requests("# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_D=m\n")
    assert kconfig.overlay(config, asked) == (
        "# Linux\nCONFIG_C=3\n# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_D=m\n"
    )


@pytest.mark.parametrize(
    ("asked", "final"),
    [
        ("# CONFIG_A is not set", ""),
        ("# CONFIG_A is not set", "# CONFIG_A is not set"),
        ("CONFIG_A=n", ""),
        ("CONFIG_A=y", "CONFIG_A=y"),
        ("CONFIG_A=16", "CONFIG_A=0x10"),
        ('CONFIG_A="text"', 'CONFIG_A="text"'),
    ],
)
def test_a_granted_request_is_not_lost(asked: str, final: str) -> None:
    assert kconfig.lost(requests(asked), kconfig.parse_config(final)) == ()


@pytest.mark.parametrize(
    ("asked", "final"),
    [
        ("CONFIG_A=y", ""),
        ("CONFIG_A=y", "# CONFIG_A is not set"),
        ("CONFIG_A=y", "CONFIG_A=m"),
        ("CONFIG_A=y", "CONFIG_AB=y"),
        ("# CONFIG_A is not set", "CONFIG_A=y"),
        ("# CONFIG_A is not set", "CONFIG_A=m"),
        ("CONFIG_A=8", "CONFIG_A=2"),
        ('CONFIG_A="1"', "CONFIG_A=1"),
        ('CONFIG_A="x"', 'CONFIG_A=""'),
    ],
)
def test_a_request_that_is_not_granted_is_lost(asked: str, final: str) -> None:
    assert len(kconfig.lost(requests(asked), kconfig.parse_config(final))) == 1


def test_the_error_names_the_option_its_line_and_what_it_got() -> None:
    asked = requests("CONFIG_PAN=y\n\nCONFIG_MTE=y\n")
    with pytest.raises(StageError) as caught:
        kconfig.check(asked, {"CONFIG_PAN": "y"})
    error = caught.value
    assert error.where == "qemu/arm64.config:3"
    assert "CONFIG_MTE" in error.what
    assert "y was asked for" in error.what
    assert "n (not set)" in error.what
    assert "config MTE" in error.hint
    assert error.detail == "qemu/arm64.config:3: CONFIG_MTE: asked for y, got n (not set)"


def test_the_error_names_the_others_as_well_in_its_one_line() -> None:
    asked = requests("".join(f"CONFIG_X{number}=y\n" for number in range(9)))
    with pytest.raises(StageError) as caught:
        kconfig.check(asked, {"CONFIG_X1": "y"})
    wanted = " Lost as well: CONFIG_X2, CONFIG_X3, CONFIG_X4, CONFIG_X5, CONFIG_X6, and 2 more."
    assert caught.value.what.endswith(wanted)
    with pytest.raises(StageError) as caught:
        kconfig.check(asked, {f"CONFIG_X{number}": "y" for number in range(7)})
    assert caught.value.what.endswith(" Lost as well: CONFIG_X8.")


NAMES = st.from_regex(r"CONFIG_[A-Z0-9_]{1,8}", fullmatch=True)
VALUES = st.one_of(
    st.sampled_from(["y", "m", "n"]),
    st.integers().map(str),
    st.integers(min_value=0).map(hex),
    st.from_regex(
        r'"([^"\\\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\\[^\n\r])*"', fullmatch=True
    ).filter(lambda text: len(text.splitlines()) == 1),
)


@given(st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, VALUES))
def test_what_overlay_writes_is_what_was_asked_for(
    before: dict[str, str], asked: dict[str, str]
) -> None:
    config = "\n".join(f"{name}={value}" for name, value in before.items())
    fragment = "\n".join(f"{name}={value}" for name, value in asked.items())
    merged = kconfig.parse_config(kconfig.overlay(config, requests(fragment)))
    assert kconfig.lost(requests(fragment), merged) == ()
    untouched = {name: value for name, value in before.items() if name not in asked}
    assert untouched.items() <= merged.items()
