"""One running Pavilion and one browser for all browser tests; loud where no browser can be had.

Both end with the package, not with the session: what drives the browser keeps an event loop of its
own running, and the tests after it need theirs.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import site as sites
from tests.browser.site import Site

MISSING = (
    "NO BROWSER: none of the pages was looked at. Install Debian's chromium, or name a Chromium in"
    " PAVILION_BROWSER."
)


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """A headless Chromium."""
    path = sites.browser()
    if path is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=sites.LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(chrome: Browser) -> Iterator[Site]:
    """`pavilion run` with the demonstration, fresh."""
    with sites.running() as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it where nobody overlooks it."""
    if sites.browser() is None:
        terminalreporter.section("browser tests were skipped", sep="!", red=True, bold=True)
        terminalreporter.write_line(MISSING)
