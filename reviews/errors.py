"""Every refusal a person can meet: a code, a status for HTTP, whose fault, and whether to retry.

Services raise these; views, the API, sockets and commands only translate them.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Fault = Literal["user", "agent", "platform"]


class ReviewError(Exception):
    """A sentence for a person, with what a program needs beside it."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    fault: ClassVar[Fault] = "user"
    retry: ClassVar[bool] = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.slug = code or self.code

    def as_json(self) -> dict[str, str | bool]:
        """The shape of an API error body."""
        return {
            "code": self.slug,
            "message": self.message,
            "fault": self.fault,
            "retry": self.retry,
        }


class Malformed(ReviewError):
    """The request itself cannot be read."""

    code, status = "malformed", 400


class WhoAreYou(ReviewError):
    """No credentials, or none that stand for anybody."""

    code, status = "unauthorized", 401

    def __init__(self, message: str = "Send `Authorization: Bearer` with your token.") -> None:
        super().__init__(message)


class TooLarge(ReviewError):
    """More than is read at all."""

    code, status = "too_large", 413

    def __init__(self, limit: int) -> None:
        """limit: bytes that the address takes."""
        super().__init__(
            f"That is more than this address takes: {limit:,} bytes ({limit >> 20} MiB) at most."
        )


class NotAllowed(ReviewError):
    """The person may see it but may not do this."""

    code, status = "not_allowed", 403


class NotThere(ReviewError):
    """It does not exist, or not for the asker; the two are never told apart."""

    code, status = "not_found", 404

    def __init__(self, message: str = "There is nothing here that you may see.") -> None:
        super().__init__(message)


class Stale(ReviewError):
    """What was judged is not what stands now; the fresh state goes with the answer."""

    code, status, retry = "stale", 409, True


class TooFast(Stale):
    """Somebody else moved the change first."""

    code = "somebody_was_faster"


class TooOften(ReviewError):
    """Sent again before it can say anything new; to be sent once more a second later."""

    code, status, retry = "too_often", 429, True


class Refused(ReviewError):
    """Understood, allowed, and still not possible; the sentence says what to do instead."""


class PlatformTrouble(ReviewError):
    """Our own machinery failed; trying again later can help."""

    code, status, fault, retry = "platform", 503, "platform", True


class Unexpected(PlatformTrouble):
    """A fault of ours that nobody foresaw; its details are in the log, never in the answer."""

    code, status = "internal", 500

    def __init__(
        self,
        message: str = "Something went wrong on our side. Nothing that was kept is lost; "
        "try again, and tell your administrator if it stays.",
    ) -> None:
        super().__init__(message)
