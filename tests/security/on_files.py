"""Attacks with files, and on what others have uploaded."""

from urllib.parse import urlsplit

import httpx

from models import uploads
from models.uploads import UploadRow
from resolvers.house import Caller
from resolvers.uploads import Uploads
from tests.cast import Json, Person
from tests.security.ground import Ground, attack, doing_nothing, replaced, returning, succeeded
from tests.server.test_tus import Tus

BAN = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "x" }) { id } }'
REMOVE = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
SEND = "mutation($i: SendMessageInput!) { sendMessage(input: $i) { files { url } } }"


async def got(ground: Ground, url: str) -> httpx.Response:
    """What a link leads to for somebody who is not signed in."""
    path = urlsplit(url).path
    async with httpx.AsyncClient() as nobody:
        return await nobody.get(f"{ground.url}{path}")


async def two_and_a_file(ground: Ground) -> tuple[Person, Person, Json, Json]:
    """ada and ben, a channel of hers with him in it, and a file there."""
    ada, ben = await ground.person("ada"), await ground.person("ben")
    plans = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    return ada, ben, plans, await ada.upload(plans, b"secret")


@attack("HTTP", "a removal renews the links of a channel", doing_nothing("models.channels.renew_links"))  # fmt: skip  # noqa: E501
async def a_link_of_who_was_removed(ground: Ground) -> bool:
    """A link to a file that somebody had before they were removed."""
    ada, ben, plans, file = await two_and_a_file(ground)
    await ada.do(REMOVE, c=plans["id"], u=ben.id)
    return (await got(ground, file["url"])).status_code == 200


@attack("HTTP", "a ban renews the links of all that somebody could read", doing_nothing("models.channels.renew_links_of_user"))  # fmt: skip  # noqa: E501
async def a_link_to_a_file_of_who_was_banned(ground: Ground) -> bool:
    """A link to a file in a PUBLIC channel that somebody had before they were banned."""
    ada, ben = await ground.person("ada"), await ground.person("ben")
    file = await ada.upload(await ada.create_channel("PUBLIC"))
    await (await ground.admin()).do(BAN, id=ben.id)
    return (await got(ground, file["url"])).status_code == 200


@attack("HTTP", "links are signed", returning("adapters.tokens.Tokens.marked", True))
async def a_link_to_another_file(ground: Ground) -> bool:
    """A link to a file that one may not have, made from one that one has."""
    _, ben, _, secret = await two_and_a_file(ground)
    own = await ben.upload(await ben.create_channel("PUBLIC"))
    guessed = own["url"].replace(own["versions"][0]["id"], secret["versions"][0]["id"])
    return (await got(ground, guessed)).content == b"secret"


@attack("HTTP", "files are found through the channel that they are in", replaced("resolvers.access.may", lambda *_, **__: True))  # fmt: skip  # noqa: E501
async def a_file_of_a_channel_of_others(ground: Ground) -> bool:
    """Asking for a file in a PRIVATE channel by its id."""
    _, _, _, secret = await two_and_a_file(ground)
    cem = await ground.person("cem")
    return succeeded(await cem.ask("query($id: ID!) { file(id: $id) { url } }", id=secret["id"]))


@attack("HTTP", "what can run is saved and not shown", replaced("server.downloads._is_safe", lambda _: True), replaced("server.downloads._is_shown", lambda _: True))  # fmt: skip  # noqa: E501
async def a_page_among_files(ground: Ground) -> bool:
    """Uploading a page with a script, for others to open on the server's own origin."""
    ada = await ground.person("ada")
    page = await ada.upload(await ada.create_channel(), b"<!doctype html><script>alert(1)</script>")
    response = await got(ground, page["url"])
    shown = response.headers["content-disposition"].startswith("inline")
    return shown and response.headers["content-type"].startswith("text/html")


@attack("HTTP", "names are for showing alone", replaced("resolvers.text.file_name", lambda _, name: name))  # fmt: skip  # noqa: E501
async def a_name_that_is_a_path(ground: Ground) -> bool:
    """Uploading a file whose name leads elsewhere when it is saved."""
    ada = await ground.person("ada")
    file = await ada.upload(await ada.create_channel(), name="../../.bashrc")
    return "/" in str(file["name"])


async def _anybodys(self: Uploads, caller: Caller, upload_id: str) -> UploadRow | None:
    """An upload, whoever asks."""
    return await uploads.by_id(caller.db, upload_id)


@attack("HTTP", "an upload is for who began it", replaced("resolvers.uploads.Uploads._own", _anybodys))  # fmt: skip  # noqa: E501
async def going_on_with_an_upload_of_another(ground: Ground) -> bool:
    """Going on with what somebody else uploads."""
    ada, ben, plans, _ = await two_and_a_file(ground)
    path = await Tus(ada).begin(10, plans)
    return (await Tus(ben).send(path, 0, b"mine")).status_code != 404


@attack("HTTP", "a message refers to files of its author alone", doing_nothing("resolvers.files.attachable"))  # fmt: skip  # noqa: E501
async def sending_a_file_of_another(ground: Ground) -> bool:
    """Sending somebody else's file as one's own."""
    _, ben, plans, file = await two_and_a_file(ground)
    given = {"channelId": plans["id"], "fileIds": [file["id"]]}
    return succeeded(await ben.ask(SEND, i=given))
