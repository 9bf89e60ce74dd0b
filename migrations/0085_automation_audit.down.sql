alter table audit_log drop constraint audit_log_action_valid;
-- Not valid, because what was logged since stays logged.
alter table audit_log add constraint audit_log_action_valid check (
    action in (
        'create', 'update', 'delete', 'login', 'logout', 'publish', 'pause', 'resume', 'adopt', 'roll_back', 'import',
        'refuse', 'revoke', 'rotate', 'invite', 'accept', 'kill'
    )
) not valid;
