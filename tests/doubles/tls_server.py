"""An HTTPS server on loopback under a name of its own, with a certificate made for the test."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.doubles.loopback import Handler, Loopback

SOON, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class TlsServer(Loopback):
    """Answers GET with the host's name, and keeps what is posted.

    certificate: a file in `folder`, what a client must trust; bodies: what was posted.
    """

    def __init__(self, folder: Path, host: str) -> None:
        self.bodies: list[bytes] = []
        key, self.certificate = folder / "key.pem", folder / "cert.pem"
        _make(key, self.certificate, host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        super().__init__(_handler(self, host), context)


def _handler(server: TlsServer, host: str) -> type[Handler]:
    class Named(Handler):
        def get(self) -> None:
            self.say(200, "text/plain", f"this is {host}".encode())

        def post(self, body: bytes) -> None:
            server.bodies.append(body)
            self.say(200, "text/plain", b"kept")

    return Named


def _make(key: Path, certificate: Path, host: str) -> None:
    """Write a key and a certificate that it has signed itself."""
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SOON)
        .not_valid_after(LATER)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(own, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key.write_bytes(own.private_bytes(pem, *plain))
    certificate.write_bytes(made.public_bytes(pem))
