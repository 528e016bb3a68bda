"""What fairs, schemes and calls of the demonstration say. Days count from the day of loading."""

from typing import Any

FAIRS: dict[str, dict[str, Any]] = {
    "lisbon": {
        "agency": "nordwind-export", "known_on": -230, "starts": -38, "days": 3,
        "name": "Salão Atlântico Food & Drink", "venue": "Parque de Feiras do Tejo",
        "city": "Lisbon", "country": "PT", "tz": "Europe/Lisbon",
        "website": "https://salao-atlantico.example", "sectors": ["food", "wine"],
        "description": "Buyers of supermarkets, hotels and delicatessen shops from Portugal, Spain"
        " and Brazil meet makers of food and drink. About 900 exhibitors, trade visitors only.",
    },
    "chicago": {
        "agency": "nordwind-export", "known_on": -150, "starts": 58, "days": 4,
        "name": "Great Lakes Machinery Show", "venue": "Lakeshore Exhibition Center",
        "city": "Chicago", "country": "US", "tz": "America/Chicago",
        "website": "https://great-lakes-machinery.example", "sectors": ["machinery"],
        "description": "Machines, tools and controls for the factories of the Midwest. Visitors are"
        " engineers and buyers of car, farm machine and railway makers.",
    },
    "bengaluru": {
        "agency": "nordwind-export", "known_on": -60, "starts": 148, "days": 4,
        "name": "Deccan Industry Expo", "venue": "Whitefield Convention Grounds",
        "city": "Bengaluru", "country": "IN", "tz": "Asia/Kolkata",
        "website": "https://deccan-industry.example", "sectors": ["machinery", "electronics"],
        "description": "The meeting place of machine builders and their suppliers in the south of"
        " India, with a day for investors and a hall for start-ups.",
    },
    "rotterdam": {
        "agency": "nordwind-export", "known_on": -70, "starts": 120, "days": 3,
        "name": "Maas Delicatessen", "venue": "Maasstad Hallen", "city": "Rotterdam",
        "country": "NL", "tz": "Europe/Amsterdam",
        "website": "https://maas-delicatessen.example", "sectors": ["food"],
        "description": "Shops and restaurants of the Low Countries look for food with a story.",
    },
    "vienna": {
        "agency": "exportburo-donau", "known_on": -40, "starts": 190, "days": 3,
        "name": "Donau Genuss", "venue": "Messegelände Prater", "city": "Vienna", "country": "AT",
        "tz": "Europe/Vienna", "website": "https://donau-genuss.example", "sectors": ["food"],
        "description": "Regional food for hotels and shops of Central Europe.",
    },
    "dublin": {
        "agency": "atlantic-trade-house", "known_on": -20, "starts": 230, "days": 2,
        "name": "Dublin Makers' Market", "venue": "Docklands Hall", "city": "Dublin",
        "country": "IE", "tz": "Europe/Dublin", "website": "https://makers-market.example",
        "sectors": ["food"], "published": False,
        "description": "A new fair for small producers; its dates are not final yet.",
    },
}  # fmt: skip

SCHEMES: dict[str, dict[str, Any]] = {
    "half": {
        "agency": "nordwind-export", "name": "Fair support, half of the cost",
        "legal_basis": "de_minimis", "mode": "rate", "rate": "50", "cap": "6000",
        "budget": "120000", "reference": "NWX-DM-1",
    },
    "fixed": {
        "agency": "nordwind-export", "name": "First steps overseas, fixed price",
        "legal_basis": "de_minimis", "mode": "fixed_price", "cap": "8000", "budget": "90000",
        "reference": "NWX-DM-2",
    },
    "report": {
        "agency": "nordwind-export", "name": "A report on what you learned",
        "legal_basis": "de_minimis", "mode": "amount", "amount": "600", "shown": "after_proof",
        "proof": "A report in a few sentences, your invoices, a picture of the stand.",
        "budget": "15000", "reference": "NWX-DM-3",
    },
    "partner": {
        "agency": "exportburo-donau", "name": "Messeförderung KMU", "legal_basis": "gber_19",
        "mode": "rate", "rate": "40", "cap": "5000", "budget": "60000", "reference": "EBD-19",
    },
}  # fmt: skip

_INCLUDED = (
    "Included are the space, the stand with carpet, walls, lettering and light, your entry in the"
    " catalogue of the joint booth, our team on site, the lounge and the interpreters' desk."
    " Travel, freight and your own staff are not included.\n\n"
)

CALLS: dict[str, dict[str, Any]] = {
    "lisbon": {
        "agency": "nordwind-export", "fair": "lisbon", "scheme": "half", "scheme_2": "report",
        "published": True,
        "written_on": -200, "opens": -190, "closes": -150, "payment_days": 21,
        "title": "European Larder in Lisbon",
        "booth": {
            "name": "European Larder", "hall": "Hall 2", "block": "C10–C25", "width_m": "21",
            "depth_m": "11", "net_m2": "168", "open_edges": ["top", "left", "right"],
            "description": "Makers of food and drink from twelve countries around one kitchen.",
        },
        "stand": ("3", "4", "3"),
        "prices": {"full_per_m2": "395", "corner": "450", "head": "700"},
        "text": "We take producers of food and drink to Lisbon, with a kitchen for tastings and"
        " meetings with Portuguese and Brazilian buyers.\n\n" + _INCLUDED +
        "Half of the cost is covered as de minimis aid, up to EUR 6,000 for one participation."
        " Whoever exhibits abroad for the first time comes first.",
    },
    "chicago": {
        "agency": "nordwind-export", "fair": "chicago", "scheme": "half", "published": True,
        "written_on": -110, "opens": -100, "closes": -62, "payment_days": 14,
        "title": "European Machine Works in Chicago",
        "booth": {
            "name": "European Machine Works", "hall": "North Building", "block": "N-4200",
            "width_m": "24", "depth_m": "11", "net_m2": "192",
            "open_edges": ["top", "bottom", "left"],
            "description": "Tools, drives and controls for the factories around the Great Lakes.",
        },
        "stand": ("3", "4", "3"),
        "prices": {"full_per_m2": "560", "corner": "600", "head": "950"},
        "text": "The joint booth stands on the main aisle of the North Building, with power and"
        " compressed air at each stand.\n\n" + _INCLUDED +
        "Half of the cost is covered as de minimis aid, up to EUR 6,000. An admission is binding:"
        " the stand is kept for 14 days, until the invoice is paid.",
    },
    "bengaluru": {
        "agency": "nordwind-export", "fair": "bengaluru", "scheme": "fixed", "published": True,
        "rules": True,
        "asks": True,
        "steps": True,
        "written_on": -30, "opens": -12, "closes": 24, "payment_days": 21,
        "title": "European Machine Works in Bengaluru",
        "booth": {
            "name": "European Machine Works", "hall": "Hall 5", "block": "E", "width_m": "24",
            "depth_m": "12", "net_m2": "192", "open_edges": ["top", "bottom", "left", "right"],
            "description": "Machine builders and their suppliers, with a meeting room.",
        },
        "stand": ("4", "3", "3"),
        "prices": {
            "full_per_m2": "480", "per_m2": "230", "corner": "400", "head": "650",
            "island": "900",
        },
        "spaces": [
            {"name": "With stand construction", "minimum_m2": "9", "up_to_1": "36",
             "full_1": "480", "aided_1": "230", "full_2": "480"},
            {"name": "Ready unit, furnished", "by": "package", "unit_m2": "12", "full_1": "6900",
             "aided_1": "3300; 4200", "full_2": "480", "aided_2": "230"},
        ],
        "text": "Three days in Bengaluru and one day of visits to factories around the city.\n\n"
        + _INCLUDED + "Companies with support pay EUR 230 per m²; the difference to the full price"
        " is de minimis aid. Fewer than six applications and we cancel and refund everything.",
    },
    "rotterdam": {
        "agency": "nordwind-export", "fair": "rotterdam", "scheme": "half", "published": True,
        "written_on": -60, "opens": -45, "closes": -12, "payment_days": 14,
        "title": "European Larder in Rotterdam",
        "booth": {
            "name": "European Larder", "hall": "Hal 1", "block": "B20", "width_m": "15",
            "depth_m": "8", "net_m2": "72", "open_edges": ["top", "bottom"],
            "description": "Six small stands around one long table.",
        },
        "stand": ("3", "4", "3"),
        "prices": {"full_per_m2": "360", "corner": "350", "head": "500"},
        "text": "A small booth with places for six companies, given by points: the criteria and"
        " their weights are below.\n\n" + _INCLUDED,
    },
    "vienna": {
        "agency": "exportburo-donau", "fair": "vienna", "scheme": "partner", "published": True,
        "written_on": -8, "opens": 9, "closes": 50, "payment_days": 14,
        "title": "Gemeinschaftsstand Donau Genuss",
        "booth": {
            "name": "Donau Tisch", "hall": "Halle B", "block": "B0310", "width_m": "12",
            "depth_m": "8", "net_m2": "60", "open_edges": ["top", "left"],
            "description": "Small producers of the Danube countries.",
        },
        "stand": ("3", "3", "2"),
        "prices": {"full_per_m2": "340", "corner": "350", "head": "500"},
        "text": "A long table for producers of the Danube countries.\n\n" + _INCLUDED +
        "The call opens on the day given above, at ten o'clock in Vienna.",
    },
    "dublin": {
        "agency": "atlantic-trade-house", "fair": "bengaluru", "scheme": "", "published": False,
        "written_on": -3, "opens": 20, "closes": 60, "payment_days": 14,
        "title": "Irish corner at the Deccan Industry Expo",
        "booth": {
            "name": "Irish corner", "hall": "Hall 5", "block": "F", "width_m": "9", "depth_m": "6",
            "net_m2": "36", "open_edges": ["top", "left"],
            "description": "Four stands beside the European booth.",
        },
        "stand": ("3", "3", "2"),
        "prices": {"full_per_m2": "510"},
        "text": "A draft: the price is not final.",
    },
}  # fmt: skip
