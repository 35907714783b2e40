"""Values that were handed over are masked in every way of writing them; what is no secret stays as it is."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest

from tui.core.plain import shown_address, with_shown_addresses
from tui.core.secrets import Secrets

PLAIN = "sk-ant-0123456789abcdef"
ODD = "p\"a\\ss/w ö+rd%&'{}"
KEYS = {"A_KEY": PLAIN, "B_KEY": ODD}


@pytest.fixture
def secrets() -> Secrets:
    made = Secrets()
    made.add(KEYS)
    return made


@pytest.mark.parametrize("value", KEYS.values())
@pytest.mark.parametrize(
    "written",
    [
        lambda value: value,
        lambda value: f"Bearer {value}, then {value}{value}",
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        lambda value: json.dumps({"text": json.dumps({"key": value})}),
        lambda value: json.dumps(value).replace("/", "\\/"),
        lambda value: f"http://x?key={quote(value)}",
        lambda value: quote(value, safe="").lower() if value == PLAIN else quote(value, safe=""),
        quote_plus,
        lambda value: "".join(f"\\u{ord(letter):04x}" for letter in value),
        lambda value: "".join(f"\\u{ord(letter):04X}" for letter in value),
    ],
)
def test_every_way_of_writing_a_value_is_masked(secrets: Secrets, value: str, written: object) -> None:
    text = written(value)  # type: ignore[operator]
    for masked in (secrets.text(text), secrets.raw(text.encode()).decode()):
        assert "***" in masked
        assert value not in masked
        assert PLAIN[8:] not in masked
        assert not any(quote(piece) in masked for piece in (PLAIN[:8], ODD[:8]))


@pytest.mark.parametrize("at", range(1, len(PLAIN)))
@pytest.mark.parametrize("between", ["\n", "  \n  ", "…\n"])
def test_a_value_that_is_split_between_two_lines_is_masked_but_for_seven_characters(
    secrets: Secrets, at: int, between: str
) -> None:
    text = f"the key is {PLAIN[:at]}{between}{PLAIN[at:]} and so on"
    together, apart = secrets.text(text), "".join(secrets.text(line) for line in text.split("\n"))
    for masked in (together, apart):
        for begin in range(len(PLAIN) - 8):
            assert PLAIN[begin : begin + 8] not in masked


def test_a_line_that_is_a_piece_of_a_value_is_masked(secrets: Secrets) -> None:
    assert secrets.text(f"a\n {PLAIN[5:15]} \nb") == "a\n***\nb"
    assert secrets.text("01234") == "01234"


def test_what_is_no_secret_is_not_masked(secrets: Secrets) -> None:
    secrets.add({"MY_MODEL": "claude-opus-5-5", "SHORT_KEY": "1234567", "LOG_DIR": "/var/log/shop", "EMPTY": ""})
    text = "claude-opus-5-5 wrote 1234567 bytes to /var/log/shop"
    assert secrets.text(text) == text
    assert "sk-ant" not in repr(secrets)


def test_of_an_address_its_password_and_query_are_masked(secrets: Secrets) -> None:
    secrets.add({"https_proxy": "http://usr:pass-word-1@proxy.example:3128/x?tok=token-0123"})
    assert secrets.text("proxy.example refused pass-word-1 with token-0123") == "proxy.example refused *** with ***"


def test_a_key_in_lines_is_masked_line_by_line(secrets: Secrets) -> None:
    secrets.add({"PEM": "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----"})
    assert secrets.text("it has hkiG9w0BAQEFAASC in it") == "it has *** in it"


def test_a_value_that_was_replaced_stays_masked(secrets: Secrets) -> None:
    secrets.add({"A_KEY": "another-0123456789"})
    assert secrets.text(f"{PLAIN} another-0123456789") == "*** ***"


def test_an_address_is_shown_without_user_and_query() -> None:
    assert shown_address("http://usr:PW@host:80/v1?tok=1#x") == "http://host:80/v1"
    assert shown_address("http://[") == "an address that can't be read"
    assert (
        with_shown_addresses('GET http://usr:PW@host/v1?tok=sesame "HTTP/1.1 200", proxy u:p@h')
        == 'GET http://host/v1 "HTTP/1.1 200", proxy ***@h'
    )
