"""End the sessions of a user on other devices."""

from __future__ import annotations

from uuid import UUID

from allauth.usersessions.models import UserSession
from django.http import HttpRequest


def end_other_sessions(request: HttpRequest, user_id: UUID) -> None:
    """Sign a user out everywhere but in the browser that asks."""
    others = UserSession.objects.filter(user_id=user_id)
    for session in others.exclude(session_key=request.session.session_key):
        session.end()
