"""The manifest of persisted operations: the only documents that a server executes, if it is set."""

from pathlib import Path
from typing import Any, cast

import orjson

from server.opening import CannotStart


def read(path: Path | None) -> dict[str, str] | None:
    """The documents of a manifest by their ids, or None without one. Raises CannotStart.

    Either `{"id": "document", ...}`, as Relay and graphql-codegen write it, or Apollo's
    `{"format": "apollo-persisted-query-manifest", "operations": [{"id", "body"}, ...]}`.
    """
    if path is None:
        return None
    try:
        given = orjson.loads(path.read_bytes())
        listed = _apollos(given) if "operations" in given else given
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotStart(f"The manifest {path} cannot be read: {error}") from error
    if not isinstance(listed, dict) or not all(isinstance(v, str) for v in listed.values()):
        raise CannotStart(f"The manifest {path} does not list documents by their ids.")
    return cast("dict[str, str]", listed)


def _apollos(manifest: dict[str, Any]) -> dict[str, str]:
    return {operation["id"]: operation["body"] for operation in manifest["operations"]}
