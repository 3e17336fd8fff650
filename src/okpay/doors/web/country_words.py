"""What the pages call the codes of a country pack."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from okpay.regions.records import Country, Disclosure, Document, Feature, Flow, Window

FEATURES: dict[Feature, Promise] = {
    Feature.TRANSFERS: _("Transfers to people"),
    Feature.TRANSFERS_ABROAD: _("Transfers abroad"),
    Feature.PAYMENTS: _("Payments to merchants"),
    Feature.BILLS: _("Bill payment"),
    Feature.CONVERSIONS: _("Conversion between currencies"),
    Feature.CARD_TOP_UPS: _("Top-up by card"),
    Feature.BANK_TOP_UPS: _("Top-up by bank transfer"),
    Feature.WITHDRAWALS: _("Withdrawal to a bank account"),
}
DOCUMENTS: dict[Document, Promise] = {
    Document.PASSPORT: _("Passport"),
    Document.IDENTITY_CARD: _("Identity card"),
    Document.DRIVING_LICENCE: _("Driving licence"),
    Document.RESIDENCE_PERMIT: _("Residence permit"),
    Document.UTILITY_BILL: _("Utility bill"),
    Document.BANK_STATEMENT: _("Bank statement"),
    Document.TAX_NOTICE: _("Tax notice"),
    Document.REGISTRATION_CERTIFICATE: _("Certificate of registered address"),
}
FLOWS: dict[Flow | None, Promise] = {
    Flow.SEND: _("Send"),
    Flow.RECEIVE: _("Receive"),
    Flow.TOP_UP: _("Top up"),
    Flow.WITHDRAW: _("Withdraw"),
    None: _("Largest balance"),
}
WINDOWS: dict[Window, Promise] = {
    Window.MOVEMENT: _("each time"),
    Window.DAY: _("a day"),
    Window.WEEK: _("a week"),
    Window.MONTH: _("a month"),
    Window.YEAR: _("a year"),
}
DISCLOSURES: dict[Disclosure, Promise] = {
    Disclosure.BALANCE_IS_NOT_A_DEPOSIT: _(
        "The balance is not a bank deposit, and no deposit insurance covers it."
    ),
    Disclosure.NOT_A_BANK: _("The operator is not a bank."),
    Disclosure.FEES_BEFORE_PAYMENT: _("Every fee is shown before a payment is confirmed."),
    Disclosure.EXCHANGE_RATE_BEFORE_PAYMENT: _(
        "The exchange rate and its margin are shown before a payment is confirmed."
    ),
    Disclosure.RECEIPT_OF_PAYMENT: _("Every payment has a receipt that can be kept."),
    Disclosure.ERROR_RESOLUTION: _(
        "How to report an error or a payment that one did not make, and by when it is answered."
    ),
    Disclosure.CANCELLATION_RIGHT: _("Until when a transfer can be cancelled and is paid back."),
    Disclosure.COMPLAINTS: _("Where to complain, and who decides when the operator does not."),
    Disclosure.PERSONAL_DATA: _("What personal data is kept, why, and for how long."),
}


def by_name(countries: Iterable[Country], language: str) -> list[Country]:
    """Return countries in the order in which people look for them: by name in their language, in Chinese by pinyin.

    Source: GB/T 2312-1980, whose common characters stand in the order of pinyin.
    """

    def key(country: Country) -> bytes:
        name = country.name(language)
        return name.encode("gb18030") if language.startswith("zh") else name.casefold().encode()

    return sorted(countries, key=key)
