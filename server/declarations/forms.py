"""What a company gives with a declaration."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from server.text import N_, gettext
from server.web.forms import Form, Upload


class GiveForm(Form):
    """One declaration. Which of the facts are asked for says its kind."""

    agreed: Annotated[bool, Meta(title=N_("We declare this"))] = False
    arrears: Annotated[
        Decimal | None,
        Meta(
            title=N_("Taxes and contributions that are overdue, in euro"),
            description=N_("0 if there are none."),
            ge=0,
            le=1_000_000_000,
        ),
    ] = None
    public_share: Annotated[
        Decimal | None,
        Meta(
            title=N_("Share held by public bodies, in percent"),
            description=N_("Of capital or votes, whichever is more; 0 if there is none."),
            ge=0,
            le=100,
        ),
    ] = None
    export_share: Annotated[
        Decimal | None,
        Meta(title=N_("Share of exports in the turnover, in percent"), ge=0, le=100),
    ] = None
    branch_region: Annotated[
        str,
        Meta(title=N_("Region of the branch"), description=N_("Such as Bremen."), max_length=120),
    ] = ""
    branch_since: Annotated[date | None, Meta(title=N_("It is there since"))] = None
    branch_until: Annotated[
        date | None,
        Meta(title=N_("It is there until"), description=N_("Leave it empty if no end is planned.")),
    ] = None
    evidence: Annotated[
        Upload | None,
        Meta(title=N_("Evidence"), description=N_("PDF up to 8 MB, or a picture up to 2 MB.")),
    ] = None

    def check(self) -> dict[str, str]:
        """Only what is agreed to is declared; a branch does not end before it begins."""
        wrong = {}
        if not self.agreed:
            wrong["agreed"] = gettext(N_("Tick the box if you can declare this."))
        if self.branch_since and self.branch_until and self.branch_until < self.branch_since:
            wrong["branch_until"] = gettext(N_("The branch would end before it begins."))
        return wrong


class NothingForm(Form):
    """A button and nothing else."""
