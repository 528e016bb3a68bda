"""The OpenAPI 3.1 document of the API table."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import msgspec

from server.settings import load
from server.text import gettext
from server.web.api import PREFIX, Endpoint, Made, takes_file
from server.web.forms import Field, Form, Upload, fields


class FieldFault(msgspec.Struct):
    """One sentence about one field."""

    field: str
    detail: str


class Problem(msgspec.Struct):
    """Problem details, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldFault] = []


@cache
def _shown(form: type[Form]) -> type:
    """`form` for a schema: msgspec writes none for a Decimal with limits."""
    return msgspec.defstruct(
        form.__name__,
        [
            (each.name, _plain(each), *([] if each.required else [each.default]))
            for each in fields(form)
        ],
        kw_only=True,
        forbid_unknown_fields=True,
        namespace={"__doc__": form.__doc__},
        module=form.__module__,
    )


def _plain(field: Field) -> Any:
    if field.base is Decimal:
        kind: Any = Decimal | None if field.optional else Decimal
    elif field.base is Upload:
        kind = Upload | None if field.optional else Upload
    else:
        return field.kind
    said = msgspec.Meta(title=gettext(field.label), description=gettext(field.hint or ""))
    return Annotated[kind, said]


def _hook(kind: type) -> dict[str, Any]:
    return {"type": "string", "contentEncoding": "base64"}


def _query(form: type[Form]) -> list[dict[str, Any]]:
    _, parts = msgspec.json.schema_components(
        [_shown(form)], schema_hook=_hook, ref_template="{name}"
    )
    found = parts[form.__name__]["properties"]
    return [
        {
            "name": each.name,
            "in": "query",
            "required": each.required,
            "description": gettext(each.label),
            "schema": found[each.name],
        }
        for each in fields(form)
    ]


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found = []
    for part in endpoint.path.split("/"):
        if part.startswith("{"):
            name, _, kind = part.strip("{}").partition(":")
            schema = {"int": {"type": "integer"}}.get(kind, {"type": "string"})
            found.append({"name": name, "in": "path", "required": True, "schema": schema})
    if endpoint.query:
        found += _query(endpoint.query)
    if endpoint.many:
        found += [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}},
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
            },
        ]
    if endpoint.method == "POST":
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "maxLength": 200},
            }
        )
    return found


def _multipart(form: type[Form]) -> dict[str, Any]:
    """A form as its parts: every one a text but its files (OpenAPI 3.1, 4.8.14.4)."""
    return {
        "type": "object",
        "required": [each.name for each in fields(form) if each.required],
        "properties": {
            each.name: {"description": gettext(each.label)}
            | ({"contentMediaType": "application/octet-stream"} if each.base is Upload
               else {"type": "string"})
            for each in fields(form)
        },
    }  # fmt: skip


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The whole document as JSON-able data."""
    kinds: list[Any] = [Problem, Made]
    for each in endpoints:
        kinds += [kind for kind in (each.form and _shown(each.form), each.row) if kind is not None]
    schemas, components = msgspec.json.schema_components(
        kinds, schema_hook=_hook, ref_template="#/components/schemas/{name}"
    )
    by_kind = {id(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
    fault = {
        "description": "Problem details (RFC 9457)",
        "content": {"application/problem+json": {"schema": by_kind[id(Problem)]}},
    }
    paths: dict[str, Any] = {}
    for each in endpoints:
        answer = by_kind[id(each.row if each.row is not None else Made)]
        if each.many:
            answer = {
                "type": "object",
                "required": ["items", "next"],
                "properties": {
                    "items": {"type": "array", "items": answer},
                    "next": {"type": ["string", "null"]},
                },
            }
        path = PREFIX + "/".join(
            "{" + part.strip("{}").partition(":")[0] + "}" if part.startswith("{") else part
            for part in each.path.split("/")
        )
        operation: dict[str, Any] = {
            "operationId": f"{each.method.lower()}_{each.path.strip('/').replace('/', '_')}",
            "summary": gettext(each.summary),
            "tags": [each.tag],
            "parameters": _parameters(each),
            "responses": {
                str(each.status): {
                    "description": "Done",
                    "content": {"application/json": {"schema": answer}},
                },
                **{str(code): fault for code in (400, 401, 403, 404, 409, 422, 429)},
            },
            "security": [] if each.no_token else [{"token": []}],
        }
        if each.form is not None:
            content = {"application/json": {"schema": by_kind[id(_shown(each.form))]}}
            if takes_file(each.form):
                content["multipart/form-data"] = {"schema": _multipart(each.form)}
            operation["requestBody"] = {"required": True, "content": content}
        paths.setdefault(path, {})[each.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pavilion", "version": "1"},
        "servers": [{"url": load().base_url}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
