"""The one bounded fetch of discovery documents and key sets."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx

from .strict_json import parse_object

#: One fetch, headers to last byte.
TIMEOUT_SECONDS: Final = 1.5
MAX_BYTES: Final = 256 * 1024

FetchJson = Callable[[str], Awaitable[dict[str, Any]]]


class FetchError(Exception):
    """Why a document could not be had: the host, and what went wrong."""


def is_fetchable(address: str) -> bool:
    """https, or http on a loopback address, without a user name."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return False
    return not url.userinfo and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host)))


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def fetch_json(address: str) -> dict[str, Any]:
    """GETs a JSON object. Raises `FetchError` for another status than 200, a redirect, 256 KiB, 1.5 s, or no JSON object."""
    if not is_fetchable(address):
        raise FetchError(
            "keys are fetched over https alone (http on loopback), without a user name in the address"
        )
    url = httpx.URL(address)
    try:
        # What a proxy of the environment is for is not this machine.
        client = httpx.AsyncClient(trust_env=url.scheme == "https", timeout=TIMEOUT_SECONDS)
        headers = {"accept": "application/json"}
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            client,
            client.stream("GET", url, headers=headers) as response,
        ):
            body = await _read(response, url.host)
    except (httpx.HTTPError, TimeoutError) as error:
        raise FetchError(f"{url.host} could not be reached ({type(error).__name__})") from None
    value = parse_object(body)
    if value is None:
        raise FetchError(f"{url.host} did not answer with a JSON object")
    return value


async def _read(response: httpx.Response, host: str) -> bytes:
    if response.status_code != 200:
        raise FetchError(f"{host} answered {response.status_code}")
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchError(f"{host} answered with more than {MAX_BYTES} bytes")
    return bytes(body)
