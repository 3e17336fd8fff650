"""The book: accounts, journal entries, postings, holds, limit subjects; sealing and verification.

The only room where money moves, and in it the only place is the posting function. Knows no person, no country
and no kind of business: who owns an account, and what a movement is called, is decided above.
"""
