"""The S3-compatible store. Nothing but put, ranged get, delete and list is asked of it (docs: stack, Object
store).
"""

import threading
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from files.errors import FileDamaged, StoreUnavailable
from files.framing import Readable

# One part at a time in memory.
_TRANSFER = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20, use_threads=False)
_READ_SIZE = 64 * 1024
_bucket_ready: set[str] = set()
_lock = threading.Lock()


@lru_cache(maxsize=1)
def _client() -> Any:
    return boto3.client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT_URL or None,
        aws_access_key_id=settings.S3_ACCESS_KEY_ID or None,
        aws_secret_access_key=settings.S3_SECRET_ACCESS_KEY or None,
        region_name=settings.S3_REGION,
        config=Config(
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _ensure_bucket() -> str:
    bucket = str(settings.S3_BUCKET)
    with _lock:
        if bucket in _bucket_ready:
            return bucket
        try:
            _client().head_bucket(Bucket=bucket)
        except ClientError as error:
            if _status(error) != 404:
                raise
            try:
                _client().create_bucket(Bucket=bucket)
            except ClientError as raced:
                if _status(raced) != 409:  # another process was faster
                    raise
        _bucket_ready.add(bucket)
    return bucket


def put_object(key: str, stream: Readable) -> None:
    """Stream the bytes in; an error of `stream` leaves nothing behind. Raises StoreUnavailable."""
    try:
        _client().upload_fileobj(stream, _ensure_bucket(), key, Config=_TRANSFER)
    except (BotoCoreError, ClientError, boto3.exceptions.Boto3Error) as error:
        raise StoreUnavailable() from error


def delete_object(key: str) -> None:
    """Raises StoreUnavailable; an object that is gone already is no error."""
    try:
        _client().delete_object(Bucket=_ensure_bucket(), Key=key)
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable() from error


def get_range(key: str, start: int, end: int) -> Iterator[bytes]:
    """Bytes `start` to `end`, both included. The request is sent now, the body is read by the caller.

    Raises FileDamaged when the object is gone or too short, StoreUnavailable.
    """
    try:
        answer = _client().get_object(Bucket=_ensure_bucket(), Key=key, Range=f"bytes={start}-{end}")
    except ClientError as error:
        raise (FileDamaged() if _status(error) in {404, 416} else StoreUnavailable()) from error
    except BotoCoreError as error:
        raise StoreUnavailable() from error
    wanted = end - start + 1
    if answer.get("ContentRange", "").startswith(f"bytes {start}-"):
        before = 0
    elif answer["ResponseMetadata"]["HTTPStatusCode"] == 200:
        before = start  # the store gave the whole object
    else:
        raise StoreUnavailable()
    if answer["ContentLength"] < before + wanted:
        raise FileDamaged()
    return _cut(answer["Body"], before, wanted)


def _cut(body: Any, before: int, wanted: int) -> Iterator[bytes]:
    try:
        while before:
            skipped = body.read(min(before, _READ_SIZE))
            if not skipped:
                raise FileDamaged()
            before -= len(skipped)
        while wanted:
            part = body.read(min(wanted, _READ_SIZE))
            if not part:
                raise FileDamaged()
            wanted -= len(part)
            yield part
    except BotoCoreError as error:
        raise StoreUnavailable() from error
    finally:
        body.close()


def list_objects(prefix: str) -> Iterator[tuple[str, datetime]]:
    """(key, time of writing) of every object below the prefix. Raises StoreUnavailable."""
    try:
        pages = _client().get_paginator("list_objects_v2").paginate(Bucket=_ensure_bucket(), Prefix=prefix)
        for page in pages:
            for entry in page.get("Contents", ()):
                yield entry["Key"], entry["LastModified"]
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable() from error
