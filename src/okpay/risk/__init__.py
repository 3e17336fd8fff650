"""May this movement happen now? Judges a neutral record of what is proposed, before it happens.

Owns the rules and the decision point that every kind of movement goes through. Promises a decision for each proposal,
with reasons as codes, from what is written and nothing else. Moves nothing and stops nothing by itself: the room that
asks obeys. Limits are the ledger's, freezes the ledger accounts'; what is watched afterwards is not its business.
"""
