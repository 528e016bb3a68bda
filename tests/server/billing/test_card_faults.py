"""Card payments when the time, or the line to Stripe, is not as it should be."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server import clock, jobs
from server.billing import checks, stripe_client
from server.database import rows, value
from server.settings import load
from tests.booths.calls.test_ends import state_of
from tests.booths.calls.test_refusals import sent_application
from tests.booths.calls.test_story import admit, done, open_call, stand_ids
from tests.cast import Cast
from tests.server.billing.conftest import Issue, Shop


async def test_a_card_payment_after_the_place_was_taken_confirms_nothing(
    shop: Shop, cast: Cast
) -> None:
    """The page of Stripe was open when the admission lapsed and another got the stand."""
    made = await open_call(cast.mara)
    first = await sent_application(cast.ana, made["call"])
    second = await sent_application(cast.carla, made["call"])
    stand = (await stand_ids(made["booth"]))[0]
    done(await admit(cast.mara, first, stand))
    invoice = await value("SELECT id FROM invoice WHERE kind = 'invoice'")
    total = await value("SELECT total_minor FROM invoice WHERE id = $1", invoice)
    opened = await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    assert opened.status_code == 303
    with clock.travel_everywhere(clock.now() + timedelta(days=16)):
        await jobs.sweep("calls.lapse")
    assert await state_of(first) == "lapsed"
    done(await admit(cast.mara, second, stand))
    shop.pay()
    await shop.delivered()
    assert await state_of(first) == "lapsed"
    held = await rows("SELECT application, state FROM allocation WHERE state <> 'released'")
    assert held == [{"application": second, "state": "held"}], "the stand is the other's"
    assert await value("SELECT state FROM payment") == "late"
    assert shop.captured() == total, "what Stripe has is what the books have"
    assert await checks.faults() == []
    assert "the money came late" in (await cast.mara.get(f"/desk/applications/{first}")).text
    payment = await value("SELECT id FROM payment")
    place = f"/desk/money/payments/{payment}"
    assert f'href="{place}"' in (await cast.finn.get("/desk/money")).text, "a person is told"
    done(
        await cast.finn.send_form(
            place,
            {"amount": f"{total / 100:.2f}", "why": "The stand was given to another."},
            to=f"{place}/refund",
        )
    )
    await shop.delivered()
    assert shop.captured() == 0
    assert await value("SELECT state FROM payment") == "refunded"
    assert await checks.faults() == []


@asynccontextmanager
async def _false_stripe(folder: Path, heard: list[bytes]) -> AsyncIterator[str]:
    """A server on TLS whose certificate nobody has signed and that names another host."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody-else.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=400))
        .sign(key, hashes.SHA256())
    )
    chain = folder / "false.pem"
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65_536))
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


async def test_a_false_certificate_hears_no_key_and_loses_no_intent(
    shop: Shop, cast: Cast, issue: Issue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    heard: list[bytes] = []
    async with _false_stripe(tmp_path, heard) as address:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("STRIPE_API_BASE", address)
            load.cache_clear()
            await stripe_client.close()
            refused = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
            assert refused.status_code == 422
            assert "Nothing was charged" in refused.text
            assert [each for each in heard if each] == [], "the secret key was never said"
            assert await value("SELECT state FROM checkout") == "starting"
    load.cache_clear()
    await stripe_client.close()
    stripe_client.breaker.heard()
    assert (await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)).status_code == 303
    assert len(shop.sessions) == 1, "the same intent goes on"
    assert await checks.faults() == []
