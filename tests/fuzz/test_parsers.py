"""Every parser of ours, with whatever anybody may send: it says what is wrong, and nothing else."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import AsyncMock

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters import codes
from adapters.bus import Bus
from adapters.limits import Rate
from adapters.tokens import API_TOKEN, Tokens
from models.words import MOST, words
from resolvers import paging, search, text
from resolvers.errors import BadUserInput, CursorExpired
from resolvers.feed import Feed
from schema.scalars import SCALARS
from server import guard, requests, socket_messages
from server.addresses import address_of
from server.credentials import Cookies, bearer
from server.forms import FieldsTooLarge, NotAForm, parts_of
from server.negotiation import Media, negotiated
from server.requests import BadRequest
from server.settings import Settings
from server.socket_messages import Malformed

R = TypeVar("R")
EXAMPLES = int(os.environ.get("TERTULIA_FUZZ", "10000")) // 50
ENOUGH = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
TEXT = st.text(max_size=60) | st.text('\0\ud800 .:*"@=,;-_/%', max_size=30)
BYTES = st.binary(max_size=60) | TEXT.map(lambda given: given.encode("utf-8", "surrogatepass"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
KEYS = (bytes(range(64)),)


def said(parse: Callable[[], R], *refusals: type[Exception]) -> R | None:
    """What was read, or None where the parser says that it cannot be."""
    try:
        return parse()
    except refusals:
        return None


def _unicode(given: str) -> bool:
    """Whether it can come over a socket at all, whose text is UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in given)


class _Nothing:
    """A database that knows of nothing."""

    async def fetch(self, *_: object) -> list[tuple[str, int]]:
        return [("life", 7)]


@ENOUGH
@given(TEXT | st.builds("life.{}".format, st.integers() | TEXT))
@example("life.²")
@example("life.99999999999999999999")
def test_cursors_of_the_feed(cursor: str) -> None:
    feed = Feed(Bus("memory://"))
    feed.life, feed.head, feed._db = "life", 7, _Nothing()  # type: ignore[assignment]
    read = said(lambda: asyncio.run(feed.position("after", cursor)), BadUserInput, CursorExpired)
    assert read is None or 0 <= read <= 7


@ENOUGH
@given(TEXT | BYTES.map(lambda raw: raw.decode("latin-1")))
def test_cursors_of_lists(cursor: str) -> None:
    read = said(lambda: paging.decode(cursor, (0, "")), BadUserInput)
    assert read is None or list(map(type, read)) == [int, str]


@ENOUGH
@given(st.integers(-(2**63) + 1, 2**63 - 1), st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))  # fmt: skip  # noqa: E501
def test_a_cursor_of_a_list_is_read_as_it_was_written(number: int, name: str) -> None:
    assert paging.decode(paging.encode((number, name)), (0, "")) == (number, name)


@ENOUGH
@given(
    TEXT
    | st.lists(
        st.sampled_from(["from:", "in:", "before:2026-01-31", "after:x", '"', "*", "-"]) | TEXT
    ).map(" ".join)
)
def test_the_grammar_of_search(query: str) -> None:
    read = said(lambda: search.parsed(query), BadUserInput)
    if read is not None:
        assert read.phrases or read.names or read.places
        assert all(phrase.words for phrase in read.phrases)


@ENOUGH
@given(st.none() | TEXT.filter(_unicode) | JSON.map(json.dumps))
def test_messages_on_sockets(message: str | None) -> None:
    said(lambda: socket_messages.read(message), Malformed)


PART = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
NAMES = st.sampled_from(["operations", "map", "0", ""]) | TEXT
FORMS = st.lists(
    st.tuples(
        NAMES,
        st.sampled_from(["", '; filename="a"', "; filename*=utf-8''%ff"]),
        st.sampled_from(['{"variables": {"f": null}}', '{"0": ["variables.f"]}']) | TEXT,
    ),
    max_size=4,
).map(lambda parts: "".join(PART.format(*part) for part in parts) + "--x--\r\n")


class _Nowhere:
    """Takes files, and forgets them."""

    draft = SimpleNamespace(close=AsyncMock())
    take = end = AsyncMock()


async def _nowhere() -> Any:
    return _Nowhere()


async def _pieces(content: bytes) -> AsyncGenerator[bytes]:
    """The content, cut where nobody expects it."""
    for start in range(0, len(content), 7):
        yield content[start : start + 7]


@ENOUGH
@given(FORMS.map(lambda form: form.encode("utf-8", "surrogatepass")) | BYTES, TEXT)
def test_forms_with_files(content: bytes, media: str) -> None:
    async def read() -> Any:
        async with AsyncExitStack() as closing:
            header = media.encode("utf-8", "replace").decode("latin-1")
            for kind in ("multipart/form-data; boundary=x", f"multipart/form-data; {header}"):
                headers = {"content-type": kind}
                await parts_of(headers, _pieces(content), requests._decoded, _nowhere, closing)

    said(lambda: asyncio.run(read()), NotAForm, BadRequest, FieldsTooLarge)


@ENOUGH
@given(BYTES | JSON.map(lambda value: json.dumps(value).encode()))
def test_bodies_of_json(content: bytes) -> None:
    said(lambda: requests.asked(requests._decoded(content)), BadRequest)


@ENOUGH
@given(BYTES)
def test_queries_in_addresses(query: bytes) -> None:
    said(lambda: requests.in_url(query), BadRequest)


@ENOUGH
@given(st.none() | TEXT)
def test_what_clients_take(accept: str | None) -> None:
    assert negotiated(accept, tuple(Media)) in {None, *Media}


@ENOUGH
@given(TEXT)
def test_the_host(host: str) -> None:
    assert set(guard._name(host.lower())) <= set("".join(filter(_in_a_name, host.lower())) + ".:")


def _in_a_name(letter: str) -> bool:
    return letter.isalnum() or letter in "_-.:" or ord(letter) > 127


@ENOUGH
@given(st.none() | TEXT | TEXT.map("Bearer {}".format))
def test_tokens_in_headers(header: str | None) -> None:
    read = bearer(header)
    if read is not None:
        assert header
        assert read in header
    tokens = Tokens(lambda: KEYS, lifetime=9)
    for token in (header or "", f"{API_TOKEN}{header}"):
        assert tokens.check(token, 0) is None
        assert tokens.unseal("export", token, 0) is None


@ENOUGH
@given(TEXT)
def test_cookies(header: str) -> None:
    kept = Cookies(secure=False).read(f"{header}; tertulia_access=a; {header}")
    assert kept.access_token is not None or "tertulia_access" in header


@ENOUGH
@given(TEXT)
def test_addresses(given: str) -> None:
    read = address_of({"client": (given, 0)})
    assert read is None or 2 <= len(read) <= 45


@ENOUGH
@given(TEXT | st.from_regex(r"\d+/[smhdw]( burst \d+)?", fullmatch=True))
def test_rates(given: str) -> None:
    read = said(lambda: Rate.of(given), ValueError)
    assert read is None or (read.amount > 0 and read.burst > 0 and read.period > 0)
    said(lambda: Settings(limits=given), ValueError)  # type: ignore[arg-type]


@ENOUGH
@given(TEXT)
@example("\uff11" * 6)
@example("²" * 6)
def test_codes(given: str) -> None:
    secret = codes.new_totp_secret()
    assert codes.matching_step(secret, given, 1_800_000_000, 0) in (None, *range(59_999_999, 60_000_002))  # fmt: skip  # noqa: E501
    assert not any(letter.isspace() for letter in codes.recovery_code(given))


WRITTEN: Iterable[Callable[[str, str], Any]] = (
    *(text.username, text.password, text.email, text.emoji, text.time_zone, text.body),
    *(text.known_name, text.search),
    lambda field, value: text.line(field, value, 80),
)


@pytest.mark.parametrize("write", WRITTEN)
def test_what_people_type(write: Callable[[str, str], Any]) -> None:
    @ENOUGH
    @given(TEXT)
    def typed(value: str) -> None:
        read = said(lambda: write("field", value), BadUserInput)
        assert read is None or "\0" not in read

    typed()


@ENOUGH
@given(TEXT)
def test_words_and_mentions(body: str) -> None:
    assert len(words(body)) <= MOST
    assert all(word and " " not in word for word in words(body))
    assert all(text.mentioned(body))


@ENOUGH
@given(TEXT | JSON)
def test_moments(value: Any) -> None:
    definition = next(d for d in SCALARS.values() if d.name == "DateTime")
    parse = definition.parse_value
    assert parse
    read = said(lambda: parse(value), BadUserInput)
    assert read is None or (len(read) == 24 and read.endswith("Z"))


@ENOUGH
@given(BYTES)
def test_half_characters(content: bytes) -> None:
    if requests.has_surrogates(content):
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(content)
