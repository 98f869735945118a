"""Who calls a FastAPI service, decided by Postern's access manifest: behind its authorizer, or by verifying tokens."""

from .caller import Caller, CallerOf, Guard, caller
from .guarded import GuardedRoute
from .install import install
from .refusal import Refusal

__all__ = ["Caller", "CallerOf", "Guard", "GuardedRoute", "Refusal", "caller", "install"]
