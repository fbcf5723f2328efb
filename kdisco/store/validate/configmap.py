"""What ConfigMaps must be. Upstream: pkg/apis/core/validation ValidateConfigMap, ValidateConfigMapUpdate."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from kdisco.model.configmap import ConfigMap
from kdisco.store.field import Cause, forbidden, invalid, too_long

__all__ = ["config_map"]

MOST_BYTES = 1024 * 1024
KEY_LENGTH = 253
KEY = "[-._a-zA-Z0-9]+"
KEY_WORDS = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    f"or 'key-name', regex used for validation is '{KEY}')"
)
FIXED = "field is immutable when `immutable` is set"


def config_map(new: ConfigMap, old: ConfigMap | None) -> Iterator[Cause]:
    """Keys that can be file names, a mebibyte in all, and no change of what is immutable."""
    if old is not None and old.immutable:
        yield from _fixed(new, old)
    for field, pairs in (("data", new.data), ("binaryData", new.binary_data)):
        for key in sorted(pairs):
            yield from (invalid(f"{field}[{key}]", key, words) for words in _problems(key))
            if field == "data" and key in new.binary_data:
                yield invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    size = sum(len(value.encode()) for value in new.data.values())
    if size + sum(len(base64.b64decode(value)) for value in new.binary_data.values()) > MOST_BYTES:
        yield too_long("", MOST_BYTES)


def _fixed(new: ConfigMap, old: ConfigMap) -> Iterator[Cause]:
    if not new.immutable:
        yield forbidden("immutable", FIXED)
    if new.data != old.data:
        yield forbidden("data", FIXED)
    if new.binary_data != old.binary_data:
        yield forbidden("binaryData", FIXED)


def _problems(key: str) -> Iterator[str]:
    if len(key) > KEY_LENGTH:
        yield f"must be no more than {KEY_LENGTH} bytes"
    if not re.fullmatch(KEY, key):
        yield KEY_WORDS
    if key in (".", ".."):
        yield f"must not be '{key}'"
    elif key.startswith(".."):
        yield "must not start with '..'"
