#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stands in for make in a kernel tree, as refseries/check/compiling.py calls it: -C TREE … O=OUT …
# An object that is there is not compiled again, whatever became of its source. The compiler in it
# complains about each line of mm/*.c with WARN or ERROR, sparse about SPARSE.
# Files in $FAKE make it go wrong: `prepare` (what to print and fail with), `breaks` (fail over a
# header while a source says BREAKS), `forget` (make no object), `lose` (drop CONFIG_WANTED), `hang`.

echo "$*" >>"$FAKE/calls"
cd "$2" || exit 3
sources='' missing=''
for word; do
	case $word in
	O=*) out=${word#O=} ;;
	mm/*.o) sources="$sources ${word%.o}.c" ;;
	esac
done

complain() { # SIGN KIND
	# shellcheck disable=SC2086 # a list
	grep -nH "$1" $sources | sed "s,^\([^:]*\):\([0-9]*\):.*,../\1:\2:5: $2: odd,"
}

configure() {
	if [ -e "$FAKE/lose" ]; then
		grep -v WANTED "$out/.config" >"$out/new"
		mv "$out/new" "$out/.config"
	fi
}

prepare() {
	[ ! -e "$FAKE/hang" ] || sleep 60
	if [ -e "$FAKE/prepare" ]; then
		cat "$FAKE/prepare"
		exit 2
	elif [ -e "$FAKE/breaks" ] && grep -q BREAKS mm/*.c; then
		echo "../include/linux/mm.h:7:1: error: odd"
		exit 2
	fi
}

compile() {
	for source in $sources; do
		[ -e "$out/${source%.c}.o" ] || missing="$missing $source"
	done
	sources=$missing
	[ -n "$sources" ] || return 0
	complain WARN warning
	complain ERROR error
	[ ! -e "$FAKE/forget" ] || return 0
	mkdir -p "$out/mm"
	for source in $sources; do
		grep -q ERROR "$source" || : >"$out/${source%.c}.o"
	done
}

case "$*" in
*tinyconfig*) echo "CONFIG_TINY=y" >"$out/.config" ;;
*olddefconfig*) configure ;;
*refseries-list=*) for source in mm/*.c; do echo "OBJECT ${source%.c}.o"; done ;;
*CHECK=*) complain SPARSE warning ;;
*prepare*) prepare ;;
*) compile ;;
esac
exit 0
