"""OKPay: a digital wallet that an operator hosts. Start at ARCHITECTURE.md."""
