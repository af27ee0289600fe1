# SPDX-License-Identifier: GPL-2.0-or-later
"""What git heeds when it works for us, and what of the user's configuration it is told; pure."""

from __future__ import annotations

# Nothing that the user set runs anything of his, or changes a byte of what we write or read. His
# files of settings, and the system's, are not read at all (ENV); these stand before what a
# repository's own says, which git reads in any case.
SETTINGS = {
    "advice.detachedHead": "false",
    "apply.ignoreWhitespace": "no",
    "apply.whitespace": "nowarn",
    "blame.ignoreRevsFile": "",
    "blame.markIgnoredLines": "false",
    "blame.markUnblamableLines": "false",
    "color.diff": "false",
    "color.grep": "false",
    "color.status": "false",
    "color.ui": "false",
    "commit.gpgSign": "false",
    "core.abbrev": "auto",
    "core.attributesFile": "/dev/null",
    "core.autocrlf": "false",
    "core.bigFileThreshold": "512m",
    "core.commentChar": "#",
    "core.eol": "lf",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.quotePath": "true",
    "core.safecrlf": "false",
    "core.splitIndex": "false",  # writes into the repository, wherever the index is
    "diff.algorithm": "myers",
    "diff.colorMoved": "no",
    "diff.context": "3",
    "diff.dstPrefix": "b/",
    "diff.ignoreSubmodules": "none",
    "diff.indentHeuristic": "true",
    "diff.interHunkContext": "0",
    "diff.mnemonicPrefix": "false",
    "diff.noprefix": "false",
    "diff.orderFile": "/dev/null",
    "diff.relative": "false",
    "diff.renameLimit": "1000",
    "diff.renames": "true",
    "diff.srcPrefix": "a/",
    "diff.statGraphWidth": "0",
    "diff.statNameWidth": "0",
    "diff.submodule": "short",
    "diff.suppressBlankEmpty": "false",
    "fetch.prune": "false",
    "format.forceInBodyFrom": "false",
    "format.mboxrd": "false",
    "format.noprefix": "false",
    "format.numbered": "auto",
    "format.pretty": "medium",
    "gc.auto": "0",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "log.date": "default",
    "log.follow": "false",
    "log.mailmap": "false",
    "log.showRoot": "true",
    "log.showSignature": "false",
    "mailinfo.quotedCr": "warn",
    "mailinfo.scissors": "false",
    "maintenance.auto": "false",
    "merge.renormalize": "false",
    "rerere.enabled": "false",
    "safe.bareRepository": "all",
    "status.showUntrackedFiles": "normal",
    "submodule.recurse": "false",
    "tag.forceSignAnnotated": "false",
    "tag.gpgSign": "false",
    "tar.umask": "0002",
    "trailer.addresses.key": "Addresses",  # the one that we read
    "trailer.separators": ":",
    "worktree.guessRemote": "false",
    "worktree.useRelativePaths": "false",  # would change the format of the user's repository
}

# Taken over from the user on purpose: what he allows git to open, and how it gets to a server (the
# objects of a partial clone come from there when they are needed).
TAKEN = (
    r"^(safe\.directory|http\..*|credential\..*|core\.(sshcommand|gitproxy|askpass)|ssh\.variant"
    r"|protocol\..*|url\..*)$"
)

WORDS = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}

ENV = {
    **WORDS,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_PARAMETERS": "",  # of `git -c`; it would come behind ours
    "GIT_GRAFT_FILE": "/dev/null/none",  # of one that is there, git says that it is deprecated
    "GIT_NO_REPLACE_OBJECTS": "1",
}
