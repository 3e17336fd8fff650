UPDATE movements_movement m
   SET state = u.state, reason = u.reason, turn = u.turn, next_step = u.next_step, deadline_at = u.deadline_at,
       payee_id = coalesce(u.payee_id, m.payee_id), events = u.sequence, changed_at = u.at
  FROM unnest(%s::uuid[], %s::smallint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::uuid[],
              %s::smallint[], %s::timestamptz[])
       u (id, state, reason, turn, next_step, deadline_at, payee_id, sequence, at)
 WHERE m.id = u.id AND m.events = u.sequence - 1
