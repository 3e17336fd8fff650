"""Tests of the pages for cards and top-ups, with the sandbox as the acquirer."""
