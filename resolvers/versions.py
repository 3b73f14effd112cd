"""Versions: the graph that the states of a file make, each from those before it.

A version names those that it was made from by their ids, whether they have come or not. So the
graph is the same in whatever order versions come, and nothing is overwritten: two that were made
from one parent both stay, until somebody makes one from both.
"""

from collections.abc import Iterable, Sequence

from models.files import VersionRow


def heads(versions: Sequence[VersionRow]) -> list[VersionRow]:
    """Those from which no other was made, in the order in which they came."""
    parents = {parent for version in versions for parent in version.parent_ids}
    return [version for version in versions if version.id not in parents]


def current(versions: Sequence[VersionRow]) -> VersionRow:
    """The one that the file shows: the head that came last. There has to be one version."""
    return heads(versions)[-1]


def would_circle(versions: Sequence[VersionRow], version_id: str, parents: Iterable[str]) -> bool:
    """Whether a version made from these would come, in the end, from itself."""
    known = {version.id: version.parent_ids for version in versions}
    looked_at: set[str] = set()
    waiting = list(parents)
    while waiting:
        one = waiting.pop()
        if one == version_id:
            return True
        if one not in looked_at:
            looked_at.add(one)
            waiting += known.get(one, [])
    return False
