"""Input of a profile: what somebody brings and looks for."""

import re
from typing import Annotated

from msgspec import Meta

from events.matchmaking.recommending.profiles import Cooperation, Visibility
from events.matchmaking.recommending.taxonomy import code
from server.aid.sizes import SizeClass
from server.errors import Refused
from server.organisations import nace
from server.organisations.rules import is_country
from server.text import N_, gettext
from server.web.forms import Form

Language = Annotated[str, Meta(pattern="^[a-z]{2,3}$")]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Division = Annotated[str, Meta(pattern=r"^\d\d$")]
LONGEST = 300
MOST_GOODS = 20
_CODES = re.compile(r"\[([^\]]*)\]")
_CODE = re.compile(r"(?:(?P<scheme>hs|nace)\s*)?(?P<digits>\d[\d.\s]*)", re.IGNORECASE)


def goods(text: str, field: str) -> list[tuple[str, list[str]]]:
    """Lines such as "Refrigerated transport [NACE 49.41, HS 8716.31]" as (words, codes).

    A code without a word before it is of NACE where it is written like 49.41, else of the
    Harmonized System. Raises Refused for a code that neither knows.
    """
    found = []
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            continue
        inside = [each for part in _CODES.findall(line) for each in re.split(r"[,;]", part)]
        words = " ".join(_CODES.sub(" ", line).split())
        if len(words) > LONGEST:
            raise Refused(
                N_("“{line}…” is longer than {n} characters."), field=field, line=words[:40],
                n=LONGEST,
            )  # fmt: skip
        codes = [_code(each.strip(), field) for each in inside if each.strip()]
        found.append((words, list(dict.fromkeys(codes))))
    if len(found) > MOST_GOODS:
        raise Refused(N_("Give at most {n} lines."), field=field, n=MOST_GOODS)
    return found


def _code(text: str, field: str) -> str:
    said = _CODE.fullmatch(text)
    digits = re.sub(r"[.\s]", "", said["digits"]) if said else ""
    scheme = (said["scheme"] or "").lower() if said else ""
    if not scheme and said and re.fullmatch(r"\d\d\.\d\d?", said["digits"].strip()):
        scheme = "nace"
    if scheme == "nace":
        printed = digits[:2] + ("." + digits[2:] if len(digits) > 2 else "")
        for revision in ("2", "2.1"):
            if nace.title(printed, revision):
                return code(f"nace{revision}", printed)
    elif digits and len(digits) in (2, 4, 6, 8) and 1 <= int(digits[:2]) <= 97:
        return code("hs", digits)
    raise Refused(
        N_(
            "“{code}” is no code that is known. Write [NACE 49.41] or [HS 4819.10], or leave it"
            " out: words are enough."
        ),
        field=field,
        code=text,
    )


def written(rows: list[tuple[str, list[str]]]) -> str:
    """The way back: the lines as they are typed."""
    lines = []
    for words, codes in rows:
        said = ", ".join(_printed(each) for each in codes)
        lines.append(f"{words} [{said}]".strip() if said else words)
    return "\n".join(lines)


def _printed(of: str) -> str:
    scheme, _, rest = of.partition(":")
    if scheme.startswith("nace"):
        return "NACE " + rest[:2] + ("." + rest[2:] if len(rest) > 2 else "")
    return "HS " + rest[:4] + ("." + rest[4:] if len(rest) > 4 else "")


class ProfileForm(Form):
    """What a person of a company brings and looks for; asked once, used by every session."""

    position: Annotated[str, Meta(max_length=120, title=N_("Your position"))] = ""
    phone: Annotated[
        str,
        Meta(
            max_length=40,
            title=N_("Telephone"),
            description=N_("Only people to whom you give your contact in a meeting see it."),
        ),
    ] = ""
    intro: Annotated[
        str,
        Meta(max_length=2000, title=N_("You and your company in a few sentences")),
    ] = ""
    offers: Annotated[
        str,
        Meta(
            max_length=8000,
            title=N_("What you offer"),
            description=N_("One thing a line. Codes help: Refrigerated transport [NACE 49.41]"),
        ),
    ] = ""
    needs: Annotated[
        str,
        Meta(
            max_length=8000,
            title=N_("What you look for"),
            description=N_("One thing a line. Codes help: Cold-chain packaging [HS 4819.10]"),
        ),
    ] = ""
    languages: Annotated[list[Language], Meta(max_length=20, title=N_("Languages you speak"))] = []  # noqa: RUF012
    sectors: Annotated[
        list[Division], Meta(max_length=12, title=N_("Sectors (NACE divisions)"))
    ] = []  # noqa: RUF012
    markets: Annotated[
        list[Country], Meta(max_length=60, title=N_("Countries where you sell or are at home"))
    ] = []  # noqa: RUF012
    aims: Annotated[
        list[Country], Meta(max_length=60, title=N_("Countries you want to reach"))
    ] = []  # noqa: RUF012
    gives: Annotated[
        list[Cooperation], Meta(max_length=4, title=N_("What you can be for others"))
    ] = []  # noqa: RUF012
    seeks: Annotated[
        list[Cooperation], Meta(max_length=4, title=N_("What you look for in a partner"))
    ] = []  # noqa: RUF012
    certificates: Annotated[
        str,
        Meta(
            max_length=1000,
            title=N_("Certificates you have"),
            description=N_("With commas between: ISO 9001, organic."),
        ),
    ] = ""
    asks: Annotated[str, Meta(max_length=1000, title=N_("Certificates a partner should have"))] = ""
    sizes: Annotated[
        list[SizeClass],
        Meta(
            max_length=4,
            title=N_("Sizes of company you look for"),
            description=N_("None: any size."),
        ),
    ] = []  # noqa: RUF012
    visible: Annotated[
        Visibility,
        Meta(title=N_("Who finds you")),
    ] = Visibility.SHOWN
    version: Annotated[int, Meta(title=N_("Version"))] = 0

    def listed(self, field: str) -> list[str]:
        """The parts of a text with commas between."""
        parts = re.split(r"[,;\n]", getattr(self, field))
        return list(dict.fromkeys(each.strip() for each in parts if each.strip()))

    def check(self) -> dict[str, str]:
        """Codes, countries, sectors and certificates that can be kept."""
        errors: dict[str, str] = {}
        for field in ("offers", "needs"):
            try:
                goods(getattr(self, field), field)
            except Refused as refused:
                errors |= {name or field: said for name, said in refused.errors.items()}
        for field in ("markets", "aims"):
            if not all(is_country(each) for each in getattr(self, field)):
                errors[field] = gettext(N_("Choose a country of the list."))
        if not all(nace.title(each, "2.1") for each in self.sectors):
            errors["sectors"] = gettext(N_("Choose sectors of the list."))
        for field in ("certificates", "asks"):
            if any(len(each) > 60 for each in self.listed(field)):
                errors[field] = gettext(N_("A certificate has at most 60 characters."))
        return errors
