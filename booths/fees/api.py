"""Price lists in the JSON API."""

from booths.fees import actions, queries
from booths.fees.forms import CopyForm, FeeForm, PriceListForm
from booths.fees.queries import FeeRow, PriceListRow
from server.text import N_
from server.web.api import Endpoint

TAG = "Price lists"
ONE = "/price-lists/{price_list_id:int}"

ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/price-lists",
        verb="price_list.list",
        summary=N_("List your price lists"),
        tag=TAG,
        fetch=queries.price_lists,
        row=PriceListRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/price-lists",
        verb="price_list.write",
        summary=N_("Create a price list for a joint booth"),
        tag=TAG,
        form=PriceListForm,
        act=actions.create_price_list,
        status=201,
    ),
    Endpoint(
        method="GET",
        path=ONE,
        verb="price_list.list",
        summary=N_("Show a price list"),
        tag=TAG,
        fetch=queries.price_list,
        row=PriceListRow,
    ),
    Endpoint(
        method="PUT",
        path=ONE,
        verb="price_list.write",
        summary=N_("Change a price list that no call was published with"),
        tag=TAG,
        form=PriceListForm,
        act=actions.change_price_list,
    ),
    Endpoint(
        method="POST",
        path=ONE + "/copy",
        verb="price_list.write",
        summary=N_("Copy a price list with its fees and services"),
        tag=TAG,
        form=CopyForm,
        act=actions.copy_price_list,
        status=201,
    ),
    Endpoint(
        method="GET",
        path=ONE + "/fees",
        verb="price_list.list",
        summary=N_("List the fees and services of a price list"),
        tag=TAG,
        fetch=queries.fees_page,
        row=FeeRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path=ONE + "/fees",
        verb="price_list.write",
        summary=N_("Add a fee or a service"),
        tag=TAG,
        form=FeeForm,
        act=actions.add_fee,
        status=201,
    ),
    Endpoint(
        method="PUT",
        path=ONE + "/fees/{fee_id:int}",
        verb="price_list.write",
        summary=N_("Change a fee or a service"),
        tag=TAG,
        form=FeeForm,
        act=actions.change_fee,
    ),
    Endpoint(
        method="POST",
        path=ONE + "/fees/{fee_id:int}/remove",
        verb="price_list.write",
        summary=N_("Remove a fee or a service that nobody has ordered"),
        tag=TAG,
        act=actions.remove_fee,
    ),
]
