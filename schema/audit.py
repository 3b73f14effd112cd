"""The audit log, as admins read it."""

from typing import Annotated, Any

import orjson
import strawberry

from adapters.clock import Instant
from models.audit import AuditRow
from resolvers import audit
from resolvers.audit import Action, Filter
from schema.accounts import User, user_by
from schema.channels import After, First
from schema.connections import Connection, connection
from schema.context import Info
from schema.joins import joined
from schema.permissions import query
from schema.scalars import Json

strawberry.enum(Action, name="AuditAction", description="What an entry of the audit log is about.")


@strawberry.type(
    description="Something that was done by right of a role, or that concerns the safety of an "
    "account. It is never changed, and holds together with all entries before it."
)
class AuditEntry:
    """An entry of the audit log."""

    number: int = strawberry.field(description="1, 2, 3, ... without holes.")
    at: Instant = strawberry.field(description="When it was done.")
    action: Action = strawberry.field(description="What was done.")
    actor_id: strawberry.ID | None = strawberry.field(
        description="Who did it; null for the server itself, its owner, and who is not signed in."
    )
    subject_id: strawberry.ID | None = strawberry.field(description="To whom it was done.")
    channel_id: strawberry.ID | None = strawberry.field(description="Where, if in a channel.")
    address: str | None = strawberry.field(description="From which address, if that is known.")
    details: Json = strawberry.field(description="What else there is to know: an object.")
    mac: str = strawberry.field(
        description="HMAC-SHA256 over the entry and the one before it: keep that of the latest "
        "elsewhere, for `tertulia audit verify --head`."
    )
    row: strawberry.Private[AuditRow]

    actor: User | None = joined(
        User | None, user_by("row.actor_id"), "Who did it; null once their account is deleted."
    )
    subject: User | None = joined(
        User | None,
        user_by("row.subject_id"),
        "To whom it was done; null once their account is deleted.",
    )

    @classmethod
    def of(cls, row: AuditRow) -> "AuditEntry":
        """The entry in this row."""
        details: Any = orjson.loads(row.details)
        return cls(
            number=row.number,
            at=Instant(row.at),
            action=Action(row.action),
            actor_id=_id(row.actor_id),
            subject_id=_id(row.subject_id),
            channel_id=_id(row.channel_id),
            address=row.address,
            details=details,
            mac=row.mac,
            row=row,
        )


@strawberry.input(description="Which entries of the audit log: all that is given has to hold.")
class AuditFilter:
    """Which entries of the audit log."""

    actions: list[Action] | None = strawberry.field(
        default=None, description="One of these was done."
    )
    actor_id: strawberry.ID | None = strawberry.field(default=None, description="By this user.")
    subject_id: strawberry.ID | None = strawberry.field(default=None, description="To this user.")
    since: Instant | None = strawberry.field(default=None, description="At this time or later.")
    until: Instant | None = strawberry.field(default=None, description="Before this time.")


@strawberry.type
class AuditQueries:
    """The root queries about the audit log."""

    @query
    async def audit_log(
        self,
        info: Info,
        filter: Annotated[
            AuditFilter | None, strawberry.argument(description="Which entries; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[AuditEntry] | None:
        """What was done by right of a role, newest first. Admins only."""
        wanted = filter or AuditFilter()
        asked = Filter(
            wanted.actions, wanted.actor_id, wanted.subject_id, wanted.since, wanted.until
        )
        page = await audit.page(info.context.caller, asked, first, after)
        return connection(page, AuditEntry.of)


def _id(given: str | None) -> strawberry.ID | None:
    return None if given is None else strawberry.ID(given)
