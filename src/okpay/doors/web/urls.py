"""The addresses of the public pages."""

from django.urls import path

from okpay.doors.web.views import book, countries, error_samples, fees, pages, preferences

urlpatterns = [
    path("", pages.home, name="home"),
    path("fees", fees.fees, name="fees"),
    path("countries", countries.index, name="countries"),
    path("countries/<str:code>", countries.one, name="country"),
    path("help", pages.help_centre, name="help"),
    path("security", pages.security, name="security"),
    path("terms", pages.terms, name="terms"),
    path("privacy", pages.privacy, name="privacy"),
    path("complaints", pages.complaints, name="complaints"),
    path("book", book.accounts, name="book"),
    path("book/", book.with_slash, name="book_slash"),
    path("book/accounts/<int:account_id>", book.account, name="book_account"),
    path("book/entries/<uuid:entry_id>", book.entry, name="book_entry"),
    path("book/trial-balance", book.trial_balance, name="book_trial_balance"),
    path("book/seals", book.seals, name="book_seals"),
    path("design/errors/<int:status>", error_samples.error_sample, name="design_error"),
    path("preferences", preferences.preferences, name="preferences"),
    path("robots.txt", pages.robots, name="robots"),
]
