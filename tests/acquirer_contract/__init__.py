"""One contract for whoever speaks to the acquirer: our own module, and Stripe's official library in our words.

Where both say the same of the same acquirer, our module reads the wire as its inventors do, and the sandbox writes it
so.
"""
