"""A timestamp authority of the tests' own: a root, a certificate under it, and `openssl ts` to stamp with."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_SETTINGS = """
[req]
distinguished_name = named
prompt = no
[named]
CN = Test Stamping Authority
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[stamping]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = own
[own]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
"""

_MAKING = (
    "req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -extensions root -days 3650 -subj /CN=Root "
    "-config settings",
    "req -newkey rsa:2048 -nodes -keyout own.key -out own.csr -config settings",
    "x509 -req -in own.csr -CA root.pem -CAkey root.key -CAcreateserial -out own.pem -extfile settings "
    "-extensions stamping -days 3650",
)


@dataclass(frozen=True, slots=True)
class Authority:
    """A directory with keys and certificates.

    Attributes:
        directory: where they are.
    """

    directory: Path

    @property
    def roots(self) -> Path:
        """Its root certificate."""
        return self.directory / "root.pem"

    def stamp(self, content: bytes) -> bytes:
        """Its answer to a question about some bytes."""
        (self.directory / "content").write_bytes(content)
        self._openssl("ts -query -data content -sha256 -cert -out question")
        self._openssl(
            "ts -reply -config settings -section own -queryfile question -signer own.pem -inkey own.key -out tsr"
        )
        return (self.directory / "tsr").read_bytes()

    def _openssl(self, command: str) -> None:
        done = subprocess.run(["openssl", *command.split()], cwd=self.directory, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def authority_in(directory: Path) -> Authority:
    """Make an authority."""
    directory.mkdir()
    (directory / "settings").write_text(_SETTINGS)
    (directory / "serial").write_text("01\n")
    made = Authority(directory)
    for command in _MAKING:
        made._openssl(command)
    return made
