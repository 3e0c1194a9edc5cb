"""What Celery calls: a thin shell that hands a run's id to the service that carries it out."""

from __future__ import annotations

from celery import shared_task

from reviews.services import identity

CARRY_OUT = "reviews.tasks.carry_out"


@shared_task(name=CARRY_OUT, ignore_result=True)
def carry_out(run_id: int) -> None:
    """Claim the run and carry it out; returns quietly when there is nothing to do."""
    from reviews.services import work  # heavy: only a worker's pool process needs it

    work.carry_out(run_id, identity.worker_name())
