"""Errors say what the tool would have said, as a line, as kubectl prints it, and as a Status object."""

from __future__ import annotations

import inspect

import pytest

from kdisco import errors
from kdisco.errors import ApiError, Invalid, KdiscoError, NotFound, UsageError

CODES = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "Conflict": 409,
    "AlreadyExists": 409,
    "Expired": 410,
    "TooLarge": 413,
    "Invalid": 422,
    "Unprocessable": 422,
    "InternalError": 500,
    "ServerError": 500,
    "ApiError": 500,
    "Timeout": 504,
}


def test_every_api_error_has_its_code_and_reason() -> None:
    found = {name: cls for name, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, ApiError)}
    assert {name: cls.status for name, cls in found.items()} == CODES
    other = {
        "ApiError": "InternalError",
        "ServerError": "",
        "TooLarge": "RequestEntityTooLarge",
        "Unprocessable": "Invalid",
    }
    assert all(cls.reason == other.get(name, name) for name, cls in found.items())
    assert {*found, "KdiscoError", "UsageError"} == {*errors.__all__}


def test_a_status_object_is_what_the_server_sends() -> None:
    error = NotFound('services "web" not found', {"name": "web", "kind": "services"})
    assert error.to_dict() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'services "web" not found',
        "reason": "NotFound",
        "details": {"name": "web", "kind": "services"},
        "code": 404,
    }
    assert str(error) == 'Error from server (NotFound): services "web" not found'
    assert "details" not in ApiError("x").to_dict()


ONE = ("FieldValueRequired", "spec.a", "Required value")
TWO = ("FieldValueRequired", "spec.b", "Required value")


def test_one_cause_stands_on_the_line_several_stand_below() -> None:
    assert str(Invalid("Service", "", "w", [ONE])) == 'The Service "w" is invalid: spec.a: Required value'
    several = Invalid("Deployment", "apps", "w", [ONE, TWO])
    assert several.message == 'Deployment.apps "w" is invalid: [spec.a: Required value, spec.b: Required value]'
    assert str(several) == 'The Deployment "w" is invalid: \n* spec.a: Required value\n* spec.b: Required value'
    assert several.details["group"] == "apps"


def test_the_same_words_are_said_once_but_every_cause_is_listed() -> None:
    error = Invalid("Service", "", "w", [ONE, ONE])
    assert error.message == 'Service "w" is invalid: spec.a: Required value'
    assert str(error) == f"The {error.message}"
    assert len(error.details["causes"]) == 2


@pytest.mark.parametrize("error", [UsageError("a line"), NotFound("a line")])
def test_a_notebook_shows_words_and_no_traceback(error: KdiscoError) -> None:
    assert error._render_traceback_() == [str(error)]
    assert "a line" in str(error)


def test_a_wrong_argument_is_a_value_error_too() -> None:
    assert issubclass(UsageError, ValueError)


def test_an_error_without_a_reason_has_none_to_show() -> None:
    error = errors.ServerError("resourceVersion should not be set on objects to be created")
    assert str(error) == f"Error from server: {error.message}"
    assert error.to_dict() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": error.message,
        "code": 500,
    }


def test_an_internal_error_gives_its_cause() -> None:
    error = errors.InternalError("Internal error occurred: failed to allocate a serviceIP: range is full")
    assert error.details == {"causes": [{"message": "failed to allocate a serviceIP: range is full"}]}
