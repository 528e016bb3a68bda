"""Price lists in the JSON API."""

from booths.fees import actions, editions, queries, spaces
from booths.fees.forms import CopyForm, FeeForm, PriceListForm
from booths.fees.queries import FeeRow, PriceListRow
from booths.fees.space_forms import EditionForm, SpaceForm
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
        method="POST",
        path=ONE + "/edition",
        verb="price_list.write",
        summary=N_("Write a new edition of a price list that stands, valid from a day"),
        tag=TAG,
        form=EditionForm,
        act=editions.new_edition,
        status=201,
    ),
    Endpoint(
        method="POST",
        path=ONE + "/in-force",
        verb="price_list.write",
        summary=N_("Put a new edition of a price list in force"),
        tag=TAG,
        act=editions.put_in_force,
    ),
    Endpoint(
        method="POST",
        path=ONE + "/spaces",
        verb="price_list.write",
        summary=N_("Add a way to take space: per m² in steps, modules, a package"),
        tag=TAG,
        form=SpaceForm,
        act=spaces.add_space,
        status=201,
    ),
    Endpoint(
        method="PUT",
        path=ONE + "/spaces/{space_key:int}",
        verb="price_list.write",
        summary=N_("Change a way to take space"),
        tag=TAG,
        form=SpaceForm,
        act=spaces.change_space,
    ),
    Endpoint(
        method="POST",
        path=ONE + "/spaces/{space_key:int}/remove",
        verb="price_list.write",
        summary=N_("Remove a way to take space"),
        tag=TAG,
        act=spaces.remove_space,
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
