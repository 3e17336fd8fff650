"""Signing up, signing in and getting back in: django-allauth's flows in our words, over the identity room.

allauth keeps the steps, the rate limits and the proofs; what is written about a person goes through
`okpay.identity.actions`, and what is sent goes through `okpay.notifications.actions`.
"""
