-- Logins of automation are validated, used and purged, which the audit log has no words for yet.
alter table audit_log drop constraint audit_log_action_valid;
alter table audit_log add constraint audit_log_action_valid check (
    action in (
        'create', 'update', 'delete', 'login', 'logout', 'publish', 'pause', 'resume', 'adopt', 'roll_back', 'import',
        'refuse', 'revoke', 'rotate', 'invite', 'accept', 'kill', 'validate', 'use', 'purge', 'archive', 'restore'
    )
);
