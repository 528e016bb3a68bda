"""VIES's REST interface as a local server that answers what a test tells it."""

from typing import Any

from litestar import Litestar, Request, Response, post

Asked = Request[Any, Any, Any]


class Vies:
    """`says` maps VAT IDs to valid or invalid; all others are unavailable. `asked` is kept."""

    def __init__(self) -> None:
        self.says: dict[str, bool] = {}
        self.asked: list[dict[str, Any]] = []
        self.app = Litestar([self._check()], openapi_config=None)

    def _check(self) -> Any:
        @post("/check-vat-number")
        async def check(request: Asked) -> Response[dict[str, Any]]:
            data = await request.json()
            self.asked.append(data)
            valid = self.says.get(data["countryCode"] + data["vatNumber"])
            if valid is None:
                fault = {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}
                return Response(fault, status_code=500)
            told = "requesterNumber" in data
            return Response(
                {
                    **data, "requestDate": "2026-11-23T20:00:00.000Z", "valid": valid,
                    "requestIdentifier": f"WAPIAAAA{len(self.asked):08d}" if told else "",
                    "name": "QUINTA DO VALE LDA" if valid else "---",
                    "address": "RUA 1 PORTO" if valid else "---",
                },
                status_code=200,
            )  # fmt: skip

        return check
