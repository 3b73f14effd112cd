"""GraphQL over HTTP, audited by the suite of those who wrote the specification."""

import pytest

from server.serving import Running
from tests.cast import Json
from tests.clients.conftest import Node

# fmt: off
AUDITS = [
    "22EB", "4655", "47DE", "80D8", "82A3", "BF61", "78D5", "2C94", "5A70", "9C48", "9ABE",
    "03D4", "A5BF", "423L", "LKJ0", "LKJ1", "LKJ2", "LKJ3", "34A2", "13EE", "6C00", "6C01",
    "6C02", "6C03", "8161", "B8B3", "94B0", "0220", "94B1", "0221", "94B2", "0222", "4760",
    "4761", "4762", "4763", "2EA1", "28B9", "D6D5", "6A70", "58B0", "58B1", "58B2", "58B3",
    "428F", "1B7A", "B6DC", "BCF8", "B7N8", "8764", "3E3A", "572B", "FDE2", "7B9B", "865D",
    "556A", "D586", "51FE", "74FF", "5E5B", "86EE",
]
# fmt: on

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def audits(server: Running, node: Node) -> dict[str, Json]:
    """What came of each audit."""
    return {audit["id"]: audit for audit in await node("audit.mjs", server.url)}


async def test_every_audit_of_the_suite_is_known_here(audits: dict[str, Json]) -> None:
    assert sorted(audits) == sorted(AUDITS)


@pytest.mark.parametrize("name", AUDITS)
async def test_the_server_passes(audits: dict[str, Json], name: str) -> None:
    audit = audits[name]
    assert audit["status"] == "ok", f"{audit['name']}: {audit['reason']}"
