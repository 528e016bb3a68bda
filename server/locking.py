"""Named locks for what no row stands for: taken sorted, held to the end of the transaction."""

from server.database import connection, step


@step
async def lock(name: str, *ids: object) -> None:
    """Wait for "name:id" of each id. Sorted, so that two actions cannot wait for each other."""
    for key in sorted(f"{name}:{one}" for one in ids):
        await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)
