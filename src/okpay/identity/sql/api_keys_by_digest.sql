SELECT k.digest, k.id, k.user_id, k.name, k.hint, k.scopes::text[], k.networks::text[], k.created_at, k.expires_at,
    k.last_used_at, coalesce(host(k.last_used_from), ''), k.revoked_at, k.changed_at,
    u.locked_at IS NOT NULL OR NOT u.is_active
FROM identity_api_key k JOIN identity_user u ON u.id = k.user_id
WHERE k.digest = ANY(%s::bytea[]) AND k.revoked_at IS NULL
