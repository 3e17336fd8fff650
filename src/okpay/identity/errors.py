"""What identity refuses."""

from okpay.base.errors import InvalidInput, Refusal


class IdentityRefused(Refusal):
    """Somebody cannot be who they say, or not now."""

    codes = frozenset(
        {"user_unknown", "phone_taken", "account_locked", "account_not_locked", "payment_password_changed"}
    )


class InvalidProfile(InvalidInput):
    """A part of a profile cannot be kept as it was written."""

    codes = frozenset(
        {
            "name_empty",
            "name_too_long",
            "name_unreadable",
            "country_unknown",
            "phrase_too_long",
            "answer_too_short",
        }
    )


class InvalidPaymentPassword(InvalidInput):
    """These digits cannot be a payment password."""

    codes = frozenset({"payment_password_malformed", "payment_password_trivial"})


class ApiKeyRefused(Refusal):
    """This cannot be done with API keys."""

    codes = frozenset({"api_keys_too_many", "api_key_not_found"})


class InvalidApiKey(InvalidInput):
    """A key cannot be made like this; `field` names the part."""

    codes = frozenset(
        {
            "api_key_name_invalid",
            "api_key_scopes_missing",
            "api_key_network_invalid",
            "api_key_expiry_invalid",
        }
    )
