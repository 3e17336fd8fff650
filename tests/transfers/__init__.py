"""Tests of okpay.transfers."""
