"""A server that plays huggingface.co, civitai.com and their storage: real HTTPS on 127.0.0.1, with its own certificate.

In a test: ``with ModelHub(folder) as hub: fetch(…, network=hub.network)``. For a process of its own, such as a worker
of a ``House``: ``build_house(**hub.environment())``; see ``tests/hub_settings.py``.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from generation.fetching.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

HUGGING_FACE, CIVITAI = "huggingface.co", "civitai.com"
HF_STORAGE, CIVITAI_STORAGE = "cas-bridge.xethub.hf.co", "b2.civitai.com"
COMMIT = "c0ffee" + "0" * 34
NAMES = (
    HUGGING_FACE,
    "hf.co",
    "*.xethub.hf.co",
    CIVITAI,
    "*.civitai.com",
    "*.r2.cloudflarestorage.com",
    "evil.example",
)


@dataclass(frozen=True)
class Asked:
    """A request that came: the host by its Host header, the path with its query, and the headers in lower case."""

    host: str
    path: str
    headers: Mapping[str, str]


@dataclass
class Reply:
    """What is answered. `cut`: hang up after so many bytes of the body. `pause`: seconds before each byte of it.

    A length in `headers` is a lie told on purpose; `chunked` tells none. `farewell`: end with TLS's close_notify, so
    that the end looks meant.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    pause: float = 0.0
    chunked: bool = False
    farewell: bool = False
    raw: Callable[[Any], None] | None = None  # writes the whole answer by itself, headers and all

    @classmethod
    def to(cls, address: str, status: int = 302, **headers: str) -> Reply:
        """A redirect."""
        return cls(status=status, headers={"Location": address, **headers})

    @classmethod
    def json(cls, value: object, status: int = 200) -> Reply:
        """What an API says."""
        return cls(json.dumps(value).encode(), status, {"Content-Type": "application/json"})


class StoredFile:
    """A file that is given in ranges, as a storage does. Each of `cuts` breaks one answer after so many bytes."""

    def __init__(self, content: bytes, *, etag: str | None = None, cuts: tuple[int, ...] = ()) -> None:
        self.content, self.cuts = content, list(cuts)
        self.etag = etag or f'"{hashlib.md5(content).hexdigest()}"'

    def __call__(self, asked: Asked) -> Reply:
        """Whole, or from the byte that was asked for if the file is still the same."""
        reply = Reply(self.content, headers={"ETag": self.etag, "Content-Type": "binary/octet-stream"})
        wanted = asked.headers.get("range", "")
        if wanted and asked.headers.get("if-range", self.etag) == self.etag:
            first = int(wanted.removeprefix("bytes=").removesuffix("-"))
            reply.status, reply.body = 206, self.content[first:]
            reply.headers["Content-Range"] = f"bytes {first}-{len(self.content) - 1}/{len(self.content)}"
        if self.cuts:
            reply.cut = self.cuts.pop(0)
        return reply


class ModelHub:
    """`routes` by host and path (without the query); `asked` is all that came, `sent` the bytes of bodies, by path."""

    def __init__(self, folder: Path) -> None:
        self.routes: dict[tuple[str, str], Callable[[Asked], Reply] | Reply] = {}
        self.asked: list[Asked] = []
        self.sent: dict[str, int] = {}
        self.lock = Lock()
        self.authorities = folder / "hub.pem"
        key = folder / "hub.key"
        _write_certificate(self.authorities, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authorities, key)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )  # the handshake is made by each connection's own thread
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def network(self) -> Network:
        """An internet in which every name is this server."""
        return here(self.port, self.authorities)

    def environment(self) -> dict[str, str]:
        """The variables of a process whose internet is this server."""
        return {
            "DJANGO_SETTINGS_MODULE": "tests.hub_settings",
            "HUB_PORT": str(self.port),
            "HUB_AUTHORITIES": str(self.authorities),
        }

    def repository(self, name: str, files: Mapping[str, bytes], *, card: object = None, **more: object) -> None:
        """Put a repository on Hugging Face, each file in the storage."""
        siblings = [
            {"rfilename": file, "size": len(body), "lfs": {"sha256": _sha256(body), "size": len(body)}}
            for file, body in files.items()
        ]
        model = Reply.json({"id": name, "sha": COMMIT, "siblings": siblings, "cardData": card, **more})
        for revision in ("", "/revision/main", f"/revision/{COMMIT}"):
            self.routes[HUGGING_FACE, f"/api/models/{name}{revision}"] = model
        for file, body in files.items():
            stored = f"/xet/{name}/{file}"
            self.routes[HUGGING_FACE, f"/{name}/resolve/{COMMIT}/{quote(file)}"] = Reply.to(
                f"https://{HF_STORAGE}{quote(stored)}?signed=1", **{"X-Linked-Etag": f'"{_sha256(body)}"'}
            )
            self.routes[HF_STORAGE, quote(stored)] = StoredFile(body)

    def civitai_model(self, number: int, version: int, body: bytes, *, name: str = "A LoRA", **more: Any) -> None:
        """Put a model with one version on Civitai; `more` replaces what the API says of the version."""
        file = {
            "name": "a.safetensors",
            "type": "Model",
            "primary": True,
            "sizeKB": len(body) / 1024,
            "metadata": {"format": "SafeTensor"},
            "hashes": {"SHA256": _sha256(body).upper()},
            "downloadUrl": f"https://{CIVITAI}/api/download/models/{version}",
        }
        kind = more.pop("kind", "LORA")
        said = {"id": version, "modelId": number, "baseModel": "SD 1.5", "trainedWords": ["redcap"], "files": [file]}
        said |= {"model": {"name": name, "type": kind}, **more}
        model = {"id": number, "name": name, "type": kind, "modelVersions": [said], "creator": {"username": "painter"}}
        model |= {"allowCommercialUse": ["Image"], "allowNoCredit": False, "allowDerivatives": True}
        self.routes[CIVITAI, f"/api/v1/models/{number}"] = Reply.json(model)
        self.routes[CIVITAI, f"/api/v1/model-versions/{version}"] = Reply.json(said)
        self.routes[CIVITAI, f"/api/download/models/{version}"] = Reply.to(
            f"https://{CIVITAI_STORAGE}/file/{version}?signed=1", 307
        )
        self.routes[CIVITAI_STORAGE, f"/file/{version}"] = StoredFile(body)

    def answer(self, asked: Asked) -> Reply:
        """Remember the question, and find the answer."""
        with self.lock:
            self.asked.append(asked)
            found = self.routes.get((asked.host, urlsplit(asked.path).path), Reply(b"nothing here", 404))
            return found if isinstance(found, Reply) else found(asked)


def here(port: int, authorities: Path) -> Network:
    """An internet in which every name is a server on this machine. Certificates are checked all the same."""
    return Network(
        resolve=lambda host: ["127.0.0.1"], is_public=lambda address: True, port=port, authorities=authorities
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what many tests are about."""


def _handler(hub: ModelHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = hub.answer(Asked(headers.get("host", ""), self.path, headers))
            if reply.raw is not None:
                reply.raw(self.wfile)
                return
            self.send_response(reply.status)
            length = {} if reply.chunked else {"Content-Length": str(len(reply.body))}
            for name, value in (length | reply.headers).items():
                self.send_header(name, value)
            if reply.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._send(reply)
            if reply.farewell:
                with suppress(OSError):
                    self.connection.unwrap()  # type: ignore[attr-defined]

        def _send(self, reply: Reply) -> None:
            body = reply.body if reply.cut is None else reply.body[: reply.cut]
            step = 1 if reply.pause else 1 << 15
            path = urlsplit(self.path).path
            for start in range(0, len(body), step):
                time.sleep(reply.pause)
                piece = body[start : start + step]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if reply.chunked else piece)
                with hub.lock:
                    hub.sent[path] = hub.sent.get(path, 0) + len(piece)
            if reply.chunked and reply.cut is None:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: Any) -> None:
            pass

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

    return Handler


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _write_certificate(certificate: Path, key: Path) -> None:
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "the hub of the tests")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in NAMES]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    key.chmod(0o600)
