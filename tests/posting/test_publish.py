# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries publish``: real git, a bare remote, a signature by ssh with a key of the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import depending_series
import pytest
from toy import Toy

from refseries.host import proc

Refseries = Callable[..., proc.Completed]
COVER = "# mm: introduce toys\n\nToys for all.\n\nChanges in v2:\n- a smaller toy\n"


@pytest.fixture
def signing(toy: Toy, sender: Path) -> Toy:
    """The toy with a key, a remote called ``public``, and a cover letter of v2."""
    key = toy.directory / "key"
    proc.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "sam", "-f", str(key)])
    allowed = toy.directory / "allowed"
    allowed.write_text(f"sam@example.org {key.with_suffix('.pub').read_text()}")
    config = f"[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = {key}.pub\n"
    config += f'[gpg "ssh"]\n\tallowedSignersFile = {allowed}\n'
    sender.write_text(sender.read_text() + config)
    remote = toy.directory / "public.git"
    toy.git("init", "--quiet", "--bare", str(remote))
    toy.git("remote", "add", "public", str(remote))
    (toy.project / "series/v2/cover.md").write_text(COVER)
    return toy


def _refs(toy: Toy) -> list[str]:
    return toy.git("for-each-ref", "--format=%(refname)", at=toy.directory / "public.git").split()


def test_a_signed_tag_and_nothing_leaves(signing: Toy, refseries: Refseries) -> None:
    done = refseries("publish", "v2", "--json", "p.json")
    assert done.returncode == 0, done.stderr
    assert "Nothing was pushed. To do that: --push REMOTE" in done.stdout
    told = json.loads((signing.project / "p.json").read_text())
    assert (told["tag"], told["made"], told["signed"], told["fetch"]) == ("toy-v2", True, True, "")
    checked = proc.run(["git", "tag", "--verify", "toy-v2"], cwd=signing.tree)
    assert 'Good "git" signature for sam@example.org' in checked.stdout + checked.stderr
    said = signing.git("for-each-ref", "--format=%(contents:subject)%0a%0a%(contents:body)",
                       "refs/tags/toy-v2")  # fmt: skip
    assert said.strip() == COVER.removeprefix("# ").strip()
    assert _refs(signing) == []
    # What the mails hold: the trees of the version, signed off by whoever sends.
    refseries("apply", "v2")
    assert not signing.git("diff", "toy-v2", "refseries/toy/v2")
    form = "--format=%an|%cn|%(trailers:key=Signed-off-by,valueonly,separator=;)"
    shown = signing.git("log", form, f"{signing.base_commit}..toy-v2").split("\n")
    sam = "Sam Sender|Sam Sender <sam@example.org>"
    assert shown == [f"Bob Ångström|{sam}", f"Ada Löwe|{sam}"]


def test_the_same_again_does_nothing(signing: Toy, refseries: Refseries) -> None:
    first = refseries("publish", "v2", "--push", "public")
    assert first.returncode == 0, first.stderr
    line = f"git fetch {signing.directory}/public.git toy-v2"
    assert f"others may not get there; see --url:\n  {line}\n" in first.stdout
    assert _refs(signing) == ["refs/tags/toy-v2"]
    before = signing.git("rev-parse", "refs/tags/toy-v2")
    # The line that it gave may stand in the cover letter by now.
    (signing.project / "series/v2/cover.md").write_text(
        COVER.replace("for all.\n", f"for all.\n\n  {line}\n")
    )
    again = refseries("publish", "v2", "--push", "public")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("was there already") == 2
    assert signing.git("rev-parse", "refs/tags/toy-v2") == before
    # It is what others get.
    other = signing.directory / "other"
    signing.git("clone", "--quiet", str(signing.tree), str(other))
    signing.git(*line.split()[1:], at=other)
    assert signing.git("rev-parse", "FETCH_HEAD^{tree}", at=other) == signing.git(
        "rev-parse", "toy-v2^{tree}"
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("tag", "toy-v2"), "is no tag with a message"),
        (("tag", "-m", "x", "toy-v2"), "names another commit"),
    ],
)
def test_a_tag_that_is_something_else_is_refused(
    signing: Toy, refseries: Refseries, words: tuple[str, ...], why: str
) -> None:
    signing.git("-c", "user.name=t", "-c", "user.email=t@example.org", *words)
    before = signing.git("rev-parse", "refs/tags/toy-v2")
    done = refseries("publish", "v2")
    assert done.returncode == 1
    assert f"the tag `toy-v2` is there already and {why}" in done.stderr
    assert signing.git("rev-parse", "refs/tags/toy-v2") == before
    assert refseries("publish", "v2", "--tag", "mine/toy-v2").returncode == 0
    done = refseries("publish", "v2", "--tag", "mine")
    assert done.returncode == 1
    assert "no tag `mine` beside the tag `mine/toy-v2`" in " ".join(done.stderr.split())


def test_another_message_or_no_signature_is_something_else(
    signing: Toy, refseries: Refseries
) -> None:
    assert refseries("publish", "v2", "--no-sign").returncode == 0
    assert "SIGNATURE" not in signing.git("cat-file", "tag", "toy-v2")
    assert "is not signed" in refseries("publish", "v2").stderr
    assert refseries("publish", "v2", "--no-sign").returncode == 0
    (signing.project / "series/v2/cover.md").write_text(COVER.replace("for all", "for none"))
    done = refseries("publish", "v2", "--no-sign")
    assert done.returncode == 1
    assert "has another message than the cover letter" in done.stderr


def test_a_remote_that_has_another_is_not_written(signing: Toy, refseries: Refseries) -> None:
    signing.git("push", "--quiet", "public", "HEAD:refs/tags/toy-v2")
    there = signing.git("ls-remote", "public")
    done = refseries("publish", "v2", "--push", "public")
    assert done.returncode == 1
    assert "the remote public has a tag `toy-v2`, which is another" in done.stderr
    assert signing.git("ls-remote", "public") == there


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--push", "nowhere"), "the tree has no remote `nowhere`"),
        (("--push", "--upload-pack=x"), "the tree has no remote `--upload-pack=x`"),
        (("--tag", "a b"), "cannot be the name of a tag"),
        (("--tag=-x",), "cannot be the name of a tag"),
    ],
)
def test_wrong_names(signing: Toy, refseries: Refseries, words: tuple[str, ...], why: str) -> None:
    done = refseries("publish", "v2", *words)
    assert done.returncode == 2, done.stderr
    assert why in done.stderr
    assert signing.git("tag", "--list", "toy*") == ""


def test_a_push_that_fails_leaves_the_tag_and_can_be_done_again(
    signing: Toy, refseries: Refseries
) -> None:
    hook = signing.directory / "public.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no tags today; exit 1\n")
    hook.chmod(0o755)
    done = refseries("publish", "v2", "--push", "public")
    assert done.returncode == 3
    assert "no tags today" in done.stderr
    assert "The tag is in your tree." in done.stderr
    assert (signing.git("tag", "--list", "toy*").strip(), _refs(signing)) == ("toy-v2", [])
    hook.unlink()
    assert refseries("publish", "v2", "--push", "public").returncode == 0
    assert _refs(signing) == ["refs/tags/toy-v2"]
    signing.git("remote", "set-url", "public", str(signing.directory / "gone.git"))
    assert refseries("publish", "v2", "--push", "public").returncode == 3


def test_only_the_tag_is_pushed_whatever_is_set(signing: Toy, refseries: Refseries) -> None:
    signing.git("config", "push.followTags", "true")
    signing.git("-c", "user.name=t", "-c", "user.email=t@example.org",
                "tag", "-m", "x", "near", signing.base_commit)  # fmt: skip
    assert refseries("publish", "v2", "--push", "public").returncode == 0
    assert _refs(signing) == ["refs/tags/toy-v2"]


def test_a_password_in_the_url_is_not_shown(signing: Toy, refseries: Refseries) -> None:
    done = refseries("publish", "v2", "--url", "https://sam:secret@example.org/toy.git")
    assert "  git fetch https://example.org/toy.git toy-v2\n" in done.stdout
    assert "secret" not in done.stdout + done.stderr


URL = "https://example.org/toys.git"
LINE = f"git fetch {URL} toy-v2"
PARAGRAPH = f"This version is also a tag:\n\n  {LINE}\n"


def _exported(toy: Toy, refseries: Refseries, *words: str) -> tuple[str, list[str]]:
    """The mails of v2 as a mailbox, and what is said of published tags."""
    out = toy.directory / "out.mbx"
    done = refseries("export", "v2", "-o", str(out), "--json", "e.json", *words)
    assert done.returncode == 0, done.stderr
    found = json.loads((toy.project / "e.json").read_text())["findings"]
    return out.read_text(), [each["what"] for each in found if each["rule"] == "published"]


@pytest.mark.parametrize("words", [(), ("--no-cover-letter",)])
def test_the_cover_letter_says_how_to_fetch_what_was_published(
    signing: Toy, refseries: Refseries, words: tuple[str, ...]
) -> None:
    before, _ = _exported(signing, refseries, *words)
    assert "git fetch" not in before
    done = refseries("publish", "v2", "--url", URL, "--json", "p.json")
    assert f"says from now on, while it is the same:\n  {LINE}\n" in done.stdout
    assert json.loads((signing.project / "p.json").read_text())["in_cover"] is True
    after, said = _exported(signing, refseries, *words)
    assert after.count(LINE) == 1
    assert f"\n---\n{PARAGRAPH}" in after
    assert said == []
    changelog, rule = after.index("a smaller toy"), after.index("1 file changed")
    assert changelog < after.index(LINE) < rule
    # Nothing more to publish, and who imports the mails has the cover letter as it was written.
    assert "was there already, the same" in refseries("publish", "v2", "--url", URL).stdout
    # It is remembered, whatever way the user himself has to the remote.
    for words in ((), ("--push", "public")):
        told = refseries("publish", "v2", *words).stdout
        assert f"while it is the same:\n  git fetch {URL} toy-v2\n" in told
    brought = refseries("import", str(signing.directory / "out.mbx"), "--as", "v5")
    assert brought.returncode == 0, brought.stderr
    assert (signing.project / "series/v5/cover.md").read_text() == COVER


def test_the_same_command_ends_one_that_a_kill_cut_behind_the_tag(
    signing: Toy, refseries: Refseries
) -> None:
    words = ("publish", "v2", "--push", "public", "--url", "https://example.org/toys.git")
    assert refseries(*words).returncode == 0
    (kept,) = signing.project.rglob("published.toml")
    said, tag = kept.read_text(), signing.git("rev-parse", "refs/tags/toy-v2")
    kept.unlink()
    assert refseries(*words).returncode == 0
    assert kept.read_text() == said
    assert signing.git("rev-parse", "refs/tags/toy-v2") == tag


def test_what_changed_since_is_not_said_to_be_fetched(signing: Toy, refseries: Refseries) -> None:
    assert refseries("publish", "v2", "--url", URL).returncode == 0
    patch = signing.project / "series/v2/0001-mm-introduce-toys.patch"
    patch.write_text(patch.read_text().replace("\n---\n", "\nMore of it.\n---\n", 1))
    after, said = _exported(signing, refseries)
    assert "git fetch" not in after
    assert said == ["the tag `toy-v2` that was published has other commits than these mails."]
    # Under another name it is the same again.
    assert refseries("publish", "v2", "--url", URL, "--tag", "toy-v2b").returncode == 0
    after, said = _exported(signing, refseries)
    assert (after.count(f"{LINE}b\n"), said) == (1, [])


def test_signed_off_by_another_it_is_something_else(
    signing: Toy, refseries: Refseries, sender: Path
) -> None:
    assert refseries("publish", "v2", "--url", URL).returncode == 0
    sender.write_text(sender.read_text().replace("sam@example.org", "other@example.org"))
    after, said = _exported(signing, refseries)
    assert "git fetch" not in after
    assert len(said) == 1


def test_a_line_of_the_authors_own_is_the_only_one(signing: Toy, refseries: Refseries) -> None:
    assert refseries("publish", "v2", "--url", URL).returncode == 0
    (signing.project / "series/v2/cover.md").write_text(
        COVER.replace("for all.\n", f"for all.\n\n  {LINE}\n")
    )
    after, said = _exported(signing, refseries)
    assert (after.count("git fetch"), said) == (1, [])


def test_the_tag_of_an_older_version_is_named(signing: Toy, refseries: Refseries) -> None:
    assert refseries("publish", "v1", "--url", URL).returncode == 0
    assert _exported(signing, refseries)[1] == []
    (signing.project / "series/v2/cover.md").write_text(
        COVER.replace("for all.\n", f"for all.\n\n  git fetch {URL} toy-v1\n")
    )
    assert _exported(signing, refseries)[1] == [
        "the cover letter names the tag `toy-v1`, which is v1."
    ]


def test_only_what_others_can_fetch_gets_into_mail(signing: Toy, refseries: Refseries) -> None:
    done = refseries("publish", "v2", "--push", "public", "--json", "p.json")
    assert json.loads((signing.project / "p.json").read_text())["in_cover"] is False
    assert done.returncode == 0
    assert not (signing.project / "series/v2/published.toml").exists()
    assert _exported(signing, refseries)[0].count("git fetch") == 0


@pytest.mark.parametrize("url", ["a b", "https://example.org/x\n---", "https://ex\x1b[2J.org"])
def test_no_address_breaks_a_mail(signing: Toy, refseries: Refseries, url: str) -> None:
    done = refseries("publish", "v2", "--url", url)
    assert done.returncode == 2
    assert "is no address that a mail can name" in done.stderr
    assert "\x1b" not in done.stderr
    assert signing.git("tag", "--list", "toy*") == ""


def test_without_a_key_nothing_is_made(toy: Toy, sender: Path, refseries: Refseries) -> None:
    sender.write_text(sender.read_text() + "[gpg]\n\tformat = ssh\n")
    done = refseries("publish", "v2")
    assert done.returncode == 3
    assert "git does not sign the tag" in done.stderr
    assert toy.git("tag", "--list", "toy*") == ""


def test_what_it_depends_on_is_in_it(signing: Toy, refseries: Refseries) -> None:
    depending_series.branches(signing)
    assert refseries("depend", str(depending_series.mails(signing))).returncode == 0
    depending_series.version(signing, "v3", "count-v2")
    assert refseries("publish", "v3", "--push", "public").returncode == 0
    tree = signing.git("rev-parse", "toy-v3^{tree}")
    assert tree == signing.git("rev-parse", "topic^{tree}")
    subjects = signing.git("log", "--format=%s", f"{signing.base_commit}..toy-v3").split("\n")
    assert subjects == ["mm: name toys", "mm: count toys", "mm: count more", "mm: count pages"]
