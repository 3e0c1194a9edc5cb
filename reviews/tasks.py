"""What Celery calls: thin shells that hand an id to the service that does the work."""

from __future__ import annotations

from celery import shared_task

from reviews.services import identity

CARRY_OUT = "reviews.tasks.carry_out"
COLOUR = "reviews.tasks.colour"
COLOUR_SECONDS = 20.0  # a slot is taken from verifiers; what is left is rung for again


@shared_task(name=CARRY_OUT, ignore_result=True)
def carry_out(run_id: int) -> None:
    """Claim the run and carry it out; returns quietly when there is nothing to do."""
    from reviews.services import work  # heavy: only a worker's pool process needs it

    work.carry_out(run_id, identity.worker_name())


@shared_task(name=COLOUR, ignore_result=True)
def colour(round_id: int) -> None:
    """Lex what readers of the round will see, for a while; done twice it does nothing."""
    from reviews.services import colours

    colours.colour_round(round_id, COLOUR_SECONDS)
