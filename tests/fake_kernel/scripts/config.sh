#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# config.sh tiny|olddef KCONFIG SRCARCH: writes a .config to standard output.
# tiny has the defaults alone; olddef reads a .config and, like the real one,
# drops without a word what Kconfig does not know or whose dependency is unset.
# Of arch/, it reads the Kconfig file of SRCARCH alone.
set -eu
mode=$1 kconfig=$2 arch=$3
[ "$mode" = olddef ] && old=$(cat) || old=
own=$(dirname "$kconfig")/arch/$arch/Kconfig
[ -e "$own" ] || own=
# shellcheck disable=SC2086 # none where the architecture has no file
{ cat "$kconfig" $own; printf '%s\n' "# .config" "$old"; } | awk -v arch="$arch" '
	$0 == "# .config" { config = 1 }
	!config && $1 == "config" { name = $2; order[++n] = name; known[name] }
	!config && $1 == "depends" { depends[name] = $3 }
	!config && $1 == "default" { value[name] = $2 }
	!config { next }
	match($0, /^CONFIG_[A-Za-z0-9_]+=/) {
		value[substr($0, 8, RLENGTH - 8)] = substr($0, RLENGTH + 1)
	}
	/^# CONFIG_[A-Za-z0-9_]+ is not set$/ { value[substr($2, 8)] = "n" }
	END {
		print "# SRCARCH " arch
		for (i = 1; i <= n; i++) {
			v = value[order[i]]
			d = depends[order[i]]
			if (v == "" || v == "n" || (d != "" && (!(d in known) || value[d] != "y")))
				print "# CONFIG_" order[i] " is not set"
			else
				print "CONFIG_" order[i] "=" v
		}
	}
'
