"""Which provider serves a channel here, by the settings."""

from __future__ import annotations

from django.conf import settings

from okpay.notifications.providers.mail import SmtpMail
from okpay.notifications.providers.protocol import Provider
from okpay.notifications.providers.sms import HttpSms
from okpay.notifications.records import Channel


def is_configured(channel: Channel) -> bool:
    """Tell whether this installation can send by a channel."""
    return bool(settings.MAIL_URL if channel is Channel.MAIL else settings.SMS_URL)


def provider_for(channel: Channel) -> Provider | None:
    """Return the provider of a channel, or None where none is configured."""
    if not is_configured(channel):
        return None
    if channel is Channel.MAIL:
        return SmtpMail(settings.MAIL_URL, settings.MAIL_FROM)
    return HttpSms(settings.SMS_URL, settings.SMS_KEY)
