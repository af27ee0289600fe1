# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that go through their cases again and again, as init does."""

from __future__ import annotations

FAILS = 'report "  # toy.c:7:two:Expected 1 == 0"; report "not ok $number toy.two$at"'
XFAILS = 'report "ok $number toy.two$at # XFAIL no toy"'
PANICS = 'panic "toy broken"; exit 0'
SPLATS = 'say "[    1.100000] BUG: KASAN: slab-out-of-bounds in toy_fault+0x10/0x20"; ' \
    'report "ok $number toy.two$at"'  # fmt: skip

_GUEST = """\
rounds=1
seed=0
for word in $words; do
	case $word in
	rounds=*) rounds=${{word#*=}} ;;
	seed=*) seed=${{word#*=}} ;;
	esac
done
plan $((2 * rounds))
round=1
while [ "$round" -le "$rounds" ]; do
	at=@$round
	[ "$round" -gt 1 ] || at=
	number=$((2 * round - 1))
	wanted $number && pass $number toy.one$at
	number=$((2 * round))
	if wanted $number; then
		begin toy.two$at
		case $((seed + round - 1)) in
		{odd}) {what} ;;
		*) report "ok $number toy.two$at" ;;
		esac
	fi
	round=$((round + 1))
done
bye
"""


def guest(odd: str, what: str = FAILS) -> str:
    """A guest whose toy.two does ``what`` in the rounds that the shell pattern ``odd`` fits."""
    return _GUEST.format(odd=odd, what=what)
