"""Documents, issued or uploaded. Constraints live in migrations/documents."""

from piccolo.columns import JSONB, Bytea, ForeignKey, LazyTableReference, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

AGENCY = LazyTableReference("Agency", module_path="server.organisations.tables")
COMPANY = LazyTableReference("Company", module_path="server.organisations.tables")


class Document(Table, tablename="document"):
    """`content` is what a template was given; `bytes` is the file, frozen once it is there."""

    kind = Varchar(length=40)
    title = Varchar(length=200)
    filename = Varchar(length=120)
    media_type = Varchar(length=80)
    agency: ForeignKey[Table] = ForeignKey(
        AGENCY, on_delete=OnDelete.restrict, null=True, default=None, index=True
    )
    company: ForeignKey[Table] = ForeignKey(
        COMPANY, on_delete=OnDelete.restrict, null=True, default=None, index=True
    )
    about = Varchar(length=120, default="", index=True)
    template = Varchar(length=60, null=True, default=None)
    content = JSONB(null=True, default=None)
    bytes = Bytea(null=True, default=None)
    sha256 = Varchar(length=64, default="")
    created_at = Timestamptz()
