"""Links to files: good for who has them, for an hour or two, and no longer than the right to them.

A link names the version and the hour; its code also depends on the channel, and on a number in the
channel that rises whenever somebody loses the right to read there. It depends on no viewer, so that
everybody who may see a file gets the same link, and what is told to many can be told at once.
"""

from typing import NamedTuple

from adapters.ids import parsed_id
from adapters.pictures import SMALL_TYPE
from models import accounts, files
from models.accounts import UserRow
from models.files import FileStatus, VersionRow
from resolvers.errors import NotFound
from resolvers.house import House

_HOUR = 3_600
_FILE, _AVATAR = "file", "avatar"


class Served(NamedTuple):
    """What a link leads to."""

    sha256: str
    content_type: str
    name: str


def of_version(house: House, row: VersionRow, *, thumbnail: bool = False) -> str | None:
    """A link to a version, or its thumbnail; None where there is nothing to be had."""
    if row.status != FileStatus.READY or (thumbnail and row.thumbnail is None):
        return None
    hour = _hour(house)
    mark = house.tokens.mark(_FILE, _said(row, hour))
    end = "/thumbnail" if thumbnail else ""
    return f"{_base(house)}/files/{row.id}/{hour}-{mark}{end}"


def of_avatar(house: House, row: UserRow) -> str | None:
    """A link to a user's picture; None where there is none."""
    if row.avatar is None:
        return None
    hour = _hour(house)
    mark = house.tokens.mark(_AVATAR, f"{row.id} {row.avatar} {hour}")
    return f"{_base(house)}/avatars/{row.id}/{hour}-{mark}"


async def open_version(house: House, version_id: str, link: str, *, thumbnail: bool) -> Served:
    """What a link to a version leads to. Raises NotFound, whatever is wrong with it."""
    known, (hour, mark) = parsed_id(version_id), _parts(house, link)
    row = await files.version(house.db, known) if known else None
    if row is None or row.status != FileStatus.READY:
        raise NotFound("file")
    if not house.tokens.marked(_FILE, _said(row, hour), mark):
        raise NotFound("file")
    if not thumbnail:
        return Served(row.sha256, row.content_type, row.name)
    if row.thumbnail is None:
        raise NotFound("file")
    return Served(row.thumbnail, SMALL_TYPE, "thumbnail.webp")


async def open_avatar(house: House, user_id: str, link: str) -> Served:
    """What a link to a picture of a user leads to. Raises NotFound."""
    known, (hour, mark) = parsed_id(user_id), _parts(house, link)
    row = await accounts.by_id(house.db, known) if known else None
    if row is None or row.avatar is None:
        raise NotFound("picture")
    if not house.tokens.marked(_AVATAR, f"{row.id} {row.avatar} {hour}", mark):
        raise NotFound("picture")
    return Served(row.avatar, SMALL_TYPE, "avatar.webp")


def _hour(house: House) -> int:
    return int(house.clock.seconds() // _HOUR)


def _parts(house: House, link: str) -> tuple[int, str]:
    """The hour and the code in a link. Raises NotFound unless it is of this hour or the last."""
    digits, _, mark = link.partition("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise NotFound("file")
    if not 0 <= _hour(house) - int(digits) <= 1:
        raise NotFound("file")
    return int(digits), mark


def _said(row: VersionRow, hour: int) -> str:
    return f"{row.id} {row.channel_id} {row.link_number} {hour}"


def _base(house: House) -> str:
    return house.policy.files_url or house.policy.public_url
