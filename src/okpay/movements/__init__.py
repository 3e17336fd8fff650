"""Every movement of money as people meet it, whatever its kind: state, parties, whose turn it is, and its timeline.

Owns movements, their events and one line for each party. Promises that what people read of a movement was written in
the transaction that moved the money, that a movement goes from state to state only as `records.NEXT_STATES` says, and
that none is pending without whose turn it is, what comes next, and a deadline. Moves no money itself, and knows nothing
of cards, addresses or merchants: each kind has a room above that keeps what is its own.
"""
