"""Every address of the program, door by door."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("okpay.doors.web.urls")),
    path("developers", include("okpay.doors.api.pages.urls")),
    path("design", include("okpay.doors.design.urls")),
]

handler400 = "okpay.doors.web.errors.bad_request"
handler403 = "okpay.doors.web.errors.forbidden"
handler404 = "okpay.doors.web.errors.not_found"
handler500 = "okpay.doors.web.errors.server_error"
