# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of rules: what is looked for, how bad it is, what would happen, how to fix it.

What b4 and git do was seen with b4 0.16 and git 2.39; tests/posting/test_lint_facts.py looks again.
"""

from __future__ import annotations

from refseries.posting.lint import context, patches, threads
from refseries.posting.lint.model import Rule, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

RULES = (
    Rule(
        "id-missing", _E, threads.missing_id,
        "b4 cannot read a mail without one, and stops.",
        "Export it again, or let the mail program write one.",
    ),
    Rule(
        "id-reused", _E, threads.reused_id,
        "b4 and archives keep mails by id: only the first of the two is seen.",
        "Give each mail an id of its own; refseries export does.",
        together=True,
    ),
    Rule(
        "date-missing", _E, threads.missing_date,
        "b4 takes the present time instead, so this version becomes the newest.",
        "Write a Date header.",
    ),
    Rule(
        "date-order", _W, threads.dates_of_patches,
        "Mail programs sort by date and show the patches out of order.",
        "Date each mail a second after the one before.",
        together=True,
    ),
    Rule(
        "version-order", _E, threads.dates_of_versions,
        "b4 goes by the date: it takes the older version for the newest one.",
        "Export the newer version with a later --date, or pick it with `b4 am -vN`.",
        together=True,
    ),
    Rule(
        "prefix-comma", _E, threads.comma_in_prefix,
        "b4 cannot read the numbers: it takes the patches for versions of each other, or turns "
        "their order round.",
        "Write [PATCH v2 1/3], with blanks.",
    ),
    Rule(
        "prefix-unread", _E, threads.prefix_unread,
        "b4 takes it for v1, or for another patch.",
        "Write [PATCH v2 1/3], with whole numbers and with blanks between.",
    ),
    Rule(
        "prefix-missing", _W, threads.no_prefix,
        "Bots, filters and reviewers do not see that it is a patch.",
        "Start the subject with [PATCH].",
    ),
    Rule(
        "patch-missing", _E, threads.missing_number,
        "b4 am writes the incomplete series all the same, and exits with 0.",
        "Add the missing mail.",
        together=True,
    ),
    Rule(
        "number-twice", _E, threads.doubled_number,
        "b4 takes it for one patch more and may apply both.",
        "Number the patches from 1 on, each once.",
        together=True,
    ),
    Rule(
        "not-threaded", _E, threads.not_threaded,
        "b4 fetches a thread by its references, and gets the series without this mail.",
        "Let every patch answer the first mail (In-Reply-To and References).",
        together=True,
    ),
    Rule(
        "version-differs", _E, threads.version_in_title,
        "b4 takes it for a patch of another version than the cover letter's.",
        "Give all mails of a version the same vN.",
        together=True,
    ),
    Rule(
        "flowed", _E, patches.flowed,
        "Mail programs join and break its lines, and the patch does not apply.",
        "Switch format=flowed off; see Documentation/process/email-clients.rst.",
    ),
    Rule(
        "attached", _W, patches.attached,
        "Reviewers cannot quote it, and many filters drop it.",
        "Send the patch as the plain text of the mail.",
    ),
    Rule(
        "damaged", _E, patches.damaged,
        "git am stops: corrupt patch.",
        "Send it with a program that does not wrap lines; see email-clients.rst.",
    ),
    Rule(
        "from-unquoted", _E, context.bare_from,
        "b4 reads mailboxes with Python's mailbox module, which starts a new mail there.",
        "Quote it as `>From ` (mboxrd); refseries export does.",
        together=True,
    ),
    Rule(
        "from-line", _W, patches.from_line,
        "b4 does not undo the mailbox's quoting: the commit gets `>From `.",
        "Start the line with another word.",
    ),
    Rule(
        "scissors", _E, patches.scissors,
        "b4 am drops everything above it, the message included.",
        "Take the line out, or indent something else in front of it.",
    ),
    Rule(
        "header-in-message", _E, patches.header_in_message,
        "b4 am drops the line From: above it, and git am takes this one for a header.",
        "Begin the message with another word.",
    ),
    Rule(
        "diff-in-message", _E, patches.diff_in_message,
        "git am takes the rest of the message for the patch, and fails.",
        "Indent what is quoted from a diff.",
    ),
    Rule(
        "diff-shown", _E, patches.diff_shown,
        "git am applies it together with the patch, or instead of one.",
        "Indent what is shown of a diff.",
    ),
    Rule(
        "tag-below-line", _W, patches.tag_below,
        "git commits nothing of what stands below `---`: the tag is lost.",
        "Move it above the line.",
    ),
    Rule(
        "trailer-address", _N, patches.no_address,
        "He gets no copy.",
        "Write `Name <name@example.org>`.",
    ),
    Rule(
        "bad-bytes", _E, patches.bad_bytes,
        "b4 replaces what it cannot decode, so the patch changes or does not apply.",
        "Name the encoding that the body is in, and keep to one.",
    ),
    Rule(
        "hidden-characters", _E, patches.hidden_characters,
        "b4 am refuses the series: such characters can hide what code does.",
        "Take it out.",
    ),
    Rule(
        "long-line", _E, patches.long_line,
        "Servers may break or refuse lines of more than 998 bytes.",
        "Send it quoted-printable, or break the line.",
    ),
    Rule(
        "carriage-returns", _W, patches.carriage_returns,
        "git am and b4 take them away, so a file with DOS line ends does not come out as it was.",
        "Send such a file as a binary patch: `*.x -diff` in .git/info/attributes, then git "
        "format-patch.",
    ),
    Rule(
        "no-index", _W, patches.no_index,
        "b4 diff and git am -3 cannot find what the patch was made on.",
        "Make it with git format-patch.",
    ),
    Rule(
        "no-prefix", _E, patches.no_prefix,
        "git am takes the first folder of a path for the prefix, and finds no such file.",
        "Make it with git format-patch, and without `diff.noprefix`.",
    ),
    Rule(
        "subject-long", _W, patches.long_subject,
        "It is cut in logs and lists; the kernel asks for at most 75 characters.",
        "Shorten it.",
    ),
    Rule(
        "unfolded", _E, patches.unfolded,
        "Reviewers read a mistake and its repair as two patches, and nobody can take the series.",
        "Fold it (git rebase -i --autosquash, or refseries reroll) and make the version anew.",
    ),
    Rule(
        "cover-empty", _W, patches.empty_cover,
        "Reviewers do not learn what the series is for, and may not read on.",
        "Write what it does and why into the cover letter.",
    ),
    Rule(
        "sign-off", _E, patches.no_sign_off,
        "No maintainer may take it.",
        "Add Signed-off-by; refseries export does.",
    ),
    Rule(
        "sender-sign-off", _W, patches.sent_unsigned,
        "Who passes on another's patch signs it off, too.",
        "Add Signed-off-by; nothing is to be done for another address of one person.",
    ),
    Rule(
        "prerequisite", _W, patches.prerequisites,
        "b4 shazam goes to the network for it; prerequisite-base-commit it never reads.",
        "Say in the cover letter what the series depends on.",
    ),
    Rule(
        "base-broken", _E, patches.broken_base,
        "b4 takes the first hexadecimal digits that it finds there for the commit.",
        "Write the whole id of a commit, or leave the line out.",
    ),
    Rule(
        "base-unknown", _W, context.unknown_base,
        "b4 says `not known, ignoring` and applies the series to whatever is checked out.",
        "Base it on a commit that others have, or fetch the tree that has it.",
        together=True,
    ),
    Rule(
        "base-private", _W, context.private_base,
        "Whoever lacks that commit applies the series to something else than was tested.",
        "Give --base-ref a commit of a public tree, or fetch the tree that has it.",
        together=True,
    ),
    Rule(
        "change-id", _N, threads.no_change_id,
        "b4 cannot find the other versions of the series.",
        "refseries export writes one.",
        together=True,
    ),
    Rule(
        "open-task", _E, context.open_tasks,
        "A reviewer looks first for what was asked for, and it is not there.",
        "Settle, answer or decline it, or export with --allow-open.",
        together=True,
    ),
    Rule(
        "called-open", _W, context.called_open,
        "The reviewer reads that what he asked for was left undone.",
        "Write it anew into cover.md: `refseries feedback changelog vN` has it as it is now.",
        together=True,
    ),
    Rule(
        "range-diff", _W, context.unpaired,
        "Reviewers read the whole patch again, as if it were new.",
        "Export with that --creation-factor.",
        together=True,
    ),
    Rule(
        "published", _W, context.published,
        "Whoever fetches it may test and review something else than was posted.",
        "Publish the version as it is now (`refseries publish`; with another --tag where that one "
        "is out), and name no other in cover.md.",
        together=True,
    ),
    Rule(
        "checkpatch", _W, context.checkpatch,
        "Bots and reviewers will say so as well.",
        "Fix it, or know why it is right as it is.",
    ),
    Rule(
        "stale-tag", _W, context.stale_tags,
        "The reviewer's name stands under a patch that he has not seen.",
        "Drop the tag and ask again, or say in the changelog why it was kept.",
    ),
    Rule(
        "lost-tag", _W, context.lost_tags,
        "The reviewer's work is lost: he is asked again for what he gave.",
        "Write it into the patch, or say in the changelog why it was dropped.",
        together=True,
    ),
    Rule(
        "no-review", _N, context.no_review,
        "A maintainer waits for somebody to have looked at each patch.",
        "Nothing is wrong with it; `refseries feedback fetch` gets what was given since.",
        together=True,
    ),
    Rule(
        "patch-wrong", _W, context.wrong_patches,
        "Whoever bisects the kernel through the series meets a state that does not work.",
        "Move what the patch lacks into it, or into one before it.",
        together=True,
    ),
    Rule(
        "recipient", _W, context.missing_recipients,
        "Whoever maintains the files does not see the series.",
        "Add --cc, or leave out --no-maintainers.",
        together=True,
    ),
)  # fmt: skip
"""Every rule, in the order in which findings of one mail are shown."""
