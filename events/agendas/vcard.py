"""A contact as a file that phones and mail programs take: vCard 3.0 (RFC 2426)."""

from events.agendas.rows import Contact


def _text(said: str) -> str:
    """A text value (RFC 2426 4): backslash, comma, semicolon and line break escaped."""
    plain = said.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return "\\n".join(plain.split("\n")).replace("\r", "")


def _folded(line: str) -> str:
    """A line of at most 75 octets, continued after a space (RFC 2425 5.8.1)."""
    pieces, piece, size = [], "", 0
    for letter in line:
        length = len(letter.encode())
        if size + length > 75:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + letter, size + length
    return "\r\n".join([*pieces, piece])


def card(contact: Contact) -> bytes:
    """The vCard of a contact, with its line ends."""
    given, _, family = contact.name.rpartition(" ")
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{_text(family)};{_text(given)};;;",
        f"FN:{_text(contact.name)}",
        f"ORG:{_text(contact.company)}",
    ]
    for name, said in (
        ("TITLE", contact.position),
        ("EMAIL;TYPE=INTERNET,WORK", contact.email),
        ("TEL;TYPE=WORK,VOICE", contact.phone),
    ):
        if said:
            lines.append(f"{name}:{_text(said)}")
    if contact.website:
        lines.append(f"URL:{contact.website}")
    lines.append("END:VCARD")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()
