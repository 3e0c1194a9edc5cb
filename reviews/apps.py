"""Start-up: who listens to the doorbells."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """The one app with records."""

    name = "reviews"

    def ready(self) -> None:
        from reviews import dispatch, live
        from reviews.events import listen

        listen(dispatch.on_doorbell)
        listen(live.on_doorbell)
