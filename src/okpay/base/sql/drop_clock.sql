DROP FUNCTION base_now_v1();
DROP TABLE base_test_clock;
DROP FUNCTION base_test_clock_only_forward_v1();
