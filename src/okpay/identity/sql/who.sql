-- Whose these addresses are, proven or claimed, and what they and these users are called.
SELECT f.kind, f.address, f.is_proven, u.id, u.legal_name, u.display_name, u.language
FROM (
    SELECT 'email' AS kind, e.email AS address, e.verified AS is_proven, e.user_id
    FROM account_emailaddress e WHERE e.email = ANY (%s)
    UNION ALL
    SELECT 'phone', p.number, p.proven_at IS NOT NULL, p.user_id
    FROM identity_phone p WHERE p.number = ANY (%s)
    UNION ALL
    SELECT '', '', true, a.id FROM unnest(%s::uuid[]) AS a (id)
) f
JOIN identity_user u ON u.id = f.user_id
