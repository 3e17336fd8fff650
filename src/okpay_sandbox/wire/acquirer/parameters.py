"""The parameters of a call, form-encoded with brackets as Stripe's API has them: `metadata[movement]=…`."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qsl

import msgspec

from okpay_sandbox.acquirer.refusals import Invalid

T = TypeVar("T")

_NAME = re.compile(r"([a-z_0-9]+)((?:\[[^\[\]]{0,60}\])*)\Z")
MOST_PARAMETERS = 200

Text = Annotated[str, msgspec.Meta(max_length=1000)]
Whole = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,15}\Z")]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[!-~]+\Z", max_length=2000)]
Metadata = dict[Annotated[str, msgspec.Meta(max_length=40)], Annotated[str, msgspec.Meta(max_length=500)]]
Expanded = dict[str, str] | list[str]


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class NewSession(_Given, frozen=True):
    """Open a page for a card."""

    mode: Literal["setup"]
    currency: Text
    success_url: Url
    cancel_url: Url = ""
    client_reference_id: Text = ""
    metadata: Metadata = {}
    locale: Literal["auto", "en", "zh"] = "auto"
    payment_method_types: dict[str, Literal["card"]] = {}
    expand: dict[str, str] = {}


class Asked(_Given, frozen=True):
    """Look at one thing."""

    expand: dict[str, str] = {}


class NewIntent(_Given, frozen=True):
    """Charge a card."""

    amount: Whole
    currency: Text
    payment_method: Text
    confirm: Literal["true"]
    capture_method: Literal["automatic"] = "automatic"
    off_session: Literal["true", "false"] = "false"
    description: Text = ""
    metadata: Metadata = {}
    payment_method_types: dict[str, Literal["card"]] = {}
    expand: dict[str, str] = {}


class Cancellation(_Given, frozen=True):
    """Cancel a charge."""

    cancellation_reason: Literal["", "duplicate", "fraudulent", "requested_by_customer", "abandoned"] = ""
    expand: dict[str, str] = {}


class NewRefund(_Given, frozen=True):
    """Give money back."""

    payment_intent: Text
    amount: Whole | None = None
    reason: Literal["", "duplicate", "fraudulent", "requested_by_customer"] = ""
    metadata: Metadata = {}
    expand: dict[str, str] = {}


class Created(_Given, frozen=True):
    """A range of Unix time."""

    gt: Whole | None = None
    gte: Whole | None = None
    lt: Whole | None = None
    lte: Whole | None = None

    def holds(self, at: int) -> bool:
        """Tell whether a time is in the range."""
        return (
            (self.gt is None or at > int(self.gt))
            and (self.gte is None or at >= int(self.gte))
            and (self.lt is None or at < int(self.lt))
            and (self.lte is None or at <= int(self.lte))
        )


class Page(_Given, frozen=True):
    """Look at many, newest first."""

    limit: Whole = "10"
    starting_after: Text = ""
    ending_before: Text = ""
    created: Created = Created()
    payment_intent: Text = ""
    expand: dict[str, str] = {}


def parse(encoded: str) -> dict[str, Any]:
    """Return parameters as nested dictionaries; of `a[]` each value has its place as its name.

    Raises:
        Invalid: A name is malformed, or stands for a value and for a group.
    """
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Invalid("The parameters could not be read.") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        match = _NAME.match(name)
        if match is None:
            raise Invalid(f"Invalid parameter name: {name[:80]!r}", code="parameter_unknown", param=name[:80])
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        place = found
        for part in path[:-1]:
            place = place.setdefault(part or str(len(place)), {})
            if not isinstance(place, dict):
                raise Invalid(f"Invalid parameter: {name[:80]!r}", code="parameter_invalid", param=path[0])
        place[path[-1] or str(len(place))] = value
    return found


def read(given: dict[str, Any], kind: type[T]) -> T:
    """Return parameters as a record.

    Raises:
        Invalid: One is unknown, missing or malformed; it is named.
    """
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from None


def _explained(told: str) -> Invalid:
    if unknown := re.search(r"unknown field `([^`]*)`", told):
        name = unknown[1][:80]
        return Invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    if lacking := re.search(r"missing required field `([^`]*)`", told):
        name = lacking[1]
        return Invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    path = re.search(r"`\$\.([a-z_0-9]+)", told)
    name = path[1] if path else ""
    is_number = name in ("amount", "limit", "created")
    code = "parameter_invalid_integer" if is_number else "parameter_invalid"
    return Invalid(f"Invalid {name or 'parameters'}: {told}.", code=code, param=name)
