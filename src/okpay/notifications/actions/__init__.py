"""What can be done to tell people. Each verb has a file; they are called through this package."""

from okpay.notifications.actions.deliver import deliver_once
from okpay.notifications.actions.forget import forget_old
from okpay.notifications.actions.inbox import mark_read, post_notice
from okpay.notifications.actions.invite import invite
from okpay.notifications.actions.queue import queue_mail, queue_sms

__all__ = ["deliver_once", "forget_old", "invite", "mark_read", "post_notice", "queue_mail", "queue_sms"]
