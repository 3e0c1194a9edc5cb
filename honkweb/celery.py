"""The Celery app: carries the ids of claimable runs, and of rounds to colour, to workers.

A message is a doorbell. It may be lost, doubled or late: the rows say whether there is something
to do, and the sweep, or the round's next reader, rings again. So messages are acknowledged early,
no result is kept, and whatever makes Celery clever about lost work is off.
"""

from __future__ import annotations

import logging
import os
import warnings
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "honkweb.settings")

from celery import Celery, signals
from celery.exceptions import SecurityWarning
from django.conf import settings
from kombu import Queue

from honkweb import broker, leash

EMBEDDED = "filesystem://"
READY_FD = "HONK_READY_FD"  # number of a pipe that wants to hear when the worker listens
# A broker that does not answer costs one short wait; these bound each step of it.
PATIENCE = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
# Root is warned of messages that run code; only JSON is taken here.
warnings.filterwarnings("ignore", category=SecurityWarning)


def _broker() -> dict[str, Any]:
    """Address and options of the broker."""
    url = settings.CELERY_BROKER_URL
    if url.startswith(EMBEDDED):
        options = broker.prepare(settings.HONK_DATA / "broker")
        return {
            "broker_url": "honkfiles://localhost",
            "broker_transport_options": options | PATIENCE,
        }
    options = dict(PATIENCE)
    if url.startswith(("redis", "rediss")):
        options |= {
            "visibility_timeout": 6 * 3600,
            "socket_connect_timeout": 2,
            "socket_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 25,
        }
    return {"broker_url": url, "broker_transport_options": options}


app = Celery("honkweb")
app.conf.update(
    **_broker(),
    broker_connection_timeout=2,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_heartbeat=30,
    task_queues=[Queue("agent"), Queue("work")],
    task_default_queue="work",
    task_create_missing_queues=False,
    task_ignore_result=True,
    task_acks_late=False,
    task_serializer="json",
    accept_content=["json"],
    result_accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_disable_prefetch=settings.CELERY_BROKER_URL.startswith("redis"),
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_max_tasks_per_child=200,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    timezone="UTC",
    enable_utc=True,
)
app.set_default()
app.autodiscover_tasks(["reviews"])


@signals.setup_logging.connect
def _keep_our_logging(**_kwargs: Any) -> None:
    """Django has set logging up; with a listener here Celery leaves it alone.

    uvicorn serves the forwarders here; of a web process it may say what it likes.
    """
    for talkative in ("celery", "kombu", "uvicorn.error"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


@signals.worker_ready.connect
def _say_ready(**_kwargs: Any) -> None:
    """Tell the process beside us that runs are taken from now on."""
    pipe = os.environ.get(READY_FD, "")
    if pipe:
        os.write(int(pipe), b"!")


@signals.worker_process_init.connect
def _settle(**_kwargs: Any) -> None:
    """In each pool process: die with the worker."""
    leash.die_with_parent()
