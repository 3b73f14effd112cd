"""Reports of messages, and the list of words that files some by itself."""

from operator import attrgetter
from typing import Annotated

import strawberry

from adapters.clock import Instant
from models.reports import WORD_LIST, ReportRow
from resolvers import reports
from resolvers.reports import Status
from schema.accounts import User, user_by
from schema.channels import After, First
from schema.connections import Connection, connection
from schema.context import Info
from schema.joins import Join, joined
from schema.messages import Message
from schema.permissions import mutation, query

strawberry.enum(
    Status,
    name="ReportStatus",
    description="OPEN waits to be looked at; RESOLVED was right, DISMISSED was not.",
)


@strawberry.type(description="Somebody's word that moderators should look at a message.")
class Report:
    """Somebody's word that moderators should look at a message."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    message_id: strawberry.ID = strawberry.field(description="Which message.")
    channel_id: strawberry.ID = strawberry.field(description="Where it was said.")
    reason: str = strawberry.field(
        description="Why it was reported; by the list of words, for which of them."
    )
    body: str = strawberry.field(
        description="What the message said when it was reported; empty once it is purged."
    )
    by_word_list: bool = strawberry.field(
        description="Whether nobody reported it but the list of words."
    )
    created_at: Instant = strawberry.field(description="When it was reported first.")
    status: Status = strawberry.field(description="Where it stands.")
    handled_at: Instant | None = strawberry.field(description="When it was handled; null if OPEN.")
    note: str | None = strawberry.field(description="What the moderator said of it.")
    row: strawberry.Private[ReportRow]
    filer_id: strawberry.Private[str | None]

    message: Message | None = joined(
        Message | None,
        Join(attrgetter("messages"), attrgetter("row.message_id"), Message.of),
        "As it is now; null where it is gone, or the caller may not read its channel.",
    )
    author: User | None = joined(
        User | None, user_by("row.author_id"), "Who said it; null once their account is deleted."
    )
    reporter: User | None = joined(
        User | None, user_by("filer_id"), "Who reported it; null for the list of words."
    )
    handled_by: User | None = joined(
        User | None, user_by("row.handled_by"), "Who handled it; null if OPEN."
    )

    @classmethod
    def of(cls, row: ReportRow) -> "Report":
        """The report in this row."""
        listed = row.reporter_id == WORD_LIST
        return cls(
            id=strawberry.ID(row.id),
            message_id=strawberry.ID(row.message_id),
            channel_id=strawberry.ID(row.channel_id),
            reason=row.reason,
            body=row.body,
            by_word_list=listed,
            created_at=Instant(row.created_at),
            status=Status(row.status),
            handled_at=Instant(row.handled_at) if row.handled_at else None,
            note=row.note,
            row=row,
            filer_id=None if listed else row.reporter_id,
        )


@strawberry.input(description="What has become of a report.")
class HandleReportInput:
    """What has become of a report."""

    id: strawberry.ID = strawberry.field(description="Which report.")
    status: Status = strawberry.field(description="RESOLVED or DISMISSED.")
    delete_message: bool = strawberry.field(
        default=False,
        description="Whether to delete the message, too, wherever it was said; only if RESOLVED.",
    )
    note: str | None = strawberry.field(
        default=None, description="For other moderators, up to 500 characters."
    )


@strawberry.type
class ReportQueries:
    """The root queries about reports."""

    @query
    async def reports(
        self,
        info: Info,
        status: Annotated[
            Status | None,
            strawberry.argument(description="Only those that stand there; all if absent."),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Report] | None:
        """Messages that moderators should look at, newest first. Moderators and admins."""
        page = await reports.page(info.context.caller, status, first, after)
        return connection(page, Report.of)

    @query
    async def word_list(self, info: Info) -> list[str] | None:
        """Words and phrases that have messages in PUBLIC channels reported.

        Moderators and admins.
        """
        return await reports.word_list(info.context.caller)


@strawberry.type
class ReportMutations:
    """The root mutations about reports."""

    @mutation
    async def report_message(
        self,
        info: Info,
        message_id: strawberry.ID,
        reason: Annotated[str, strawberry.argument(description="Why, up to 500 characters.")],
    ) -> bool | None:
        """Asks moderators to look at a message. They are shown what it says, wherever it is."""
        await reports.report(info.context.caller, message_id, reason)
        return True

    @mutation
    async def handle_report(self, info: Info, input: HandleReportInput) -> Report | None:
        """Says what has become of a report. Moderators and admins."""
        row = await reports.handle(
            info.context.caller,
            input.id,
            input.status,
            input.note,
            delete_message=input.delete_message,
        )
        return Report.of(row)

    @mutation
    async def set_word_list(
        self,
        info: Info,
        words: Annotated[
            list[str],
            strawberry.argument(description="Up to 1,000, of up to 100 characters each."),
        ],
    ) -> list[str] | None:
        """Replaces the words that have messages in PUBLIC channels reported. Admins only."""
        return await reports.set_word_list(info.context.caller, words)
