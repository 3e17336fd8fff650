"""Money from one person to another: to an e-mail address or a phone number, whoever it turns out to be.

Owns drafts, what waits for whom, and whom somebody has sent to before. Promises that a request is one transfer however
often it is asked for; that a transfer which cannot arrive yet is held, says why, and arrives by itself when the cause
has gone, comes back at its deadline, or can be cancelled until then; and that of these exactly one happens. The money
moves in the ledger, what people read stands in movements, fees come from pricing.
"""
