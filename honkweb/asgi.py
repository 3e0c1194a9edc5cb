"""What uvicorn serves: pages and the API through Django, sockets through the consumers."""

from __future__ import annotations

import os
import warnings
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "honkweb.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

pages: Any = get_asgi_application()  # sets Django up; what follows imports records

from honkweb.bounded import BoundedBody  # noqa: E402 - needs the line above
from reviews import consumers  # noqa: E402 - the same

# The files of the pages, which WhiteNoise gives to Django as they lie: small, and read at once.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")


async def lifespan(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ARG001
    """Nothing to open or close; a server that asks is told so instead of meeting an exception."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = ProtocolTypeRouter(
    {"http": BoundedBody(pages), "websocket": URLRouter(consumers.routes), "lifespan": lifespan}
)
