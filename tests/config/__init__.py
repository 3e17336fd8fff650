"""Tests of what puts the program together."""
