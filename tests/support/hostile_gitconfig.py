# SPDX-License-Identifier: GPL-2.0-or-later
"""Git's configuration of somebody who set whatever can be set."""

from __future__ import annotations

from pathlib import Path

SETTINGS = """\
[alias]
	apply = !false
	format-patch = !false
	log = log --graph
[am]
	keepcr = true
	threeWay = true
[apply]
	ignoreWhitespace = change
	whitespace = error-all
[blame]
	coloring = highlightRecent
	date = relative
	ignoreRevsFile = {here}/no-such-revisions
	markIgnoredLines = true
	showRoot = true
[branch]
	autoSetupMerge = always
	autoSetupRebase = always
[checkout]
	defaultRemote = nowhere
[color]
	ui = always
	branch = always
	diff = always
	grep = always
	interactive = always
	status = always
[column]
	ui = always
[commit]
	cleanup = scissors
	gpgSign = true
	template = {here}/no-such-template
	verbose = true
[core]
	abbrev = 5
	attributesFile = {here}/attributes
	autocrlf = true
	bigFileThreshold = 1
	commentChar = ";"
	compression = 0
	eol = crlf
	excludesFile = {here}/ignored
	fsmonitor = {here}/spy
	hooksPath = {here}/hooks
	pager = false
	quotePath = false
	safecrlf = true
	splitIndex = true
	untrackedCache = true
	whitespace = tab-in-indent,cr-at-eol
[diff]
	algorithm = patience
	colorMoved = zebra
	context = 1
	dirstat = lines,0
	dstPrefix = new/
	external = {here}/spy
	ignoreSubmodules = all
	indentHeuristic = false
	interHunkContext = 9
	mnemonicPrefix = true
	noprefix = true
	orderFile = {here}/no-such-order
	relative = true
	renameLimit = 1
	renames = copies
	srcPrefix = old/
	statGraphWidth = 2
	statNameWidth = 5
	submodule = log
	suppressBlankEmpty = true
	wordRegex = .
	wsErrorHighlight = all
[diff "cpp"]
	binary = true
	command = {here}/spy
	textconv = {here}/spy
	xfuncname = "!^int line_1;$\\n^(.*)$"
[diff "spy"]
	binary = true
	command = {here}/spy
	textconv = {here}/spy
	xfuncname = "^(.*)$"
[feature]
	experimental = true
	manyFiles = true
[fetch]
	fsckObjects = true
	prune = true
	pruneTags = true
[filter "spy"]
	clean = {here}/spy
	smudge = {here}/spy
	required = true
[format]
	attach = boundary
	cc = <odd@example.org>
	commitListFormat = %H
	coverFromDescription = none
	coverLetter = true
	encodeEmailHeaders = false
	filenameMaxLength = 12
	forceInBodyFrom = true
	from = Odd <odd@example.org>
	headers = "X-Odd: yes\\n"
	mboxrd = true
	noprefix = true
	notes = true
	numbered = true
	outputDirectory = {here}/out
	pretty = raw
	signature = odd
	signatureFile = {here}/no-such-signature
	signOff = true
	subjectPrefix = ODD
	suffix = .odd
	thread = deep
	to = <odd@example.org>
	useAutoBase = true
[grep]
	column = true
	extendedRegexp = false
	fullName = true
	lineNumber = true
	patternType = fixed
[i18n]
	commitEncoding = ISO-8859-1
	logOutputEncoding = UTF-16
[index]
	version = 4
[init]
	defaultBranch = odd
	defaultObjectFormat = sha256
	templateDir = {here}/template
[log]
	abbrevCommit = true
	date = relative
	decorate = full
	diffMerges = first-parent
	follow = true
	mailmap = true
	showRoot = false
	showSignature = true
[mailinfo]
	quotedCr = strip
	scissors = true
[mailmap]
	file = {here}/mailmap
[merge]
	conflictStyle = zdiff3
	renames = false
	renormalize = true
	tool = none
[merge "default"]
	driver = false
[notes]
	displayRef = refs/notes/*
	rewriteRef = refs/notes/*
[pager]
	diff = false
	log = false
[protocol]
	version = 0
[rerere]
	autoUpdate = true
	enabled = true
[showBranch]
	default = odd
[status]
	branch = true
	renames = copies
	short = true
	showStash = true
	showUntrackedFiles = no
	submoduleSummary = true
[submodule]
	recurse = true
[tag]
	forceSignAnnotated = true
	gpgSign = true
	sort = -version:refname
[tar]
	umask = 0777
[trailer]
	ifexists = replace
	ifmissing = doNothing
	separators = "%="
[trailer "addresses"]
	key = "Odd"
	command = false
[url "https://nowhere.invalid/"]
	insteadOf = {here}
	insteadOf = /
	insteadOf = file://
[user]
	signingKey = none
[worktree]
	guessRemote = true
"""

ATTRIBUTES = """\
* text eol=crlf diff=spy filter=spy working-tree-encoding=UTF-16 export-ignore ident merge=union
*.rst -diff
"""


def make(here: Path) -> str:
    """The text of such a configuration; what it names is made in the folder ``here``.

    A program that it names leaves a file ``here/ran`` behind.
    """
    here.mkdir()
    spy = here / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {here}/ran\nexit 1\n")
    spy.chmod(0o755)
    for folder in ("hooks", "template/hooks"):
        (here / folder).mkdir(parents=True)
        for hook in (
            "applypatch-msg", "commit-msg", "post-checkout", "post-commit", "post-index-change",
            "post-rewrite", "pre-applypatch", "pre-commit", "prepare-commit-msg",
            "reference-transaction",
        ):  # fmt: skip
            (here / folder / hook).symlink_to(spy)
    (here / "attributes").write_text(ATTRIBUTES)
    (here / "ignored").write_text("*\n")
    (here / "mailmap").write_text("Odd <odd@example.org> <ada@example.org>\n")
    return SETTINGS.format(here=here)
