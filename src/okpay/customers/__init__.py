"""The person (later also the business) that the operator has a relation with, in one country, at a verification level.

Owns who is a customer, where, and at which level; chooses among the limits of the country pack by level, and has the
ledger count them for each flow. Promises one customer for each user, whoever asks at the same moment, with a wallet
in the country's currency and limits from the first instant on. Holds no money and no password, does not verify
anybody's identity, and does not enforce the ceiling of balances: rooms that add money to a wallet ask for it.
"""
