"""What is uploaded."""

from typing import Annotated

from msgspec import Meta

from server.text import N_, gettext
from server.web.forms import Form, Upload


class LogoForm(Form, kw_only=True, frozen=True):
    """A logo, or the wish to have none."""

    logo: Annotated[
        Upload | None,
        Meta(title=N_("Logo"), description=N_("PNG, JPEG, WebP or GIF, up to 2 MB.")),
    ] = None
    remove: Annotated[bool, Meta(title=N_("Show no logo"))] = False

    def check(self) -> dict[str, str]:
        """One of the two."""
        if self.logo is None and not self.remove:
            return {"logo": gettext(N_("Choose a file first."))}
        return {}
