"""The figures in the documents are those in the code."""

import re
from pathlib import Path
from typing import get_args

import pytest

from adapters.certificates import AUTHORITY_LIFETIME, LIFETIME
from resolvers import events, feed, line, paging
from schema.documents import _COMMENTS, _LONGEST, REMEMBERED
from schema.limits import Limits
from server.connections import BoundedConnection
from server.http_protocol import _LARGEST_HEAD
from server.opening import ACCESS_LIFETIME
from server.requests import LARGEST_ANSWER, LARGEST_BODY
from server.settings import Settings, Shortcut
from server.socket import _MOST_HELD, SocketLimits
from server.socket_protocol import BoundedSocketProtocol
from server.streams import StreamLimits
from tests.stage import ROOT

README = (ROOT / "README.md").read_text()
ENDPOINT = (ROOT / "docs" / "endpoint.md").read_text()
FEED = (ROOT / "docs" / "feed.md").read_text()
_SPELT = {2: "two", 5: "five"}
MADE_UP = {"database_url", "public_url", "admin_password"}
"""Without one, these are worked out from others, or made up."""


def test_the_readme_names_every_setting_and_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = re.findall(r"^\| (`TERTULIA_[^|]*) \|([^|]*)\|", README, re.MULTILINE)
    told: dict[str, str] = {}
    for names, defaults in rows:
        listed = re.findall(r"TERTULIA_(\w+)", names)
        values = defaults.strip().split(", ") if defaults.strip() else [""] * len(listed)
        told |= {n.lower(): v.strip("`") for n, v in zip(listed, values, strict=True)}
    assert set(told) == set(Settings.model_fields)
    del told["admin_username"]  # where it is needed it has one
    assert told.pop("shortcuts") == "all of them"
    assert Settings.model_fields["shortcuts"].default == get_args(Shortcut)
    for name in told.keys() - MADE_UP:
        default = Settings.model_fields[name].default
        assert told[name] == ("" if default in (None, (), {}) else f"{default}")


def test_the_limits_are_as_the_document_has_them() -> None:
    limits, sockets = Limits(), SocketLimits()
    for words in (
        f"{_LONGEST:,} characters",
        f"{limits.lines:,} ends of lines",
        f"{limits.tokens:,} tokens",
        f"{_COMMENTS} comments",
        f"{limits.operations} operations",
        f"{limits.values:,} values in all, of {limits.characters:,} characters each",
        f"| fields in each other | {limits.depth} |",
        f"| root fields | {limits.root_fields} |",
        f"| aliases | {limits.aliases} |",
        f"| directives | {limits.directives} |",
        f"| lists of the schema's own description | {limits.lists_of_schema} |",
        f"| faults that are told | {limits.errors} |",
        f"| an answer | {LARGEST_ANSWER // 1024**2} MiB |",
        f"(`TERTULIA_MAX_COST`) | {limits.cost:,} |",
        f"the latest {REMEMBERED:,} characters",
        f"at most {LARGEST_BODY // 1024**2} MiB",
        f"{_LARGEST_HEAD // 1024} KiB (431)",
        f"up to {sockets.operations} at a time",
        f"within {sockets.init_seconds} seconds",
        f"{Settings().max_sockets} a user",
        f"waited for {Settings().request_timeout:.0f} seconds",
    ):
        assert words in " ".join(ENDPOINT.split()), words
    assert Settings().max_cost == limits.cost
    assert Settings().max_sockets == sockets.sockets


def test_the_figures_of_the_feed_are_as_the_document_has_them() -> None:
    settings = Settings()
    for words in (
        f"looks at {events._WINDOW:,} positions at the most",
        f"is {paging.DEFAULT_SIZE} by default and {paging.LARGEST_SIZE} at the most",
        f"keeps {settings.event_days} days",
        f"after {_SPELT[feed._DOUBT]} seconds without a ring",
        f"After {_SPELT[line._SILENCE]} seconds of silence",
        f"every {settings.keep_alive:.0f} seconds",
        f"more than {settings.socket_buffer // 1024**2} MiB (`TERTULIA_SOCKET_BUFFER`)",
        f"nothing at all for {settings.request_timeout:.0f} seconds",
    ):
        assert words in " ".join(FEED.split()), words
    assert settings.socket_buffer == SocketLimits().buffer == BoundedSocketProtocol.buffer
    assert settings.keep_alive == StreamLimits().beat_seconds == BoundedConnection.beat_seconds
    assert f"more than {_MOST_HELD // 1024**2} MiB" in ENDPOINT


def test_what_holds_for_how_long_is_as_the_documents_have_it() -> None:
    assert ACCESS_LIFETIME == 15 * 60
    assert "JWT (HS512 only) of 15 minutes" in (ROOT / "SECURITY.md").read_text()
    # 13 months, which is the longest that browsers take.
    assert (LIFETIME.days, AUTHORITY_LIFETIME.days) == (397, 3_650)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md"])
def test_links_lead_somewhere(document: str) -> None:
    for path in ROOT.glob(document):
        for link in re.findall(r"\]\((?!http)([^)#]+)", path.read_text()):
            assert (path.parent / Path(link)).exists(), f"{path}: {link}"
