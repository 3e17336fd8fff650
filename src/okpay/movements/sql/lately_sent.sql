SELECT m.id, m.kind, m.state, m.reason, m.turn, m.next_step, m.deadline_at, m.currency, m.amount_minor, m.fee_minor,
       m.payer_id, m.payee_id, m.payee_key, m.note, m.events, m.created_at, m.changed_at
  FROM unnest(%s::uuid[], %s::uuid[]) p (payer_id, payee_key)
 CROSS JOIN LATERAL (SELECT * FROM movements_movement s WHERE s.payer_id = p.payer_id AND s.payee_key = p.payee_key
                      ORDER BY s.created_at DESC LIMIT 20) m
