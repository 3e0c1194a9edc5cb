"""All routes: pages, API, sockets are wired in asgi.py."""

from __future__ import annotations

from django.urls import include, path

from reviews.views import accounts, assets, health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("static/<path:path>", assets.other_version),
    path("", include("reviews.urls")),
    path("sign-in/<str:token>/", accounts.sign_in, name="sign_in"),
    path("accounts/", include(accounts.routes)),
]
handler400 = "reviews.http.bad_request"
handler403 = "reviews.http.denied"
handler404 = "reviews.http.not_found"
handler500 = "reviews.http.trouble"
