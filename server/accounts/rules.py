"""What a good password is, how long a sign-in lasts, how fast one may guess."""

from datetime import datetime, timedelta

from zxcvbn import zxcvbn

from server.text import N_

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
GUESSED = 72
GOOD_SCORE = 4
BROWSER_IDLE = timedelta(hours=2)
BROWSER_LASTS = timedelta(hours=12)
SESSION_LASTS = {
    "browser": BROWSER_LASTS,
    "program": timedelta(days=90),
    "half": timedelta(minutes=10),
}
STEP_SECONDS = 30
STEPS_AROUND = 1
RECOVERY_CODES = 10
FREE_TRIES = 5
COUNTED_FOR = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(seconds=60)
TRIES_PER_ADDRESS = 60
LINK_LASTS = {
    "confirm": timedelta(days=3),
    "reset": timedelta(hours=1),
    "invite": timedelta(days=14),
    "consortium": timedelta(days=14),
    "code": timedelta(minutes=15),
}


def password_fault(password: str, email: str, name: str) -> str:
    """A sentence that says why `password` is not taken, or "" if it is.

    What is easy to guess is zxcvbn's judgement (Wheeler 2016): lists of leaked passwords, names,
    words, keyboards, dates and repeats; 4 of 4 takes more than ten to the tenth guesses. There are
    no rules of composition (NIST SP 800-63B section 5.1.1.2).
    """
    if len(password) < SHORTEST_PASSWORD:
        return N_("Use at least 12 characters. Three or four words in a row are easy to remember.")
    if len(password) > LONGEST_PASSWORD:
        return N_("Use at most 200 characters.")
    known = [email, email.split("@")[0], name, *name.split(), "pavilion"]
    if zxcvbn(password[:GUESSED], user_inputs=known)["score"] < GOOD_SCORE:
        return N_(
            "This is easy to guess: it is well known, repeats itself, or is mostly your name or"
            " address. Three or four words in a row are better."
        )
    return ""


def pause(failures: int, last: datetime | None, now: datetime) -> timedelta:
    """How long to wait before the next try: nothing at first, then 2, 4, 8 ... at most 60 s.

    The wait never grows into a lock-out: whoever has the right password gets in a minute later.
    """
    if failures < FREE_TRIES or last is None:
        return timedelta(0)
    doublings = min(failures - FREE_TRIES + 1, 10)  # tries at one moment are counted together
    wait = min(timedelta(seconds=2**doublings), LONGEST_PAUSE)
    return max(last + wait - now, timedelta(0))


def step_of(moment: datetime) -> int:
    """The half-minute that a code belongs to (RFC 6238 section 4.2)."""
    return int(moment.timestamp()) // STEP_SECONDS


def plain_code(typed: str) -> str:
    """A code as people type it, without its spaces and dashes, in small letters."""
    return "".join(each for each in typed.lower() if each.isalnum())


def device(program: str) -> str:
    """What a browser calls itself, in the few words by which a person knows it again.

    Browsers name each other out of habit, so the order of the questions matters.
    """
    browsers = (
        ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    )  # fmt: skip
    systems = (
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
        ("Mac OS X", "Mac"), ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((name for mark, name in browsers if mark in program), "")
    system = next((name for mark, name in systems if mark in program), "")
    return ", ".join(part for part in (browser, system) if part)
