"""What people upload with: tus-js-client, over a line that breaks, and apollo-upload-client."""

import hashlib

import pytest

from server.serving import Running
from tests.cast import Person
from tests.clients.conftest import Node
from tests.server.cutting import a_cutter
from tests.server.test_tus import ONE


@pytest.mark.slow
async def test_tus_js_client_uploads_and_goes_on_where_it_was(
    node: Node, server: Running, ada: Person
) -> None:
    lobby = await ada.create_channel()
    async with a_cutter(server.port, [400_000, 700_000, 1_200_000]) as cutter:
        [saw] = await node("tus.mjs", cutter.url, lobby["id"], TOKEN=ada.token or "")
        assert cutter.cut == 3
    assert len(saw["files"]) == 2
    for file_id, digest in saw["files"].items():
        file = await ada.do(ONE, id=file_id)
        assert (file["sha256"], file["name"]) == (digest, "año.bin")
    assert (saw["gone"], saw["refused"]) == (404, 413)


@pytest.mark.slow
async def test_apollo_upload_client_sends_files_in_variables(
    node: Node, server: Running, ada: Person
) -> None:
    lobby = await ada.create_channel()
    [saw] = await node("upload.mjs", server.url, lobby["id"], TOKEN=ada.token or "")
    assert saw["named"]["name"] == 'año "nuevo".txt'
    assert saw["named"]["sha256"] == hashlib.sha256(b"hola").hexdigest()
    assert saw["unnamed"]["name"] == "blob"
    assert saw["large"] == "PAYLOAD_TOO_LARGE"
