"""Timestamps: an authority's word that some bytes existed at a time. Checked offline, against its root certificates.

Source: Adams et al., RFC 3161 (2001).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: How to ask for one that can be checked; `-cert` has the authority put its certificate in.
_ASK = "ask again with `openssl ts -query -data FILE -sha256 -cert`, and keep the whole response"


class NotStamped(ValueError):
    """The token is not the authority's word on these bytes; the message says why."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What a token says.

    Attributes:
        time: when the bytes existed, UTC.
        authority: subject of the certificate that signed it.
    """

    time: datetime
    authority: str

    def __str__(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M:%S} UTC, says {self.authority}"


def read_timestamp(response: bytes, content: bytes, authority: bytes) -> Timestamp:
    """What a timestamp response says of some bytes, its signature and certificates checked.

    The certificates must have been valid at the stamped time, and may have run out since.

    Args:
        response: the authority's answer, DER.
        content: the bytes that were stamped.
        authority: the authority's root certificates, PEM; intermediate ones may stand among them.

    Raises:
        NotStamped: it cannot be read, is of other bytes, or is not signed under these certificates.
    """
    from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificates
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        trusted = list(load_pem_x509_certificates(authority))
    except ValueError as error:
        raise NotStamped("expected the authority's root certificates in PEM") from error
    try:
        read = decode_timestamp_response(response)
        VerifierBuilder(roots=trusted).build().verify_message(read, content)
        # Verified above: there is one, and its certificate is among those.
        (signer,) = read.signed_data.signer_infos
        found = [load_der_x509_certificate(one) for one in read.signed_data.certificates]
        (own,) = (one for one in found if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number))
    except (VerificationError, ValueError) as error:
        raise NotStamped(f"expected a timestamp of these bytes under that authority, but {_told(error)}") from error
    return Timestamp(read.tst_info.gen_time, own.subject.rfc4514_string())


def _told(error: Exception) -> str:
    """What a library's error means for the reader."""
    said = str(error)
    if "verifying certificates" in said:
        return "its certificates do not lead to the ones of that authority; name the file of its own root"
    if "Mismatch" in said:
        return f"it is of other bytes; {_ASK}"
    if "InvalidSetOrdering" in said:
        return f"its certificates are not in DER's order, as some versions of OpenSSL write a chain; {_ASK}"
    return f"it cannot be used ({said}); {_ASK}"
