"""What the origins of repositories hold now: head and policy, read by a worker, shown by pages."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from agents.errors import AgentsError
from reviews.events import announce
from reviews.models import Repository
from reviews.services import place
from reviews.services.pin import note_policy, read_policy

CHECK_AGAIN = timedelta(minutes=5)
CHECK_LOCAL_AGAIN = timedelta(minutes=1)  # its fetch costs nobody's network


def check_repositories() -> None:
    """Read head and policy of repositories not looked at lately; slow, so never in the sweep."""
    now = timezone.now()
    due = Repository.objects.filter(is_active=True).filter(
        Q(checked_at__isnull=True)
        | Q(checked_at__lt=now - CHECK_AGAIN)
        | Q(checked_at__lt=now - CHECK_LOCAL_AGAIN, origin__startswith="/")
    )
    for repository in due[:20]:
        check_repository(repository)


def check_repository(repository: Repository) -> None:
    """Read head and policy now; what stands in the way is kept as a sentence."""
    try:
        mirror = place.mirror_of(repository)
        tip = place.fetch(repository, mirror)
        note_policy(repository, tip, read_policy(mirror, tip))
    except AgentsError as fault:
        Repository.objects.filter(pk=repository.pk).update(
            problem=str(fault), checked_at=timezone.now()
        )
    announce("repository", repository.pk)
