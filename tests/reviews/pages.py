"""Browsers at the pages, and the forms they send."""

from __future__ import annotations

from django.test import Client

from reviews.models import Person


def page_of(client: Client, person: Person) -> Client:
    client.force_login(person)
    return client
