# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail over TLS to a real server with a certificate that it made itself."""

from __future__ import annotations

from pathlib import Path

import mailserver
import pytest
import toy as toys
from delivery import configure, deliver

from refseries.errors import HostError, StageError
from refseries.host import proc
from refseries.posting.sending import smtp_config

BOTH = pytest.mark.parametrize("encryption", ["tls", "ssl"])


def self_made(directory: Path, address: str) -> Path:
    """A certificate that vouches for itself, and its key, in one file."""
    path = directory / f"{address}.pem"
    proc.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={address}",
         "-addext", f"subjectAltName=IP:{address}", "-keyout", path, "-out", f"{path}.cert"],
    )  # fmt: skip
    path.write_text(path.read_text() + Path(f"{path}.cert").read_text())
    return path


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_made(tmp_path_factory.mktemp("key"), "127.0.0.1")


def use(toy: toys.Toy, sink: mailserver.Sink, encryption: str, **keys: str) -> None:
    configure(toy, smtpServerPort=str(sink.port), smtpEncryption=encryption, **keys)


@BOTH
def test_mail_and_login_over_tls(mine: toys.Toy, key: Path, encryption: str) -> None:
    with mailserver.running(password="secret", encryption=encryption, key=key) as sink:
        use(
            mine, sink, encryption, smtpSSLCertPath=f"{key}.cert", smtpUser="sen", smtpPass="secret"
        )
        assert len(deliver(mine)) == 5
        assert sink.encrypted == [True] * 5
        assert sink.logins == [(b"sen", b"secret")]


@BOTH
def test_a_certificate_that_nobody_vouches_for(mine: toys.Toy, key: Path, encryption: str) -> None:
    with mailserver.running(password="secret", encryption=encryption, key=key) as sink:
        use(mine, sink, encryption, smtpUser="sen", smtpPass="secret")
        with pytest.raises(StageError, match="its certificate cannot be trusted") as caught:
            deliver(mine)
        assert "self-signed" in caught.value.what
        assert "Nothing was sent." in caught.value.hint
        assert "git config sendemail.smtpSSLCertPath FILE" in caught.value.hint
        assert (sink.ids, sink.logins) == ([], [])
    assert not (mine.project / ".refseries/send/v3").exists()


@BOTH
def test_a_certificate_for_another_server(mine: toys.Toy, tmp_path: Path, encryption: str) -> None:
    other = self_made(tmp_path, "127.0.0.2")
    with mailserver.running(encryption=encryption, key=other) as sink:
        use(mine, sink, encryption, smtpSSLCertPath=f"{other}.cert")
        with pytest.raises(StageError, match=r"not valid for '127\.0\.0\.1'"):
            deliver(mine)
        assert sink.ids == []


@BOTH
def test_a_folder_of_certificates(
    mine: toys.Toy, key: Path, tmp_path: Path, encryption: str
) -> None:
    folder = tmp_path / "trusted"
    folder.mkdir()
    (folder / "mine.pem").write_bytes(Path(f"{key}.cert").read_bytes())
    with mailserver.running(encryption=encryption, key=key) as sink:
        use(mine, sink, encryption, smtpSSLCertPath=str(folder))
        with pytest.raises(StageError, match="cannot be trusted"):
            deliver(mine)  # nothing in it has the name that OpenSSL looks for
        proc.run(["openssl", "rehash", folder])
        assert len(deliver(mine)) == 5


@BOTH
def test_no_check_where_git_is_told_so(mine: toys.Toy, key: Path, encryption: str) -> None:
    """git-send-email(1): an empty sendemail.smtpSSLCertPath switches the check off."""
    with mailserver.running(encryption=encryption, key=key) as sink:
        use(mine, sink, encryption, smtpSSLCertPath="")
        assert len(deliver(mine)) == 5
        found = smtp_config.configured(mine.project)
        assert str(found) == f"127.0.0.1:{sink.port} with {encryption}, its certificate not checked"


def test_a_key_without_a_value_switches_no_check_off(mine: toys.Toy) -> None:
    configure(mine, smtpEncryption="tls")
    with (mine.directory / "gitconfig").open("a") as stream:
        stream.write("[sendemail]\n\tsmtpSSLCertPath\n")
    assert smtp_config.configured(mine.project).certificates is None


@pytest.mark.parametrize(
    "content", [None, b"no certificate\n", b""], ids=["missing", "text", "empty"]
)
def test_certificates_that_are_none(mine: toys.Toy, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "certificates"
    if content is not None:
        path.write_bytes(content)
    configure(mine, smtpEncryption="tls", smtpSSLCertPath=str(path))
    with pytest.raises(HostError, match="holds no certificates to trust") as caught:
        deliver(mine)
    assert caught.value.where == f"sendemail.smtpSSLCertPath = {path}"


def test_no_password_leaves_when_a_server_does_not_encrypt(mine: toys.Toy, key: Path) -> None:
    """Whoever sits between can take STARTTLS out of what the server offers."""
    with mailserver.running(password="secret") as sink:
        use(mine, sink, "tls", smtpSSLCertPath=f"{key}.cert", smtpUser="sen", smtpPass="secret")
        with pytest.raises(StageError, match="STARTTLS extension not supported"):
            deliver(mine)
        assert (sink.ids, sink.logins) == ([], [])


def test_the_wrong_kind_of_encryption(mine: toys.Toy, key: Path) -> None:
    with mailserver.running(encryption="tls", key=key) as sink:
        use(mine, sink, "ssl", smtpSSLCertPath=f"{key}.cert")
        with pytest.raises(StageError, match="wrong version number") as caught:
            deliver(mine)
        assert "sendemail.smtpEncryption = tls" in caught.value.hint
    with mailserver.running(encryption="ssl", key=key) as sink:
        use(mine, sink, "tls", smtpSSLCertPath=f"{key}.cert")
        with pytest.raises(StageError, match="no answer in time"):
            deliver(mine, timeout=0.5)
        assert sink.ids == []


def test_a_server_that_wants_encryption_and_is_not_asked_for_it(mine: toys.Toy, key: Path) -> None:
    with mailserver.running(encryption="tls", key=key) as sink:
        use(mine, sink, "")
        with pytest.raises(StageError, match=r"530 .*STARTTLS"):
            deliver(mine)
        assert sink.ids == []


@BOTH
def test_a_token_in_the_place_of_a_password(mine: toys.Toy, key: Path, encryption: str) -> None:
    with mailserver.running(password="token", encryption=encryption, key=key) as sink:
        keys = {"smtpSSLCertPath": f"{key}.cert", "smtpUser": "sen", "smtpAuth": "XOAUTH2"}
        use(mine, sink, encryption, smtpPass="old", **keys)
        with pytest.raises(StageError, match="535"):
            deliver(mine)
        configure(mine, smtpPass="token")
        assert len(deliver(mine)) == 5
        assert sink.logins == [(b"sen", b"old"), (b"sen", b"token")]


def test_no_login_where_git_is_told_so(mine: toys.Toy, key: Path) -> None:
    with mailserver.running(encryption="tls", key=key) as sink:
        keys = {"smtpUser": "sen", "smtpPass": "secret", "smtpAuth": "none"}
        use(mine, sink, "tls", smtpSSLCertPath=f"{key}.cert", **keys)
        assert len(deliver(mine)) == 5
        assert sink.logins == []
    configure(mine, smtpServer="mail.example.org", smtpEncryption="")
    assert not smtp_config.configured(mine.project).wants_login
    configure(mine, smtpAuth="PLAIN")
    with pytest.raises(HostError, match="in the clear"):
        smtp_config.configured(mine.project)


def test_a_password_that_no_login_can_carry(mine: toys.Toy, key: Path) -> None:
    with mailserver.running(password="x", encryption="tls", key=key) as sink:
        cert = f"{key}.cert"
        use(mine, sink, "tls", smtpSSLCertPath=cert, smtpUser="sen", smtpPass="süß")
        with pytest.raises(StageError, match="must be ASCII"):
            deliver(mine)
