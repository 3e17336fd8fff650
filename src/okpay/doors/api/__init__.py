"""The door of programs: `/v1`, JSON over HTTP, for whoever has an API key.

An ASGI application of its own, in the same process as the pages. Each operation is a row of a table
(`operations.py`): the router, the checks, the OpenAPI document and its examples are made from it. What moves money is
handed to the batcher without waiting for a thread; what only reads is done on a few threads. The door knows HTTP and
JSON; what may be done is decided by the rooms. See docs/decisions/0022-the-api.md.
"""
