"""What a pack must hold true beyond its shape. Each check yields problems as (key, sentence)."""

import functools
from collections.abc import Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale

from okpay.base.money import CURRENCIES
from okpay.regions.records import Flow, Window
from okpay.regions.schema import BalanceLimits, FlowLimits, Pack, Windows

LEVEL_KEYS = ("level_0", "level_1", "level_2", "level_3")
Found = Iterator[tuple[str, str]]


def check(code: str, pack: Pack) -> Found:
    """Yield everything in a pack that cannot be right."""
    yield from _country(code, pack)
    yield from _currencies(pack)
    yield from _zone(pack)
    yield from _phone(pack)
    yield from _addresses(pack)
    yield from _documents(pack)
    for flow in Flow:
        yield from _flow(f"limits.{flow.value}", getattr(pack.limits, flow.value))
    yield from _balance("limits.hold", pack.limits.hold)
    yield from _transfers(pack)
    yield from _features(pack)
    codes = [disclosure.code for disclosure in pack.disclosures]
    if len(codes) != len(set(codes)):
        yield "disclosures", "a disclosure is listed twice"


def _country(code: str, pack: Pack) -> Found:
    if code not in _countries():
        yield "", f"`{code}` is not a country of ISO 3166; the file is named by the two-letter code"
    for key, name in (("names.en", pack.names.en), ("names.zh-hans", pack.names.zh_hans)):
        if name != name.strip():
            yield key, f"`{name}` begins or ends with a space"
    if not any("\u4e00" <= character <= "\u9fff" for character in pack.names.zh_hans):
        yield "names.zh-hans", f"`{pack.names.zh_hans}` has no Chinese character; write the Chinese name"


def _currencies(pack: Pack) -> Found:
    supported = pack.currencies.supported
    for number, code in enumerate(supported):
        if code not in CURRENCIES:
            yield (
                f"currencies.supported[{number}]",
                f"`{code}` is not a currency of ISO 4217 with a minor unit",
            )
    if len(supported) != len(set(supported)):
        yield "currencies.supported", "a currency is listed twice"
    if pack.currencies.default not in supported:
        yield "currencies.default", f"`{pack.currencies.default}` must be one of the supported currencies"
    if pack.limits.currency not in supported:
        yield "limits.currency", f"`{pack.limits.currency}` must be one of the supported currencies"


def _zone(pack: Pack) -> Found:
    try:
        ZoneInfo(pack.time.limits_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "time.limits_zone", f"`{pack.time.limits_zone}` is not a zone of the IANA time zone database"


def _phone(pack: Pack) -> Found:
    phone = pack.phone
    first, last = phone.fictional.first, phone.fictional.last
    numbers = {"example": phone.example, "fictional.first": first, "fictional.last": last}
    for key, number in numbers.items():
        if not number.startswith(f"+{phone.calling_code}"):
            yield f"phone.{key}", f"`{number}` must begin with the calling code +{phone.calling_code}"
    if len({len(number) for number in numbers.values()}) != 1 or first > last:
        yield "phone.fictional", "first and last must have as many digits as the example, the lower first"
    elif not first <= phone.example <= last:
        yield "phone.example", f"`{phone.example}` is not fictional; take one from {first} to {last}"


def _addresses(pack: Pack) -> Found:
    order = pack.addresses.order
    if len(order) != len(set(order)):
        yield "addresses.order", "a part of the address is listed twice"
    for part in pack.addresses.required:
        if part not in order:
            yield "addresses.required", f"`{part.value}` is required but not in the order"


def _documents(pack: Pack) -> Found:
    for key in LEVEL_KEYS[1:]:
        level = getattr(pack.documents, key)
        if not level.identity:
            yield f"documents.{key}.identity", "name at least one document that proves who the person is"


def _flow(key: str, limits: FlowLimits) -> Found:
    levels: list[Windows] = [getattr(limits, level) for level in LEVEL_KEYS]
    for level_key, windows in zip(LEVEL_KEYS, levels, strict=True):
        for shorter, longer in pairwise(Window):
            low, high = getattr(windows, shorter.value), getattr(windows, longer.value)
            if low > high:
                where = f"{key}.{level_key}.{longer.value}"
                yield (
                    where,
                    f"{high} is less than the {low} of one {shorter.value}; a longer window allows as much",
                )
        if windows.movement == 0 and windows.year > 0:
            yield f"{key}.{level_key}.movement", "0 lets nothing move, so every longer window must be 0 too"
    for window in Window:
        yield from _never_shrinks(
            [
                (f"{key}.{level}.{window.value}", getattr(getattr(limits, level), window.value))
                for level in LEVEL_KEYS
            ]
        )
    known = {f"{level}.{window.value}" for level in LEVEL_KEYS for window in Window}
    yield from _cited(key, limits.cited, known)


def _balance(key: str, limits: BalanceLimits) -> Found:
    yield from _never_shrinks([(f"{key}.{level}", getattr(limits, level)) for level in LEVEL_KEYS])
    yield from _cited(key, limits.cited, set(LEVEL_KEYS))


def _never_shrinks(values: list[tuple[str, int]]) -> Found:
    for (_, lower), (key, higher) in pairwise(values):
        if higher < lower:
            yield key, f"{higher} is less than the {lower} of the level below; more proof never allows less"


def _cited(key: str, cited: dict[str, str], known: set[str]) -> Found:
    for name in cited:
        if name not in known:
            yield f"{key}.cited", f"`{name}` names no value of this table; write it like `{min(known)}`"


def _transfers(pack: Pack) -> Found:
    delays, waits = pack.transfers.delays_hours, pack.transfers.wait_days
    if any(longer <= shorter for shorter, longer in pairwise(delays)):
        yield "transfers.delays_hours", "list each delay once, the shortest first"
    if any(hours > waits * 24 for hours in delays):
        yield "transfers.delays_hours", "no delay may be longer than a transfer waits for its recipient"


def _features(pack: Pack) -> Found:
    flags = pack.features
    if flags.transfers_abroad and not flags.transfers:
        yield "features.transfers_abroad", "transfers abroad need transfers"
    if flags.conversions and len(pack.currencies.supported) < 2:
        yield "features.conversions", "conversions need at least two supported currencies"


@functools.cache
def _countries() -> frozenset[str]:
    # CLDR lists ISO 3166's codes and a few groups and exceptional reservations beside them.
    others = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
    codes = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha() and code not in others)
