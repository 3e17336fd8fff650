"""The services that charge cards, behind one protocol. Never called inside a transaction."""
