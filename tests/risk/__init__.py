"""Tests of okpay.risk."""
