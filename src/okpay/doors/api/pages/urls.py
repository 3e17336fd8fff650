"""The addresses of the pages about the API."""

from django.urls import path

from okpay.doors.api.pages import views

urlpatterns = [
    path("", views.first_steps, name="developers"),
    path("/reference", views.reference, name="developer_reference"),
    path("/errors", views.errors, name="developer_errors"),
    path("/errors/<str:code>", views.error, name="developer_error"),
]
