from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from access.actor import actor_of
from kernel.doors import ANYONE, SIGNED_IN
from kernel.errors import NotAllowed, NotAuthenticated


class DeclaredFunction(BasePermission):
    """Default deny: the action's declared function, or nothing."""

    def has_permission(self, request: Request, view: Any) -> bool:
        action = getattr(view, "action", None)
        if action is None:
            return True  # a method the route does not have: DRF answers 405
        function = view.functions.get(action)
        if function == ANYONE:
            return True
        if request.user is None or not request.user.is_authenticated:
            raise NotAuthenticated()
        if function is None:
            raise NotAllowed()
        if function != SIGNED_IN:
            actor_of(request).require(function)
        return True
