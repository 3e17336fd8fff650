"""The card acquirer over HTTP: the subset of Stripe's API that the wallet uses, and the events that it sends."""
