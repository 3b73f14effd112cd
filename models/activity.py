"""Activity: the queries behind an overview of what goes on."""

from models.connection import Connection


async def said_between(db: Connection, after: int, upto: int) -> int:
    """How many messages are there behind one position, up to another."""
    rows = await db.fetch(
        "SELECT count(*) FROM messages WHERE position > ? AND position <= ?", after, upto
    )
    return int(rows[0][0])


async def busiest(db: Connection, after: int, limit: int) -> list[tuple[str, int]]:
    """The channels in which most was said behind a position, and how much that was."""
    rows = await db.fetch(
        """SELECT channel_id, count(*) AS said FROM messages WHERE position > ?
           GROUP BY channel_id ORDER BY said DESC, channel_id LIMIT ?""",
        after,
        limit,
    )
    return [(row[0], int(row[1])) for row in rows]


async def storage(db: Connection) -> int:
    """How many bytes the database takes."""
    size = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if db.on_sqlite
        else "SELECT pg_database_size(current_database())"
    )
    return int((await db.fetch(size))[0][0])


async def users(db: Connection) -> int:
    """How many accounts there are."""
    return int((await db.fetch("SELECT count(*) FROM users"))[0][0])
