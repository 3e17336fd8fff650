"""Security questions: kept hashed, and never enough alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password

from okpay.identity.errors import InvalidProfile
from okpay.identity.models import SecurityAnswer
from okpay.identity.records import SHORTEST_ANSWER, SecurityQuestion


def answer_questions(*, user_id: UUID, answers: Mapping[SecurityQuestion, str], now: datetime) -> None:
    """Replace a user's answers, hashed as passwords are; case, accents' form and spaces do not count.

    Raises: InvalidProfile `answer_too_short`.
    """
    said = {question: _plain(answer) for question, answer in answers.items()}
    if any(len(answer) < SHORTEST_ANSWER for answer in said.values()):
        raise InvalidProfile("answer_too_short", field="answer")
    SecurityAnswer.objects.filter(user_id=user_id).delete()
    SecurityAnswer.objects.bulk_create(
        SecurityAnswer(
            user_id=user_id, question=question.value, answer_hash=make_password(answer), answered_at=now
        )
        for question, answer in said.items()
    )


def _plain(answer: str) -> str:
    return "".join(unicodedata.normalize("NFKC", answer).casefold().split())
