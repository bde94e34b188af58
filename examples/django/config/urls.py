"""Which view answers which path."""

from django.urls import path
from guestbook import views

urlpatterns = [
    path("", views.home),
    path("entries", views.entries),
    path("slow", views.slow),
    path("stream", views.stream),
    path("api/v1/test", views.health),
]
