"""One tree of errors: what went wrong, in the words of the tool that would have said it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "AlreadyExists",
    "ApiError",
    "BadRequest",
    "Conflict",
    "Expired",
    "Forbidden",
    "InternalError",
    "Invalid",
    "KdiscoError",
    "MethodNotAllowed",
    "NotFound",
    "ServerError",
    "Timeout",
    "TooLarge",
    "Unauthorized",
    "Unprocessable",
    "UsageError",
]


class KdiscoError(Exception):
    """Every error that kdisco raises on purpose. ``str(error)`` is one clear line or a kubectl list."""

    def _render_traceback_(self) -> list[str]:
        """Let IPython print the words alone: a traceback is never what a learner sees."""
        from kdisco.phrase import complaint  # noqa: PLC0415 - which knows of errors

        return [complaint(self)]


class UsageError(KdiscoError, ValueError):
    """A Python argument that cannot be meant: an unknown mode, a bad CIDR, a missing file."""


class ApiError(KdiscoError):
    """An API server's refusal.

    ``status`` is the HTTP code, ``reason`` the machine's word, ``message`` the server's words and
    ``details`` the Status object's details in API form. Upstream: apimachinery pkg/api/errors.
    """

    status: ClassVar[int] = 500
    reason: ClassVar[str] = "InternalError"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = dict(details or {})

    def to_dict(self) -> dict[str, Any]:
        """The Status object that the server sends."""
        body = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        body |= {"reason": self.reason} if self.reason else {}
        return body | ({"details": self.details} if self.details else {}) | {"code": self.status}

    def __str__(self) -> str:
        """What kubectl prints for this error."""
        return f"Error from server{f' ({self.reason})' if self.reason else ''}: {self.message}"


class BadRequest(ApiError):
    """400: the body is no object of this kind."""

    status, reason = 400, "BadRequest"


class Unauthorized(ApiError):
    """401: nobody knows who asks."""

    status, reason = 401, "Unauthorized"

    def __str__(self) -> str:
        """What kubectl prints when the server does not know the user."""
        return f"error: You must be logged in to the server ({self.message})"


class Forbidden(ApiError):
    """403: known, but not allowed."""

    status, reason = 403, "Forbidden"


class NotFound(ApiError):
    """404: no such object."""

    status, reason = 404, "NotFound"


class MethodNotAllowed(ApiError):
    """405: the resource has no such verb."""

    status, reason = 405, "MethodNotAllowed"


class Conflict(ApiError):
    """409: the object was changed by somebody else in between."""

    status, reason = 409, "Conflict"


class AlreadyExists(ApiError):
    """409: the name is taken."""

    status, reason = 409, "AlreadyExists"


class Expired(ApiError):
    """410: the history was compacted past this resourceVersion."""

    status, reason = 410, "Expired"


class Invalid(ApiError):
    """422: well-formed, but breaks a rule; ``details["causes"]`` lists each field."""

    status, reason = 422, "Invalid"

    def __init__(self, kind: str, group: str, name: str, causes: Iterable[tuple[str, str, str]]) -> None:
        listed = tuple(causes)
        bodies = list(dict.fromkeys(f"{field}: {words}" for _, field, words in listed))  # the same words once
        text = bodies[0] if len(bodies) == 1 else "[" + ", ".join(bodies) + "]"
        details: dict[str, Any] = {"name": name, "kind": kind} if kind or name else {}
        details |= {"group": group} if group else {}
        details["causes"] = [{"reason": reason, "message": words, "field": field} for reason, field, words in listed]
        super().__init__(f'{kind}{"." + group if group else ""} "{name}" is invalid: {text}', details)

    def __str__(self) -> str:
        """What kubectl prints: no error class, one cause on the line or one line each."""
        named = f'{self.details["kind"]} "{self.details["name"]}"' if "kind" in self.details else "request"
        head = f"The {named} is invalid: "
        causes = list(dict.fromkeys(f"{cause['field']}: {cause['message']}" for cause in self.details["causes"]))
        return head + causes[0] if len(causes) == 1 else head + "".join(f"\n* {cause}" for cause in causes)


class Unprocessable(ApiError):
    """422 without causes: a patch that is well-formed but cannot be carried out on this object."""

    status, reason = 422, "Invalid"

    def __str__(self) -> str:
        """What kubectl prints when the server names no field."""
        return f"The request is invalid: {self.message}"


class InternalError(ApiError):
    """500: the server could not do what is legal, an exhausted address range for one."""

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        cause = {"message": message.removeprefix("Internal error occurred: ")}
        super().__init__(message, details or {"causes": [cause]})


class ServerError(ApiError):
    """500 without a reason: an error from below the registry that nobody has put into the API's words."""

    status, reason = 500, ""


class Timeout(ApiError):
    """504: the server waited for what did not come, a resourceVersion of the future for one."""

    status, reason = 504, "Timeout"


class TooLarge(ApiError):
    """413: more than the server takes at once."""

    status, reason = 413, "RequestEntityTooLarge"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"Request entity is too large: {message}", details)
