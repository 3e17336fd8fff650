"""The addresses of the design system's own pages."""

from django.urls import path

from okpay.doors.design import views

urlpatterns = [
    path("", views.elements, name="design"),
    path("/wallet", views.wallet, name="design_wallet"),
]
