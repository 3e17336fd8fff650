"""What can be done to users. Each group of verbs has a file; they are called through this package."""

from okpay.identity.actions.api_keys import check_api_key, create_api_key, note_api_key_uses, revoke_api_key
from okpay.identity.actions.devices import forget_device, remember_device
from okpay.identity.actions.emails import note_proven_email, prove_email
from okpay.identity.actions.locks import lock, unlock
from okpay.identity.actions.payment_confirmations import (
    clear_confirmations,
    confirm_payment,
    confirm_payment_by,
    use_confirmations,
)
from okpay.identity.actions.payment_passwords import (
    acceptable_payment_password,
    change_payment_password,
    set_payment_password,
)
from okpay.identity.actions.phones import claim_phone, prove_phone
from okpay.identity.actions.profiles import (
    open_user,
    readable_name,
    set_language,
    set_mailed_code,
    set_names,
    set_phrase,
)
from okpay.identity.actions.questions import answer_questions
from okpay.identity.actions.recovery import ask_for_recovery, clear_abandoned, take_recovery_requests

__all__ = [
    "acceptable_payment_password",
    "answer_questions",
    "ask_for_recovery",
    "change_payment_password",
    "check_api_key",
    "claim_phone",
    "clear_abandoned",
    "clear_confirmations",
    "confirm_payment",
    "confirm_payment_by",
    "create_api_key",
    "forget_device",
    "lock",
    "note_api_key_uses",
    "note_proven_email",
    "open_user",
    "prove_email",
    "prove_phone",
    "readable_name",
    "remember_device",
    "revoke_api_key",
    "set_language",
    "set_mailed_code",
    "set_names",
    "set_payment_password",
    "set_phrase",
    "take_recovery_requests",
    "unlock",
    "use_confirmations",
]
