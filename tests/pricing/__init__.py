"""Fee schedules: what a wrong one says, which one is chosen, and what a movement costs."""
