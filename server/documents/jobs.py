"""Typesetting after the commit."""

from server.documents import queries
from server.jobs import job


@job("documents.render")
async def render(document_id: int) -> None:
    """Fill in the bytes of a document once; a second run finds them there."""
    await queries.pdf(document_id)
