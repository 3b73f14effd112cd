"""Attacks on what a server can do: by guessing, by flooding, by asking for too much."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

from adapters.limits import LocalLimits
from resolvers.limits import Kind
from schema.limits import Limits
from tests.cast import SEND, Person, open_socket
from tests.security.ground import (
    Ground,
    TakeOut,
    attack,
    code_of,
    replaced,
    returning,
    succeeded,
)
from tests.security.on_tokens import with_factor
from tests.stage import PASSWORD

LOGIN = "mutation($input: LoginInput!) { login(input: $input) { deviceToken user { id } } }"
REGISTER = "mutation($input: RegisterInput!) { register(input: $input) { user { id } } }"
_LONG_ENOUGH = 3
WIDE = dict.fromkeys(Kind, "1000000/m")


async def _free(*_: object) -> int:
    return 0


UNLIMITED: TakeOut = lambda patch: patch.setattr(LocalLimits, "spend", _free)  # noqa: E731


def limits(**rates: str) -> dict[str, Any]:
    """Settings with these limits, and no others to speak of."""
    return {"rate_limits": "on", "limits": {**WIDE, **rates}}


async def refused_among(ground: Ground, times: int, document: str, **given: Any) -> bool:
    """Whether one of so many was refused for being too many."""
    codes = [code_of(await ground.nobody.ask(document, **given)) for _ in range(times)]
    return "RATE_LIMITED" in codes


@attack("HTTP", "passwords are counted by account", UNLIMITED, settings=limits(sign_in_account="5/m"))  # fmt: skip  # noqa: E501
async def guessing_a_password(ground: Ground) -> bool:
    """Guessing somebody's password."""
    await ground.person("ada")
    return not await refused_among(
        ground, 8, LOGIN, input={"username": "ada", "password": "perhaps"}
    )


@attack(
    "HTTP",
    "passwords are counted by what is typed",
    replaced("adapters.limits.Spread.of", lambda *_: "1"),
    settings=limits(sign_in_account="3/m"),
)
async def asking_whose_address_it_is(ground: Ground) -> bool:
    """Learning whose an email address is, by what is refused after guesses at a name."""
    ada = await ground.person("ada")
    await ada.do('mutation { updateProfile(input: { email: "a@example.org" }) { id } }')
    wrong = {"username": "ada", "password": "perhaps"}
    await refused_among(ground, 5, LOGIN, input=wrong)
    by_address = {**wrong, "username": "a@example.org"}
    return code_of(await ground.nobody.ask(LOGIN, input=by_address)) == "RATE_LIMITED"


@attack(
    "HTTP",
    "what is refused costs as well",
    replaced("schema.operations._PRICE_OF_REFUSAL", 0),
    settings=limits(anonymous_cost="500/m"),
)
async def flooding_with_mutations_by_get(ground: Ground) -> bool:
    """Flooding a server with mutations by GET, which it has to read to refuse them."""
    codes = []
    for number in range(8):
        query = f"#{number}\nmutation {{ logout }}"
        answer = await ground.http.get(f"{ground.url}/graphql", params={"query": query})
        codes.append(code_of(answer.json()))
    return "RATE_LIMITED" not in codes


@attack("HTTP", "passwords are counted by address", UNLIMITED, settings=limits(sign_in_address="5/m"))  # fmt: skip  # noqa: E501
async def trying_one_password_everywhere(ground: Ground) -> bool:
    """Trying one password with many names."""
    tried = [
        code_of(await ground.nobody.ask(LOGIN, input={"username": f"name{n}", "password": "p" * 9}))
        for n in range(8)
    ]
    return "RATE_LIMITED" not in tried


@attack("WebSocket", "passwords are counted whatever the way", UNLIMITED, settings=limits(sign_in_account="5/m"))  # fmt: skip  # noqa: E501
async def guessing_on_a_socket(ground: Ground) -> bool:
    """Guessing a password with many aliases on a socket."""
    await ground.person("ada")
    given = {"username": "ada", "password": "perhaps"}
    many = " ".join(f"g{n}: login(input: $input) {{ user {{ id }} }}" for n in range(8))
    async with Person.socket(ground.nobody, nobody=True) as socket:  # type: ignore[arg-type]
        await socket.subscribe(f"mutation($input: LoginInput!) {{ {many} }}", input=given)
        return "RATE_LIMITED" not in str(await socket.receive())


@attack("HTTP", "a device that is known is counted apart", returning("adapters.tokens.Tokens.unseal", None), settings=limits(sign_in_account="4/m"))  # fmt: skip  # noqa: E501
async def keeping_somebody_out(ground: Ground) -> bool:
    """Keeping somebody out by guessing their password wrongly."""
    await ground.person("ada")
    right = {"username": "ada", "password": PASSWORD}
    device = (await ground.nobody.do(LOGIN, input=right))["deviceToken"]
    await refused_among(ground, 8, LOGIN, input={"username": "ada", "password": "perhaps"})
    return not succeeded(await ground.nobody.ask(LOGIN, input={**right, "deviceToken": device}))


@attack("HTTP", "codes are counted with the passwords", UNLIMITED, settings=limits(sign_in_account="5/m"))  # fmt: skip  # noqa: E501
async def guessing_a_code(ground: Ground) -> bool:
    """Guessing the code of a second factor, with the right password."""
    await with_factor(ground)
    given = {"username": "ada", "password": PASSWORD, "otp": "000000"}
    return not await refused_among(ground, 8, LOGIN, input=given)


@attack("HTTP", "accounts are counted by address", UNLIMITED, settings=limits(registration="3/h"))
async def making_many_accounts(ground: Ground) -> bool:
    """Making very many accounts."""
    answers = [
        await ground.nobody.ask(REGISTER, input={"username": f"name{n}", "password": PASSWORD})
        for n in range(5)
    ]
    return all(succeeded(answer) for answer in answers)


@attack("HTTP", "each message counts, also behind an alias", UNLIMITED, settings=limits(messages="5/m"))  # fmt: skip  # noqa: E501
async def flooding_with_aliases(ground: Ground) -> bool:
    """Flooding a channel with many messages in one request."""
    ada = await ground.person("ada")
    lobby = await ada.create_channel()
    many = " ".join(f"m{n}: sendMessage(input: $input) {{ id }}" for n in range(9))
    document = f"mutation($input: SendMessageInput!) {{ {many} }}"
    answer = await ada.ask(document, input={"channelId": lobby["id"], "body": "x"})
    return all(answer["data"].values())


@attack("WebSocket", "a user is counted on all sockets together", UNLIMITED, settings=limits(messages="5/m"))  # fmt: skip  # noqa: E501
async def flooding_on_many_sockets(ground: Ground) -> bool:
    """Flooding a channel on many sockets at once."""
    ada = await ground.person("ada")
    given = {"channelId": (await ada.create_channel())["id"], "body": "x"}
    codes: list[str | None] = []
    for _ in range(8):
        async with ada.socket() as socket:
            await socket.subscribe(SEND, input=given)
            codes.append(code_of((await socket.receive())["payload"]))
    return "RATE_LIMITED" not in codes


@attack("SSE", "who is not signed in is counted by address", UNLIMITED, settings=limits(anonymous="5/m"))  # fmt: skip  # noqa: E501
async def asking_without_end(ground: Ground) -> bool:
    """Asking without end, without being signed in."""
    body, headers = {"query": "{ server { name } }"}, {"accept": "text/event-stream"}
    url = f"{ground.url}/graphql/stream"
    answers = [await ground.http.post(url, json=body, headers=headers) for _ in range(8)]
    return all(answer.status_code == 200 for answer in answers)


@attack("HTTP", "operations count by what they cost", UNLIMITED, settings=limits(cost="1000/m"))
async def asking_for_much_again_and_again(ground: Ground) -> bool:
    """Asking for large pages again and again."""
    ada = await ground.person("ada")
    large = "{ users(first: 100) { nodes { id username displayName } } }"
    return all([succeeded(await ada.ask(large)) for _ in range(4)])


@attack("HTTP", "X-Forwarded-For is believed of named proxies alone", settings=limits(anonymous="3/m"), unprotected={"trusted_proxies": ["127.0.0.1"]})  # fmt: skip  # noqa: E501
async def saying_that_one_is_many(ground: Ground) -> bool:
    """Saying to be at another address with each request."""
    body = {"query": "{ server { name } }"}
    statuses = [
        (
            await ground.http.post(
                f"{ground.url}/graphql", json=body, headers={"x-forwarded-for": f"203.0.113.{n}"}
            )
        ).status_code
        for n in range(6)
    ]
    return set(statuses) == {200}


SHAPE = returning("schema.limits._check_shape", None)


async def is_executed(ground: Ground, document: str) -> bool:
    ada = await ground.person("ada")
    return code_of(await ada.ask(document)) != "TOO_COMPLEX"


@attack("HTTP", "a limit on depth", SHAPE)
async def nesting_fields(ground: Ground) -> bool:
    """A document that nests fields very deeply."""
    inner = "id"
    for _ in range(12):
        inner = f"channel {{ lastMessage {{ {inner} }} }}"
    document = f"{{ channels(first: 1) {{ nodes {{ lastMessage {{ {inner} }} }} }} }}"
    return await is_executed(ground, document)


@attack("HTTP", "a limit on aliases", SHAPE)
async def repeating_fields(ground: Ground) -> bool:
    """A document that asks for the same under many names."""
    many = " ".join(f"a{n}: username" for n in range(Limits().aliases + 1))
    return await is_executed(ground, f"{{ me {{ {many} }} }}")


@attack("HTTP", "a limit on directives", SHAPE)
async def repeating_directives(ground: Ground) -> bool:
    """A document with very many directives."""
    many = " ".join("... on User @include(if: true) { id }" for _ in range(Limits().directives + 1))
    return await is_executed(ground, f"{{ me {{ {many} }} }}")


@attack("HTTP", "a limit on root fields", SHAPE)
async def many_at_once(ground: Ground) -> bool:
    """A document with very many operations in one (batching)."""
    many = " ".join(f"a{n}: head" for n in range(Limits().root_fields + 1))
    return await is_executed(ground, f"{{ {many} }}")


@attack("WebSocket", "a limit on the cost", returning("schema.limits.check_price", None), returning("schema.operations.check_price", None))  # fmt: skip  # noqa: E501
async def pages_in_pages(ground: Ground) -> bool:
    """A document that asks for large pages in large pages, on a socket."""
    ada = await ground.person("ada")
    document = """{ channels(first: 100) { nodes { members(first: 100) { nodes {
      user { id username displayName } } } } } }"""
    async with ada.socket() as socket:
        await socket.subscribe(document)
        return "TOO_COMPLEX" not in str(await socket.receive())


@attack("HTTP", "introspection can be switched off", settings={"introspection": "off"}, unprotected={"introspection": "on"})  # fmt: skip  # noqa: E501
async def asking_for_the_schema(ground: Ground) -> bool:
    """Asking for the schema, where it is not to be told."""
    return succeeded(await ground.nobody.ask("{ __schema { types { name } } }"))


@attack("HTTP", "and with it suggestions", settings={"introspection": "off"}, unprotected={"introspection": "on"})  # fmt: skip  # noqa: E501
async def guessing_the_schema(ground: Ground) -> bool:
    """Guessing the schema by what is suggested for wrong names."""
    return "Did you mean" in str(await ground.nobody.ask("{ serve { name } }"))


@attack("HTTP", "a limit on the size of a request", replaced("server.requests.LARGEST_BODY", 10**9))
async def a_very_large_request(ground: Ground) -> bool:
    """A request of very many bytes."""
    body = {"query": "{ server { name } }", "variables": {"x": ["y" * 1_000] * 1_500}}
    answer = await ground.http.post(f"{ground.url}/graphql", json=body)
    return answer.status_code != 413


@attack("WebSocket", "a limit on the size of a message", replaced("server.serving.LARGEST_BODY", 10**9))  # fmt: skip  # noqa: E501
async def a_very_large_message(ground: Ground) -> bool:
    """A message of very many bytes on a socket."""
    async with open_socket(ground.url, max_size=None) as socket:
        try:
            await socket.send({"type": "ping", "payload": {"x": "y" * 1_500_000}})
            return (await socket.receive())["type"] == "pong"
        except Exception:  # noqa: BLE001 - in whatever way it is closed
            return False


@attack("HTTP", "half a request is not waited for", settings={"request_timeout": 0.2}, unprotected={"request_timeout": 600})  # fmt: skip  # noqa: E501
async def a_request_that_never_ends(ground: Ground) -> bool:
    """A connection that is kept with half a request (Slowloris)."""
    return await is_kept(ground, b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n")


async def is_kept(ground: Ground, said: bytes) -> bool:
    """Whether a connection on which this was said is still open after a time."""
    address = urlsplit(ground.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(said)
    # The one that is cut is cut within a moment; the other is not, however long one waits.
    try:
        async with asyncio.timeout(_LONG_ENOUGH):
            await reader.read()
    except TimeoutError:
        return True
    finally:
        writer.close()
    return False


@attack("WebSocket", "so many sockets a user", returning("resolvers.devices.Devices.count", 0), settings={"max_sockets": 3})  # fmt: skip  # noqa: E501
async def opening_very_many_sockets(ground: Ground) -> bool:
    """Opening very many sockets."""
    ada = await ground.person("ada")
    try:
        async with AsyncExitStack() as stack:
            for _ in range(5):
                await stack.enter_async_context(ada.socket())
    except Exception:  # noqa: BLE001 - in whatever way it is refused
        return False
    return True


@attack("HTTP", "LIKE patterns are escaped", replaced("models.accounts.prefix", lambda text: text + "%"))  # fmt: skip  # noqa: E501
async def a_pattern_for_a_name(ground: Ground) -> bool:
    """A pattern of SQL that is looked for as a name."""
    ada = await ground.person("ada")
    found = await ada.do('{ users(search: "_d") { nodes { username } } }')
    return bool(found["nodes"])


@attack("HTTP", "NUL is refused everywhere", replaced("resolvers.text.plain", lambda _, text: text))
async def text_that_ends_too_early(ground: Ground) -> bool:
    """Text with a NUL in it."""
    ada = await ground.person("ada")
    lobby = await ada.create_channel()
    answer = await ada.ask(SEND, input={"channelId": lobby["id"], "body": "a\0b"})
    return code_of(answer) != "BAD_USER_INPUT"


@attack("HTTP", "names have letters of one script", replaced("resolvers.text.username", lambda _, text: text))  # fmt: skip  # noqa: E501
async def a_name_that_looks_like_anothers(ground: Ground) -> bool:
    """A name that looks like another's."""
    await ground.person("ada")
    given = {"username": "adа", "password": PASSWORD}  # noqa: RUF001 - Cyrillic on purpose
    return succeeded(await ground.nobody.ask(REGISTER, input=given))


@attack("HTTP", "the commonest passwords are refused", returning("resolvers.text.common_passwords", frozenset()))  # fmt: skip  # noqa: E501
async def a_password_that_everybody_guesses(ground: Ground) -> bool:
    """A password that everybody guesses first."""
    given = {"username": "ada", "password": "password123"}
    return succeeded(await ground.nobody.ask(REGISTER, input=given))
