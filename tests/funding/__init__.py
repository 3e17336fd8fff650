"""Tests of okpay.funding."""
