"""Tests of okpay.movements."""
