"""Tests of signing up, signing in and getting back in, through the pages and without a browser."""
