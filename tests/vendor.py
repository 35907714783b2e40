"""The vendor's own address on loopback: a proxy that answers in place of api.anthropic.com, over TLS.

    with AnthropicServer() as server, Vendor(server) as vendor:
        start_claude(env=vendor.environ)      # a call to https://api.anthropic.com arrives at ``server``

An agent gets there by HTTPS_PROXY and trusts it by NODE_EXTRA_CA_CERTS. ``vendor.pem`` is a certificate for that name
that signs itself, with its key, good until 2120; nothing but a test trusts it.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from pathlib import Path
from typing import Self

from tests.anthropic_server import AnthropicServer

CERTIFICATE = Path(__file__).with_name("vendor.pem")
HOST = "api.anthropic.com"


class Vendor:
    """The proxy; a context manager. ``hosts`` are those that it was asked to connect to, in order."""

    def __init__(self, server: AnthropicServer) -> None:
        self.hosts: list[str] = []
        self.server = server
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(CERTIFICATE)

    def __enter__(self) -> Self:
        self._listening = _Listening(self)
        self._thread = threading.Thread(target=self._listening.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown()
        self._listening.server_close()
        self._thread.join()

    @property
    def environ(self) -> dict[str, str]:
        """The variables by which an agent comes here."""
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{self._listening.server_address[1]}",
            "NODE_EXTRA_CA_CERTS": str(CERTIFICATE),
        }


class _Listening(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, vendor: Vendor) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.vendor = vendor

    def handle_error(self, request: object, client_address: object) -> None:
        """An agent that hangs up is no news."""


class _Tunnel(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        vendor: Vendor = self.server.vendor  # type: ignore[attr-defined]
        host = self.rfile.readline().decode("latin-1").split(" ")[1].partition(":")[0]
        while self.rfile.readline().strip():
            pass
        vendor.hosts.append(host)
        if host != HOST:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            vendor.tls.wrap_socket(self.connection, server_side=True) as inside,
            socket.create_connection(("127.0.0.1", vendor.server.port)) as outside,
        ):
            back = threading.Thread(target=_pump, args=(outside, inside), daemon=True)
            back.start()
            _pump(inside, outside)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until the end."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
