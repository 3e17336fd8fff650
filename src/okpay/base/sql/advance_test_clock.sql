UPDATE base_test_clock SET shift = shift + %s::interval
