"""The names of units, currencies, scales and vague amounts, as newspapers write them."""

from __future__ import annotations

from enum import StrEnum


class Dimension(StrEnum):
    """What a figure measures; two figures can only be compared within one."""

    COUNT = "count"
    SHARE = "share"
    POINTS = "points"
    MONEY = "money"
    ORDINAL = "ordinal"
    LENGTH = "length"
    AREA = "area"
    VOLUME = "volume"
    MASS = "mass"
    SPEED = "speed"
    TIME = "time"
    AGE = "age"
    TEMPERATURE = "temperature"
    DEGREE = "degree"
    POWER = "power"
    ENERGY = "energy"


_UNITS = """
    length meter: metre metres meter meters m; length kilometer: kilometre kilometres kilometer kilometers
    km kms;
    length centimeter: centimetre centimetres centimeter centimeters cm;
    length millimeter: millimetre millimetres millimeter millimeters mm; length mile: mile miles;
    length nautical_mile: nautical_mile nautical_miles; length foot: foot feet ft; length inch: inch inches;
    length yard: yard yards; length light_year: light_year light_years;
    area kilometer**2: square_kilometre square_kilometres square_kilometer square_kilometers sq_km km² km2;
    area mile**2: square_mile square_miles; area meter**2: square_metre square_metres square_meter
    square_meters sq_m m² m2; area foot**2: square_foot square_feet sq_ft; area hectare: hectare hectares ha;
    area acre: acre acres;
    volume liter: litre litres liter liters; volume gallon: gallon gallons; volume meter**3: cubic_metre
    cubic_metres cubic_meter cubic_meters; volume oil_barrel: barrel barrels;
    mass gram: gram grams gramme grammes; mass kilogram: kilogram kilograms kilo kilos kg kgs;
    mass pound: pound pounds lb lbs; mass ounce: ounce ounces oz; mass metric_ton: tonne tonnes ton tons
    metric_tons metric_ton; mass stone: stone;
    speed kilometer/hour: km/h kph kmh kilometres_per_hour kilometers_per_hour kilometres_an_hour
    kilometers_an_hour; speed mile/hour: mph miles_per_hour miles_an_hour; speed meter/second: m/s
    metres_per_second meters_per_second metres_a_second meters_a_second; speed knot: knots;
    time second: second seconds sec secs; time minute: minute minutes min mins; time hour: hour hours hr hrs;
    time day: day days; time week: week weeks; time fortnight: fortnight fortnights; time month: month months;
    time year: year years yr yrs; time century: century centuries;
    temperature degC: degrees_celsius degrees_centigrade °c celsius; temperature degF: degrees_fahrenheit °f
    fahrenheit; degree degree: degree degrees °;
    power watt: watt watts; power kilowatt: kilowatt kilowatts kw; power megawatt: megawatt megawatts mw;
    power gigawatt: gigawatt gigawatts gw; power horsepower: horsepower hp; energy kilowatt_hour: kwh
    kilowatt_hours; energy megawatt_hour: mwh megawatt_hours; energy gigawatt_hour: gwh gigawatt_hours;
    share percent: % percent per_cent pct; points percentage_point: percentage_point percentage_points
"""

_CURRENCIES = """
    USD: $ us$ dollar dollars usd; EUR: € euro euros eur; GBP: £ gbp sterling pounds_sterling; JPY: ¥ yen jpy;
    CNY: yuan renminbi cny; RUB: ₽ ruble rubles rouble roubles; UAH: ₴ hryvnia hryvnias; INR: ₹ rupee rupees;
    crown: crown crowns krona kronor krone kroner koruna korunas; CHF: franc francs chf; VND: ₫ dong vnd;
    KRW: ₩ krw; PLN: zloty zlotys; BRL: reais; TRY: lira liras; peso: peso pesos; ZAR: rand;
    NGN: naira; shekel: shekel shekels; CAD: c$ canadian_dollars; AUD: a$ australian_dollars;
    BTC: bitcoin bitcoins
"""


def _table(text: str) -> dict[str, str]:
    table = {}
    for entry in text.replace("\n", " ").split(";"):
        name, _, forms = entry.partition(":")
        table.update({form.replace("_", " "): " ".join(name.split()) for form in forms.split()})
    return table


UNITS: dict[str, tuple[Dimension, str]] = {
    form: (Dimension(name.split()[0]), name.split()[1]) for form, name in _table(_UNITS).items()
}
"""By a unit's written form in lower case, its dimension and its name in pint."""

CURRENCIES: dict[str, str] = _table(_CURRENCIES)
"""By a currency's sign or word in lower case, the code that stands for it."""

SCALES: dict[str, float] = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "lakh": 1e5,
    "million": 1e6,
    "mln": 1e6,
    "mn": 1e6,
    "crore": 1e7,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
    "tn": 1e12,
    "dozen": 12,
}
"""What a figure before the word is multiplied by."""

VAGUE: dict[str, tuple[float, float]] = {
    "a few hundred": (200, 900),
    "several hundred": (250, 950),
    "a few thousand": (2_000, 9_000),
    "several thousand": (2_500, 9_500),
    "several million": (2.5e6, 9.5e6),
    "several dozen": (30, 120),
    "hundreds of thousands": (2e5, 2e6),
    "hundreds of millions": (2e8, 2e9),
    "tens of thousands": (2e4, 2e5),
    "tens of millions": (2e7, 2e8),
    "a couple": (2, 3),
    "a handful": (2, 10),
    "a few": (2, 15),
    "several": (3, 25),
    "dozens": (20, 200),
    "scores": (30, 400),
    "hundreds": (150, 10_000),
    "thousands": (1_500, 1e6),
    "millions": (1.5e6, 1e9),
    "billions": (1.5e9, 1e12),
}
"""The widest range that an amount in words without a figure is used for; longer phrases first."""

BOUNDS: dict[str, tuple[str, ...]] = {
    "at least": ("at least", "no less than", "no fewer than", "not less than", "more than", "over", "above"),
    "at most": (
        "at most",
        "no more than",
        "not more than",
        "less than",
        "fewer than",
        "under",
        "below",
        "up to",
    ),
    "nearly": ("nearly", "almost", "close to", "just under", "approaching", "just short of", "just below"),
    "just over": ("just over", "a little over", "slightly more than", "slightly over", "just above"),
    "about": ("about", "around", "approximately", "roughly", "some", "circa", "an estimated", "estimated"),
}
"""The words right before a figure that hedge it."""

_MORE_BOUNDS = {
    "at least": ("exceeding", "in excess of", "upwards of", "upward of", "a minimum of", "greater than"),
    "at most": ("as many as", "as much as", "a maximum of"),
    "about": ("~", "an average of", "in the region of", "more or less"),
}
for _bound, _phrases in _MORE_BOUNDS.items():
    BOUNDS[_bound] += _phrases
