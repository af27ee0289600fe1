# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands about the mail of a version and what changed since the last; options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refseries.cli import complete
from refseries.cli.options import (
    BaseRefOption,
    JsonOption,
    PlainVersionArgument,
    QuietOption,
    TreeOption,
)
from refseries.mail.format import Format

app = typer.Typer()

ToOption = Annotated[
    list[str] | None,
    typer.Option("--to", metavar="ADDRESS", help="Send it there too; may be given again."),
]
CcOption = Annotated[
    list[str] | None,
    typer.Option("--cc", metavar="ADDRESS", help="A copy to; may be given again."),
]
MaintainersOption = Annotated[
    bool,
    typer.Option("--maintainers/--no-maintainers", help="Copies as get_maintainer.pl says."),
]
FormOption = Annotated[
    Format,
    typer.Option("--format", metavar="FORM", help="mbox, maildir, or eml: a file a mail."),
]
DateOption = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="now, or as 2026-11-24T10:00Z; default: the version's date."),
]
InReplyToOption = Annotated[
    str | None, typer.Option("--in-reply-to", metavar="ID", help="The mail to answer.")
]
RfcOption = Annotated[bool, typer.Option("--rfc", help="Mark it as a request for comments.")]
ResendOption = Annotated[bool, typer.Option("--resend", help="Mark it as sent again.")]
SendAgainOption = Annotated[
    bool, typer.Option("--resend", help="Post a version that was sent already once more.")
]
CoverLetterOption = Annotated[
    bool | None,
    typer.Option(
        "--cover-letter/--no-cover-letter",
        help="A letter of its own, or below the first patch's ---; default: for several patches.",
    ),
]
RangeDiffOption = Annotated[
    str | None,
    typer.Option(
        "--range-diff",
        metavar="VERSION",
        help="Put a range-diff against VERSION in the cover letter.",
        autocompletion=complete.plain_versions,
    ),
]
CreationFactorOption = Annotated[
    int,
    typer.Option(
        "--creation-factor",
        metavar="N",
        min=0,
        help="Per cent, for --range-diff; as for git's own.",
    ),
]
UnsureOption = Annotated[
    str | None,
    typer.Option(
        metavar="sent|again",
        help="What to do about a mail of which nobody knows whether it went out.",
    ),
]
SignOption = Annotated[
    bool, typer.Option("--sign", help="Sign each mail with your patatt key, for b4 to verify.")
]
AllowOpenOption = Annotated[
    bool, typer.Option("--allow-open", help="Even when reviewers' tasks are open.")
]
CheckOption = Annotated[
    bool, typer.Option("--check/--no-check", help="Look for what goes wrong with such mails.")
]
_EXPORT_EXAMPLE = "Example: refseries export v4 -o v4.mbx --to linux-mm@kvack.org"


@app.command(epilog=_EXPORT_EXAMPLE)
def export(
    context: typer.Context,
    version: PlainVersionArgument,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="PATH", help="Mailbox, or new folder; - is standard output."
        ),
    ],
    form: FormOption = Format.MBOX,
    to: ToOption = None,
    cc: CcOption = None,
    maintainers: MaintainersOption = True,
    date: DateOption = None,
    in_reply_to: InReplyToOption = None,
    rfc: RfcOption = False,
    resend: ResendOption = False,
    cover_letter: CoverLetterOption = None,
    range_diff: RangeDiffOption = None,
    creation_factor: CreationFactorOption = 100,
    sign: SignOption = False,
    allow_open: AllowOpenOption = False,
    check: CheckOption = True,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write a version as the mail that goes to the list, for b4, git send-email or git am."""
    from refseries.cli import export_command, mail_options

    mail = mail_options.MailOptions(
        version=version,
        to=tuple(to or ()),
        cc=tuple(cc or ()),
        maintainers=maintainers,
        in_reply_to=in_reply_to,
        rfc=rfc,
        resend=resend,
        cover_letter=cover_letter,
        range_diff=range_diff,
        creation_factor=creation_factor,
        sign=sign,
    )
    export_command.export(
        export_command.Options(
            directory=context.obj,
            mail=mail,
            output=output,
            form=form,
            date=date,
            allow_open=allow_open,
            check=check,
            tree=tree,
            base_ref=base_ref,
            json=json,
            quiet=quiet,
        )
    )


@app.command("check-mail", epilog="Example: refseries check-mail v4.mbx")
def check_mail(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Mailbox, maildir or mail; - is standard input.")
    ],
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Look in any mailbox for what goes wrong with patches, and often silently."""
    from refseries.cli import check_mail_command

    check_mail_command.check_mail(context.obj, file, tree, base_ref, json, quiet)


@app.command(epilog="Example: refseries diff v3 v4 --json - | jq .patches")
def diff(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="v3, v4:TASK, base, a mailbox (FILE, FILE:v3), or a branch of --tree.",
            autocompletion=complete.versions,
        ),
    ],
    new: Annotated[
        str,
        typer.Argument(metavar="NEW", help="As OLD.", autocompletion=complete.versions),
    ],
    mail: Annotated[
        bool, typer.Option("--mail", help="Plain text, as a cover letter can take it in.")
    ] = False,
    creation_factor: Annotated[
        int,
        typer.Option("--creation-factor", metavar="PERCENT", min=0, help="As for git range-diff."),
    ] = 60,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Show what changed between two versions: patches, files, texts, recipients, behaviour."""
    from refseries.cli import diff_command

    diff_command.diff(
        diff_command.Options(
            directory=context.obj,
            old=old,
            new=new,
            mail=mail,
            creation_factor=creation_factor,
            tree=tree,
            base_ref=base_ref,
            json=json,
            quiet=quiet,
        )
    )


@app.command("import", epilog="Example: refseries import thread.mbox --as v5")
def import_(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A mailbox, a maildir, - for standard input, <MESSAGE-ID> or its link, a branch "
            "that b4 prepares, or A..B.",
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option("--as", metavar="vN", help="Which version it is, or which of several."),
    ] = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Bring versions into the series: mails, a thread on the list, a branch."""
    from refseries.cli import import_command

    import_command.run(
        import_command.Options(context.obj, source, name, tree, base_ref, json, quiet)
    )


@app.command(epilog="Example: refseries prep v4 --tree ~/linux && git -C ~/linux switch b4/refpage")
def prep(
    context: typer.Context,
    version: PlainVersionArgument,
    branch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Branch; default: b4/ and the series' name.")
    ] = None,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Make a version a branch that b4 prepares, to go on in b4."""
    from refseries.cli import prep_command

    prep_command.run(context.obj, version, branch, tree, base_ref, json, quiet)


@app.command(
    "b4-check",
    epilog="Example: git config b4.review-series-check-cmd 'refseries -C ~/refpage b4-check'",
)
def b4_check(
    context: typer.Context, tree: TreeOption = None, base_ref: BaseRefOption = None
) -> None:
    """Answer b4's review with what is known of a series; its cover letter on standard input."""
    from refseries.cli import b4_check_command

    b4_check_command.run(context.obj, tree, base_ref)


@app.command(epilog="Example: refseries send v4 --to linux-mm@kvack.org --dry-run")
def send(
    context: typer.Context,
    version: PlainVersionArgument,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show who would get what; send nothing.")
    ] = False,
    reflect: Annotated[
        bool, typer.Option("--reflect", help="Send all of it to yourself alone, to look at.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    unsure: UnsureOption = None,
    to: ToOption = None,
    cc: CcOption = None,
    maintainers: MaintainersOption = True,
    in_reply_to: InReplyToOption = None,
    rfc: RfcOption = False,
    resend: SendAgainOption = False,
    cover_letter: CoverLetterOption = None,
    range_diff: RangeDiffOption = None,
    creation_factor: CreationFactorOption = 100,
    sign: SignOption = False,
    allow_open: AllowOpenOption = False,
    check: CheckOption = True,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Send a version to the list, by what git's configuration says for git send-email."""
    from refseries.cli import mail_options, send_command

    mail = mail_options.MailOptions(
        version=version,
        to=tuple(to or ()),
        cc=tuple(cc or ()),
        maintainers=maintainers,
        in_reply_to=in_reply_to,
        rfc=rfc,
        resend=resend,
        cover_letter=cover_letter,
        range_diff=range_diff,
        creation_factor=creation_factor,
        sign=sign,
    )
    send_command.run(
        send_command.Options(
            directory=context.obj,
            mail=mail,
            dry_run=dry_run,
            reflect=reflect,
            yes=yes,
            unsure=unsure,
            allow_open=allow_open,
            check=check,
            tree=tree,
            base_ref=base_ref,
            json=json,
            quiet=quiet,
        )
    )
