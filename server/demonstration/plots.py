"""Which companies apply for which fair, and what shall have become of each of them."""

from dataclasses import dataclass

GOALS = (
    "Ten conversations with buyers, three of them with a date for a second meeting.",
    "Two distributors who ask for samples.",
    "Five quotations within six weeks.",
    "One pilot customer and eight qualified contacts.",
)
MARKETS = {"food": "Portugal, Spain, Brazil", "industry": "United States, Canada, India, Mexico"}
EXPORT = ("occasional", "regular", "none", "occasional", "regular")


@dataclass(frozen=True)
class Story:
    """A company and what shall have become of it."""

    company: str
    ends: str
    kind: str = "row"
    area: str = "12"
    why: str = ""


LISBON = [
    Story("Wattmühle", "exhibited"),
    Story("Almzeit", "exhibited", "corner"),
    Story("Veldkamp Zuivel", "exhibited"),
    Story("Maison Ortolan", "no_show"),
    Story("Frantoio Colle Verde", "exhibited", "corner"),
    Story("Conservas Ría Alta", "exhibited"),
    Story("Quinta das Amendoeiras", "exhibited"),
    Story("Zielony Młyn", "exhibited"),
    Story("Glenbrae Oats", "exhibited"),
    Story("Jadranska smokva", "exhibited"),
    Story("Thrakiki Elia", "released", why="The company gave up its export plans and told us so."),
    Story("Saaremaa Kadakas", "lapsed"),
    Story("Salinas do Guadiana", "rejected", why="Companies from the host country come last, and"
          " the booth was full."),
    Story("Vltavské sklo", "ineligible", why="The call was for makers of food and drink."),
]  # fmt: skip
CHICAGO = [
    Story("Lenkwerk", "paid", "corner"),
    Story("Traunwerk", "paid"),
    Story("Vercors Optique", "paid"),
    Story("Torcitura Adda", "paid"),
    Story("Mecanizados Urola", "paid", "corner"),
    Story("Wisla Napędy", "paid"),
    Story("Alpin Orodja", "paid"),
    Story("Emilmec", "admitted"),
    Story("Polderpomp", "admitted"),
    Story("Hanácká mechanika", "part_paid"),
    Story("Scheldestaal", "flagged"),
    Story("Spanhaus", "late"),
    Story("Atlantic Edge Controls", "lapsed"),
    Story("Moldes Lis", "wait_listed"),
    Story("Malmfält Borr", "wait_listed"),
    Story("Pennine Couplings", "rejected", why="The scheme is for companies of the European"
          " Economic Area, and the places without support are given away."),
    Story("Kompas Robotica", "rejected", why="The exhibits compete with those of a company that"
          " applied before you."),
    Story("Murtal Guss", "withdrawn"),
    Story("Odlewnia Kamienna", "ineligible", why="The register extract was missing after the"
          " deadline for corrections."),
]  # fmt: skip
BENGALURU = [
    Story("Lenkwerk", "draft"),
    Story("Fördelicht", "draft"),
    Story("Kompas Robotica", "draft_full"),
    Story("Grubenhagen Waagen", "submitted"),
    Story("Donaubogen Messtechnik", "submitted", "corner", "24"),
    Story("Vesthav Ventil", "submitted"),
    Story("Malmfält Borr", "submitted"),
    Story("Jurazahn", "submitted"),
    Story("Atlantic Edge Controls", "submitted", "corner"),
    Story("Vercors Optique", "eligible"),
    Story("Wisla Napędy", "eligible"),
    Story("Moldes Lis", "eligible", "head"),
    Story("Pennine Couplings", "ineligible", why="Please give the year of your figures of size:"
          " the one in your profile is not closed yet."),
    Story("Torcitura Adda", "withdrawn"),
]  # fmt: skip
ROTTERDAM = [
    Story("Wattmühle", "submitted"),
    Story("Almzeit", "submitted"),
    Story("Veldkamp Zuivel", "submitted"),
    Story("Maison Ortolan", "submitted"),
    Story("Frantoio Colle Verde", "submitted"),
    Story("Conservas Ría Alta", "submitted"),
    Story("Quinta das Amendoeiras", "submitted"),
    Story("Zielony Młyn", "submitted"),
    Story("Glenbrae Oats", "submitted"),
]
APPLIED = {"rotterdam": -30, "lisbon": -180, "chicago": -90, "bengaluru": -11}
DECIDED = {"lisbon": -140, "chicago": -44, "bengaluru": -2}
ADMITTED = {"exhibited", "no_show", "released", "lapsed", "paid", "admitted", "part_paid",
            "flagged", "late"}  # fmt: skip
ADMITTED_LATE = {"admitted", "part_paid", "flagged"}
RECENT = -6
