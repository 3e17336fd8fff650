-- The first movement that is pending in silence, or has ended and still waits for somebody.
SELECT id, state, turn, next_step, deadline_at FROM movements_movement
 WHERE (turn = 'nobody') <> (state >= 10) OR (next_step = '') <> (state >= 10) OR (deadline_at IS NULL) <> (state >= 10)
 ORDER BY id LIMIT 1
