"""The keys of one issuer, and how fresh they are."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, Literal

from .compact import Header
from .contract import Discovery, Issuer, JwksUri, Pinned
from .fetch import FetchError, FetchJson, is_fetchable
from .key_set import Key, KeySet, read_key_set, select_key
from .refusal import Refusal

#: After a fetch, the same cause brings no other for this long: made-up tokens must not become a storm.
COOLDOWN_SECONDS: Final = 10.0
#: The same where no keys are held yet.
FIRST_COOLDOWN_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)

Cause = Literal["age", "kid", "signature"]


class IssuerKeys:
    """Fetched one flight at a time, refreshed by age beside the requests, and kept for a while when the issuer is down."""

    def __init__(self, issuer: Issuer, fetch_json: FetchJson, now: Callable[[], float]) -> None:
        self._issuer = issuer
        self._fetch_json = fetch_json
        self._now = now
        pinned = isinstance(issuer.keys, Pinned)
        self._held = read_key_set(issuer.keys.jwks.keys) if isinstance(issuer.keys, Pinned) else None
        self._is_pinned = pinned
        self._fetched_at = 0.0
        self._count = 0
        self._attempted_at: dict[Cause, float] = {}
        self._flight: asyncio.Task[None] | None = None

    async def find(self, header: Header) -> Key:
        """The key for a header. Raises what `select_key` does, and for what a fetch might have cured `keys_unavailable`
        (none could ever be had) or `keys_stale`: those two are our fault."""
        if self._is_pinned:
            return select_key(self._held_or_refused(self._held), header)
        current = self._usable()
        if current is not None and (header.kid is None or header.kid in current.by_kid):
            return select_key(current, header)
        return await self._find_after_fetch(header)

    async def replacement(self, key: Key, header: Header) -> Key | None:
        """The key that has taken the place of one whose signature did not hold; `None` where it has not."""
        if self._is_pinned or self._now() - self._fetched_at < COOLDOWN_SECONDS:
            return None
        before = self._count
        await self._refresh("signature")
        if self._count == before or self._held is None:
            raise _stale("the signature does not hold")
        current = select_key(self._held, header)
        return None if current.identity == key.identity else current

    def refresh_if_due(self) -> None:
        """Starts a fetch where the keys have come of age, to run beside the decision."""
        if not self._is_pinned and self._held is not None and self._age() >= self._issuer.max_key_age_seconds:
            self._start("age")

    async def _find_after_fetch(self, header: Header) -> Key:
        # A flight begun before this request may have set off before the key was published: after it, one of its own.
        if self._flight is not None:
            await asyncio.wait([self._flight])
        current = self._usable()
        if current is not None and (header.kid is None or header.kid in current.by_kid):
            return select_key(current, header)
        before = self._count
        await self._refresh("age" if current is None else "kid")
        current = self._held_or_refused(self._usable())
        if self._count != before or header.kid in current.by_kid:
            return select_key(current, header)
        raise _stale('the header\'s "kid" is unknown')

    def _usable(self) -> KeySet | None:
        # Keys not yet due for a refresh are not stale, so that a maxKeyStaleSeconds of 0 means no longer than their age.
        serves = max(self._issuer.max_key_age_seconds, self._issuer.max_key_stale_seconds)
        return self._held if self._age() < serves else None

    def _held_or_refused(self, keys: KeySet | None) -> KeySet:
        if keys is not None:
            return keys
        if self._held is not None:
            raise _stale("the issuer's keys are past their time")
        raise Refusal("keys_unavailable", "the issuer's keys could not be fetched")

    def _age(self) -> float:
        return self._now() - self._fetched_at

    async def _refresh(self, cause: Cause) -> None:
        flight = self._start(cause)
        if flight is not None:
            # One request that is broken off does not break off the fetch that others wait for.
            await asyncio.wait([flight])

    def _start(self, cause: Cause) -> asyncio.Task[None] | None:
        """Fetches, or joins the fetch under way; `None` within the cooldown."""
        if self._flight is not None:
            return self._flight
        now = self._now()
        cooldown = FIRST_COOLDOWN_SECONDS if self._held is None else COOLDOWN_SECONDS
        if now - self._attempted_at.get(cause, float("-inf")) < cooldown:
            return None
        self._attempted_at[cause] = now
        self._flight = asyncio.create_task(self._fly(now))
        return self._flight

    async def _fly(self, started_at: float) -> None:
        try:
            document = await self._fetch_json(await self._jwks_uri())
            fresh = read_key_set(document.get("keys"))
            if fresh is None:
                raise ValueError("the key set has no usable key")
            if started_at >= self._fetched_at:
                self._held, self._fetched_at = fresh, started_at
                self._count += 1
                # Age itself spaces the refreshes that succeed; the cooldown is for those that fail.
                self._attempted_at.pop("age", None)
        except (FetchError, ValueError) as error:
            # Who asks for a key is told that there is none; what went wrong is for who runs the service.
            _log.warning("keys of %s: %s", self._issuer.name, error)
        finally:
            self._flight = None

    async def _jwks_uri(self) -> str:
        """OpenID Connect Discovery 1.0 section 4.3: the document's `issuer` must be the configured one, byte for byte."""
        keys = self._issuer.keys
        if isinstance(keys, JwksUri):
            return keys.jwks_uri
        if not isinstance(keys, Discovery):
            raise ValueError("pinned keys are not fetched")
        document: dict[str, Any] = await self._fetch_json(keys.discovery)
        uri = document.get("jwks_uri")
        if document.get("issuer") != self._issuer.iss or not isinstance(uri, str):
            raise ValueError("the discovery document is another issuer's, or names no keys")
        if keys.discovery.startswith("https:") and not (uri.startswith("https:") and is_fetchable(uri)):
            raise ValueError('the discovery document names a "jwks_uri" that is not https')
        return uri


def _stale(what: str) -> Refusal:
    return Refusal("keys_stale", f"{what}, and the issuer's keys could not be fetched just now")
