"""From a template to the words of a mail: plain text first, and the same as simple HTML."""

import re
from collections.abc import Mapping
from functools import cache

import msgspec
from jinja2 import Template

from server.mail.rules import one_line
from server.settings import load
from server.web.respond import environment

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


class Letter(msgspec.Struct, frozen=True):
    """A mail's words."""

    subject: str
    text: str
    html: str


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """In whose name a mail goes out: an agency, or Pavilion itself."""

    name: str = "Pavilion"
    address: str = ""
    email: str = ""
    website: str = ""
    brand_colour: str = "#0c3a46"


@cache
def _parts(template: str) -> tuple[Template, Template]:
    """The subject and the body, apart: no value can move from one into the other."""
    loader = environment().loader
    assert loader is not None
    source, _, _ = loader.get_source(environment(), f"mail/{template}.txt")
    first, _, rest = source.partition("\n")
    assert first.startswith("Subject: "), f"{template} has no subject"
    made = environment().overlay(autoescape=False)
    return made.from_string(first.removeprefix("Subject: ")), made.from_string(rest.lstrip("\n"))


def link(path: str) -> str:
    """The full address of a page of this site."""
    return load().base_url.rstrip("/") + path


def write(template: str, sender: Sender, context: Mapping[str, object]) -> Letter:
    """`templates/mail/<template>.txt` filled with `context`, in the current locale.

    Its first line is "Subject: ..."; `to_name`, `sender` and `link(path)` are always there.
    """
    subject_of, body_of = _parts(template)
    given = {"sender": sender, "link": link, **context}
    subject = one_line(subject_of.render(given))
    body = re.sub(r"\n{3,}", "\n\n", body_of.render(given).strip())
    foot = "\n".join(part for part in (sender.name, sender.address, sender.website) if part)
    html = (
        environment()
        .get_template("mail/layout.html")
        .render(subject=subject, sender=sender, blocks=_blocks(body))
    )
    return Letter(subject=subject, text=f"{body}\n\n-- \n{foot}\n", html=html)


def _blocks(body: str) -> list[dict[str, object]]:
    """Paragraphs, lists ("- " at the start of each line) and links that stand alone."""
    found: list[dict[str, object]] = []
    for part in body.split("\n\n"):
        lines = [line.strip() for line in part.strip().splitlines()]
        if not lines:
            continue
        if len(lines) == 1 and _LINK.fullmatch(lines[0]):
            found.append({"kind": "link", "href": lines[0]})
        elif all(line.startswith("- ") for line in lines):
            found.append({"kind": "list", "items": [pieces(line[2:]) for line in lines]})
        else:
            found.append({"kind": "text", "lines": [pieces(line) for line in lines]})
    return found


def pieces(line: str) -> list[tuple[str, bool]]:
    """A line cut into (text, is a link)."""
    found, at = [], 0
    for hit in _LINK.finditer(line):
        found += [(line[at : hit.start()], False), (hit[0], True)]
        at = hit.end()
    return [piece for piece in [*found, (line[at:], False)] if piece[0]]
