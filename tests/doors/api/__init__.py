"""Tests of the API, over real HTTP against the application as it is served."""
