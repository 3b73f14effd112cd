"""Files: what they are, how they are read, and what is done with them."""

from operator import attrgetter
from typing import Annotated

import strawberry

from adapters.clock import Instant
from models.files import FileRow, FileStatus, VersionRow
from resolvers import avatars, files, links, storing
from resolvers.house import House
from resolvers.versions import heads
from schema.accounts import User, user_by
from schema.channels import After, Channel, First, channel_by
from schema.connections import Connection, connection
from schema.context import Context, Info
from schema.joins import Join, joined
from schema.permissions import mutation, query
from schema.scalars import Long, Upload

strawberry.enum(
    FileStatus,
    description="What may be had of a file. PENDING: it is still looked at. QUARANTINED: malware "
    "was found, and nobody gets it.",
)

_URL = (
    "A signed link that needs no other credential, holds for an hour or two, and answers Range "
    "requests. Null unless it is READY."
)
_THUMBNAIL = "Such a link to a small picture of it, in WebP; null where there is none."


@strawberry.type(description="One state of a file.")
class FileVersion:
    """One state of a file."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    parents: list[strawberry.ID] = strawberry.field(
        description="The versions that it was made from; one that is unknown may still come."
    )
    name: str = strawberry.field(description="What its uploader called it, to be shown.")
    content_type: str = strawberry.field(description="What the bytes are.")
    size: Long = strawberry.field(description="In bytes.")
    sha256: str = strawberry.field(description="Of the bytes that are to be had.")
    status: FileStatus = strawberry.field(description="What may be had of it.")
    width: int | None = strawberry.field(description="Of a picture, in pixels.")
    height: int | None = strawberry.field(description="Of a picture, in pixels.")
    created_at: Instant = strawberry.field(description="When it reached the server.")
    row: strawberry.Private[VersionRow]
    house: strawberry.Private[House]

    @strawberry.field(description=_URL)
    def url(self) -> str | None:
        """Where to get it."""
        return links.of_version(self.house, self.row)

    @strawberry.field(description=_THUMBNAIL)
    def thumbnail_url(self) -> str | None:
        """Where to get a small picture of it."""
        return links.of_version(self.house, self.row, thumbnail=True)

    author: User | None = joined(
        User | None, user_by("row.author_id"), "Null once the author's account is deleted."
    )

    @classmethod
    def of(cls, row: VersionRow, context: Context) -> "FileVersion":
        """The version in this row."""
        return cls(
            id=strawberry.ID(row.id),
            parents=[strawberry.ID(parent) for parent in row.parent_ids],
            name=row.name,
            content_type=row.content_type,
            size=Long(row.size),
            sha256=row.sha256,
            status=FileStatus(row.status),
            width=row.width,
            height=row.height,
            created_at=Instant(row.created_at),
            row=row,
            house=context.house,
        )


@strawberry.type(description="Something that was uploaded to a channel, as it is now.")
class File:
    """Something that was uploaded to a channel, as it is now."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    name: str = strawberry.field(description="What its uploader called it, to be shown.")
    content_type: str = strawberry.field(
        description="What the bytes are, not what the uploader said."
    )
    size: Long = strawberry.field(description="In bytes.")
    sha256: str = strawberry.field(description="Of the bytes that are to be had.")
    status: FileStatus = strawberry.field(description="What may be had of it.")
    width: int | None = strawberry.field(description="Of a picture, in pixels.")
    height: int | None = strawberry.field(description="Of a picture, in pixels.")
    created_at: Instant = strawberry.field(description="When its first version came.")
    row: strawberry.Private[FileRow]
    house: strawberry.Private[House]

    @strawberry.field(description=_URL)
    def url(self) -> str | None:
        """Where to get it."""
        return links.of_version(self.house, self.row.current)

    @strawberry.field(description=_THUMBNAIL)
    def thumbnail_url(self) -> str | None:
        """Where to get a small picture of it."""
        return links.of_version(self.house, self.row.current, thumbnail=True)

    uploader: User | None = joined(
        User | None, user_by("row.uploader_id"), "Null once the uploader's account is deleted."
    )
    channel: Channel | None = joined(
        Channel | None, channel_by("row.channel_id"), "Where it belongs."
    )
    versions: list[FileVersion] = joined(
        list[FileVersion],
        Join(
            attrgetter("versions"),
            attrgetter("id"),
            lambda rows, context: [FileVersion.of(row, context) for row in rows],
        ),
        "Newest last. Two made from the same parent both stay.",
    )
    heads: list[strawberry.ID] = joined(
        list[strawberry.ID],
        Join(
            attrgetter("versions"),
            attrgetter("id"),
            lambda rows, _: [strawberry.ID(row.id) for row in heads(rows)],
        ),
        "The versions from which no other was made; several wait to be merged. The file shows the "
        "last one.",
    )

    @classmethod
    def of(cls, row: FileRow, context: Context) -> "File":
        """The file in this row."""
        current = row.current
        return cls(
            id=strawberry.ID(row.id),
            name=current.name,
            content_type=current.content_type,
            size=Long(current.size),
            sha256=current.sha256,
            status=FileStatus(current.status),
            width=current.width,
            height=current.height,
            created_at=Instant(row.created_at),
            row=row,
            house=context.house,
        )


@strawberry.input(description="A file, or a new version of one.")
class UploadFileInput:
    """A file, or a new version of one."""

    channel_id: strawberry.ID = strawberry.field(description="Where it belongs.")
    file: Upload = strawberry.field(description="The bytes, and what they are called.")
    id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A UUID of the client's choice makes a retry safe: that of the file, or of the "
        "version if it replaces one.",
    )
    replaces_id: strawberry.ID | None = strawberry.field(
        default=None, description="The file that gets a new version; without it a new file begins."
    )
    parent_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="The versions that this one was made from, the newest if absent. The file's "
        "own id stands for its first version.",
    )


@strawberry.type
class FileQueries:
    """The root queries about files."""

    @query
    async def file(self, info: Info, id: strawberry.ID) -> File | None:
        """One file."""
        return File.of(await files.one(info.context.caller, id), info.context)

    @query
    async def files(
        self, info: Info, channel_id: strawberry.ID, first: First = None, after: After = None
    ) -> Connection[File] | None:
        """The files of a channel, newest first."""
        page = await files.page(info.context.caller, channel_id, first, after)
        return connection(page, lambda row: File.of(row, info.context))


@strawberry.type
class FileMutations:
    """The root mutations about files."""

    @mutation
    async def upload_file(self, info: Info, input: UploadFileInput) -> File | None:
        """Uploads a file, or a new version of one, by a multipart request.

        Large ones are better uploaded by tus, at `/files/tus`.
        """
        wanted = storing.wanted(
            input.channel_id,
            input.file.name,
            chosen_id=input.id,
            replaces_id=input.replaces_id,
            parent_ids=input.parent_ids,
        )
        row = await storing.store(info.context.caller, input.file.draft, wanted)
        return File.of(row, info.context)

    @mutation
    async def delete_file(self, info: Info, id: strawberry.ID) -> strawberry.ID | None:
        """Takes a file away with all its versions, also from the messages that refer to it.

        For its uploader, and for those who keep order in its channel.
        """
        return strawberry.ID(await files.delete(info.context.caller, id))

    @mutation
    async def set_avatar(
        self,
        info: Info,
        file: Annotated[
            Upload | None, strawberry.argument(description="A picture; null takes it away.")
        ] = None,
    ) -> User | None:
        """Gives the caller a picture, which is cut to a square."""
        row = await avatars.put(info.context.caller, file.draft if file else None)
        return User.of(row, info.context)
