"""What people type to join, sign in and change a password."""

from typing import Annotated

from msgspec import Meta

from server.text import N_, gettext
from server.web.forms import Form

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$"
Email = Annotated[
    str,
    Meta(
        title=N_("E-mail address"),
        description=N_("Write it like name@example.org."),
        pattern=EMAIL,
        max_length=254,
    ),
]
PersonName = Annotated[
    str, Meta(title=N_("Your name"), description=N_("First and last name"), max_length=120)
]
Password = Annotated[str, Meta(title=N_("Password"), max_length=1000)]
NewPassword = Annotated[
    str,
    Meta(
        title=N_("Password"),
        description=N_("At least 12 characters. Three or four words in a row work well."),
        max_length=1000,
    ),
]


Code = Annotated[
    str,
    Meta(
        title=N_("Code"),
        description=N_("Six digits from your telephone, or one of your codes on paper."),
        max_length=40,
    ),
]


class SignInForm(Form):
    """Address and password; `next` is where to go then, `kept` what was typed before."""

    email: Email
    password: Password
    next: str = ""
    kept: str = ""


class CodeForm(Form):
    """A code of the second factor; `next` and `kept` as for signing in."""

    code: Code
    next: str = ""
    kept: str = ""


class MailedCodeForm(Form):
    """The code that was mailed to an address."""

    email: Email
    code: Annotated[str, Meta(title=N_("Code"), max_length=40)]
    next: str = ""


class MailCodeForm(Form):
    """Where to mail a code."""

    email: Email
    next: str = ""


class SecondForm(Form):
    """The password, before a second factor is set up."""

    password: Password


class EndSessionForm(Form):
    """Which session to end; none for all others."""

    session: Annotated[int, Meta(ge=1)] | None = None


class JoinForm(Form):
    """A new person."""

    name: PersonName
    email: Email
    password: NewPassword
    terms: Annotated[bool, Meta(title=N_("I accept the terms of use"))] = False
    next: str = ""

    def check(self) -> dict[str, str]:
        """The terms must be accepted."""
        if not self.terms:
            return {"terms": gettext(N_("Accept the terms of use to go on."))}
        return {}


class ForgotForm(Form):
    """Whoever forgot a password."""

    email: Email


class ResetForm(Form):
    """A new password with the token of the mail."""

    token: Annotated[str, Meta(title=N_("Link"), max_length=200)]
    password: NewPassword


class TokenForm(Form):
    """The button behind a mailed link."""

    token: Annotated[str, Meta(title=N_("Link"), max_length=200)]


class InvitedForm(Form):
    """Somebody who follows an invitation and is new here."""

    token: Annotated[str, Meta(title=N_("Link"), max_length=200)]
    name: PersonName
    password: NewPassword


class ActForForm(Form):
    """Which organisation to act for."""

    organisation: Annotated[
        str, Meta(title=N_("Organisation"), pattern=r"^(agency|company):\d{1,18}$")
    ]
