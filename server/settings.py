"""One typed Settings object, read from the environment."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one sentence for the operator."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an operator can set. docs/operators.md explains each."""

    database_url: str
    base_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    pool_size: int = 4
    secret_key: str
    previous_secret_key: str = ""
    var_dir: Path = Path("var")
    demo: bool = False
    second_factor: Literal["staff", "offered"] = "staff"
    trusted_proxy: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = True
    smtp_from: str = "pavilion@localhost"
    reply_address: str = ""
    lmtp: str = ""
    calendar_networks: str = ""
    stripe_secret_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api_base: str = ""
    stripe_shared: bool = False
    vies_api_base: str = "https://ec.europa.eu/taxation_customs/vies/rest-api"
    crash_at: str = ""

    @property
    def secure(self) -> bool:
        """Whether pages are served over https, so that cookies are Secure and HSTS is sent."""
        return self.base_url.startswith("https://")

    @property
    def staff_need_second(self) -> bool:
        """Whether the staff of agencies must give a second factor. In a demonstration nobody must:
        its passwords are on its first page."""
        return self.second_factor == "staff" and not self.demo

    @property
    def test_payments(self) -> bool:
        """Whether the installation's card payments are tests: any key but a live one. Without a key
        there are no card payments, and what is invoiced is owed."""
        key = self.stripe_secret_key
        return bool(key) and not key.startswith(("sk_live_", "rk_live_"))


NAMES = {
    "database_url": "DATABASE_URL",
    "smtp_host": "SMTP_HOST",
    "smtp_port": "SMTP_PORT",
    "smtp_user": "SMTP_USER",
    "smtp_password": "SMTP_PASSWORD",
    "smtp_starttls": "SMTP_STARTTLS",
    "smtp_from": "SMTP_FROM",
    "stripe_secret_key": "STRIPE_SECRET_KEY",
    "stripe_webhook_secret": "STRIPE_WEBHOOK_SECRET",
    "stripe_api_base": "STRIPE_API_BASE",
    "stripe_shared": "STRIPE_SHARED",
    "vies_api_base": "VIES_API_BASE",
}


def variable(field: str) -> str:
    """The environment variable that holds `field`."""
    return NAMES.get(field, f"PAVILION_{field.upper()}")


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from `environ`; a wrong value is a SettingsError that names its variable."""
    found: dict[str, object] = {}
    for field in msgspec.structs.fields(Settings):
        text = environ.get(variable(field.name))
        if text is None:
            continue
        try:
            found[field.name] = (
                Path(text)
                if field.type is Path
                else msgspec.convert(text, field.type, strict=False)
            )
        except msgspec.ValidationError as wrong:
            raise SettingsError(f"{variable(field.name)} is not usable: {wrong}.") from None
    for needed in ("database_url", "secret_key"):
        if not found.get(needed):
            raise SettingsError(f"{variable(needed)} is not set. `pavilion run` sets it for you.")
    if len(str(found["secret_key"])) < 32:
        raise SettingsError("PAVILION_SECRET_KEY is too short: use at least 32 random characters.")
    if found.get("crash_at") and environ.get("PAVILION_TEST") != "1":
        raise SettingsError("PAVILION_CRASH_AT is for tests only.")
    return Settings(**found)  # type: ignore[arg-type]


@cache
def load() -> Settings:
    """The settings of this process."""
    return read(os.environ)
