"""Files on their way in by program: begin, pieces that survive a lost connection, finish; then a filing names the token.

As on the portal, whoever holds the random token owns the upload, and nobody needs an account. What a file may be, how
large, and how long it waits is `papers.uploads`' alone.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from huiyin.api.filings import Given
from huiyin.api.problems import MEDIA_TYPE, MisplacedPiece, documented
from huiyin.org import doorway
from huiyin.papers import content, uploads
from huiyin.papers.models import Upload

LARGEST_NUMBER = 2**53 - 1
MIB = 1024 * 1024
Token = Annotated[str, Path(max_length=64)]

router = Router(tags=["uploads"])


class GivenUpload(Given):
    """What is to come. The whole file is at most 50 MB; its kind must be one that the portal takes."""

    file_name: str = Field(min_length=1, description="With its ending: payslip.jpg")
    size: int = Field(ge=0, le=LARGEST_NUMBER, description="In bytes")


class UploadState(Schema):
    """Where an upload stands: go on at `received`; `is_ready` once it may be named in a filing or addition."""

    token: str
    file_name: str
    size: int
    received: int
    is_ready: bool


def _piece() -> dict[str, Any]:
    """The body of a piece and its refusals; where to go on stands in the 409."""
    extra = documented(400, 404, 422, 429)
    schema = MisplacedPiece.model_json_schema()
    extra["responses"][409] = {
        "description": "The piece doesn't begin where the upload stands; go on at `offset`",
        "content": {MEDIA_TYPE: {"schema": schema}},
    }
    extra["requestBody"] = {
        "required": True,
        "description": f"The bytes from `offset` on, at most {uploads.LARGEST_PIECE // MIB} MiB",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
    return extra


@router.post(
    "",
    operation_id="begin_upload",
    summary="Begin to upload a file",
    response={201: UploadState},
    openapi_extra=documented(400, 409, 422, 429),
)
def begin(request: HttpRequest, given: GivenUpload) -> Status[UploadState]:
    """Refused with 422 for a name, a kind or a size that can't be taken, with 409 while there is no room. An upload
    that no filing takes is deleted after 7 days."""
    doorway.upload(request)
    return Status(201, _state(uploads.begin(given.file_name, given.size)))


@router.put(
    "/{token}",
    operation_id="put_piece",
    summary="Send the next piece",
    response=UploadState,
    openapi_extra=_piece(),
)
def put_piece(
    request: HttpRequest, token: Token, offset: Annotated[int, Query(ge=0, le=content.LARGEST_FILE)]
) -> UploadState:
    """The piece is durable when this answers. After a lost answer ask where the upload stands, or send the piece again:
    the 409 then says where to go on."""
    return _state(uploads.put_piece(token, offset, cast(uploads.Readable, request)))


@router.get(
    "/{token}",
    operation_id="upload",
    summary="Where an upload stands",
    response=UploadState,
    openapi_extra=documented(404, 422),
)
def one(request: HttpRequest, token: Token) -> UploadState:
    """To resume: go on at `received`."""
    return _state(uploads.upload_of(token))


@router.post(
    "/{token}/finish",
    operation_id="finish_upload",
    summary="Finish an upload",
    response=UploadState,
    openapi_extra=documented(404, 409, 422),
)
def finish(request: HttpRequest, token: Token) -> UploadState:
    """The content is looked at: what is not what its name says is refused (422) and gone. Safe to call again."""
    return _state(uploads.finish(token))


@router.delete(
    "/{token}",
    operation_id="discard_upload",
    summary="Give an upload up",
    response={204: None},
    openapi_extra=documented(404, 422),
)
def discard(request: HttpRequest, token: Token) -> Status[None]:
    """What was sent is deleted at once."""
    uploads.upload_of(token)
    uploads.discard(token)
    return Status(204, None)


def _state(upload: Upload) -> UploadState:
    return UploadState(
        token=upload.token,
        file_name=upload.name,
        size=upload.size,
        received=upload.received,
        is_ready=bool(upload.media_type),
    )
