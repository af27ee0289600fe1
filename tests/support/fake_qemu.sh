#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Stands in for qemu-system-aarch64: opens the channels as QEMU does, then runs
# the "kernel image", which is a piece of shell that says what the guest does.
set -eu
start=1
coverage=/dev/null
while [ $# -gt 0 ]; do
	case $1 in
	--version)
		echo "QEMU emulator version 0 (played)"
		exit 0
		;;
	-chardev)
		case $2 in
		file,id=console,path=*) console=${2#*path=} ;;
		stdio,id=console,*) console=/dev/stdout ;;
		file,id=results,path=*) results=${2#*path=} ;;
		file,id=coverage,path=*) coverage=${2#*path=} ;;
		esac
		shift 2
		;;
	-kernel)
		kernel=$2
		shift 2
		;;
	-append)
		words=" ${2#*-- } "
		shift 2
		;;
	*) shift ;;
	esac
done
case $words in
*" start="*)
	start=${words#* start=}
	start=${start%% *}
	;;
esac
[ "$console" = /dev/stdout ] || : >"$console"
: >"$results"

say() { printf '%s\n' "$*" >>"$console"; }
# What puts forward the clock by which the guest is watched; fake_guest.py, LATE.
late() { say 'the clock goes on'; }
write() { printf '%s\n' "$*" >>"$results"; }
plan() { write "KTAP version 1" && write "1..$1"; }
count=0
bad=0
running=
begin() {
	running=$1
	count=$((count + 2))
	begins=$(printf %016x "$count")
	ends=$(printf %016x $((count + 1)))
	write "# refseries: start $1 $begins $ends"
	say "[    1.000000] refseries: start $1 $begins"
}
# What init sends of the kernel's log: here, that it has the marks of the case that runs.
records=0
log() {
	write "# refseries: log 12,$records,1000000,-;refseries: $*"
	records=$((records + 1))
}
# What init sends of counters: of a case, its token, and files in pairs of name and contents.
counters() {
	printf '\n# refseries: counters %s %s\n' "$1" "$2" >>"$coverage"
	shift 2
	sent=0
	while [ $# -gt 0 ]; do
		printf 'file %d %s\n' "$(wc -c <"$2")" "$1" >>"$coverage"
		cat "$2" >>"$coverage"
		sent=$((sent + 1))
		shift 2
	done
	printf 'done %d\n' "$sent" >>"$coverage"
}
# What init says; before a result, that the case has ended.
report() {
	case $1 in "not ok "*) bad=1 ;; esac
	case $running/$1 in
	?*/"ok "* | ?*/"not ok "*)
		write "# refseries: end $running $ends"
		say "[    1.250000] refseries: end $running $ends"
		log "start $running $begins"
		log "end $running $ends"
		running=
		;;
	esac
	write "$*"
}
end() { report "ok $1 $2"; }
pass() { begin "$2" && end "$1" "$2"; }
bye() { write "# refseries: exit $bad"; }
panic() {
	say "[    2.000000] Kernel panic - not syncing: $1"
	say "[    2.000001] ---[ end Kernel panic - not syncing: $1 ]---"
}
say "[    0.000000] Booting Linux on physical CPU 0x0000000000"
# Each case that is not asked for again is passed over, as init does it.
wanted() { [ "$1" -ge "$start" ]; }
export start words
# shellcheck disable=SC1090
. "$kernel"
