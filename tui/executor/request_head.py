"""What a request may begin with: bounds for its URL and its headers, and one sentence for what goes beyond them."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tui.config.codec import write
from tui.core.errors import RequestError

URL_LIMIT = 8_192
"""Bytes of a request's URL."""
HEAD_LIMIT = 1 << 18
"""Bytes of a request's headers: twice the environment that may come with it, and what one read brings."""

_URL = 414, "URI Too Long", f"The URL of the request is longer than {URL_LIMIT:,} bytes"
_HEADERS = 431, "Request Header Fields Too Large", f"The headers of the request are longer than {HEAD_LIMIT >> 10} kB"


class _TooLongError(Exception):
    """Ends the parsing of a request whose head is too long."""


class BoundedHead(HttpToolsProtocol):
    """Bounds a request's head: uvicorn itself keeps a URL and headers of any length."""

    _read = 0
    """Bytes since the head of this request began."""
    _kept = 0
    """Of its headers that are whole."""
    _in_head = True
    _refusal: tuple[int, str, str] | None = None

    def data_received(self, data: bytes) -> None:
        """Parse it; refuse a head without an end, of which the parser keeps the last header to itself."""
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._read += len(data)
            if self._read > 2 * HEAD_LIMIT:
                self._refusal = _HEADERS
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin to count."""
        super().on_message_begin()
        self._read, self._kept, self._in_head = 0, 0, True

    def on_url(self, url: bytes) -> None:
        """Take a part of the URL."""
        super().on_url(url)
        if len(self.url) > URL_LIMIT:
            self._refusal = _URL
            raise _TooLongError

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        super().on_header(name, value)
        self._kept += len(name) + len(value) + 4
        if self._kept > HEAD_LIMIT:
            self._refusal = _HEADERS
            raise _TooLongError

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what can't be parsed in one sentence, as every other error, and close the connection."""
        status, reason, sentence = self._refusal or (400, "Bad Request", "The request is not valid HTTP")
        body = write(RequestError(sentence).body())
        head = f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(f"{head}connection: close\r\n\r\n".encode() + body)
        self.transport.close()
