"""Money into the wallet from outside: cards, and top-ups from them.

Owns which cards a customer has added, as the acquirer's token for each, and what was asked of the acquirer for a
top-up. Promises that a top-up is charged once however often it is asked for, that it is written down before the
acquirer is called, and that nobody gets money back or twice because an answer did not come. Never sees the number or
the security code of a card: the acquirer's own page takes them.
"""
