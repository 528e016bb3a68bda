"""Refusals: sentences for people that say what happened, what was kept and what to do."""

from collections.abc import Mapping
from typing import Any, ClassVar

from server.text import N_, gettext


class Refused(Exception):
    """A rule said no. `field` names the input at fault; `values` fill the sentence's places."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = N_("That cannot be done")

    def __init__(
        self,
        text: str,
        /,
        *,
        field: str | None = None,
        errors: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.field = field
        self.values = values
        self._errors = dict(errors or {})

    def __str__(self) -> str:
        return gettext(self.text, **self.values)

    @property
    def errors(self) -> dict[str, str]:
        """Sentences by field; the key "" holds what belongs to no single field."""
        return self._errors or {self.field or "": str(self)}


class Invalid(Refused):
    """Input that does not fit its form. `typed` is what the person wrote, unchanged."""

    title: ClassVar[str] = N_("Some answers need another look")

    def __init__(self, errors: Mapping[str, str], typed: Mapping[str, object]) -> None:
        super().__init__(
            N_("Some answers need another look. Nothing was saved, and what you typed is kept."),
            errors=errors,
        )
        self.typed = dict(typed)


class Conflict(Refused):
    """Somebody else was quicker, or the thing has moved on."""

    status = 409
    title = N_("This has changed in the meantime")


class NotFound(Refused):
    """It does not exist, or this person may not know that it does."""

    status = 404
    title = N_("Page not found")

    def __init__(self, text: str = N_("There is nothing at this address."), **values: Any) -> None:
        super().__init__(text, **values)


class Forbidden(Refused):
    """The person may see it, but their role is too small for the act."""

    status = 403
    title = N_("You may not do this")

    def __init__(
        self,
        text: str = N_("Your role does not allow this. Ask the owner of your organisation."),
        /,
        **values: Any,
    ) -> None:
        super().__init__(text, **values)


class TooMany(Refused):
    """Too many tries in a short time."""

    status = 429
    title = N_("Too many tries")
