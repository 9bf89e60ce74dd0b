-- Limits of calls that platforms do not tell of hold for an app, whichever process or tenant uses it: counted together.
create table call_log (
    subject text constraint call_log_pkey primary key,
    log jsonb not null default '{}',
    changed_at timestamptz not null default now(),
    constraint call_log_log_valid check (jsonb_typeof(log) = 'object')
);

comment on table call_log is 'What was taken from a limit of a platform, by all processes together; no tenant''s';
comment on column call_log.subject is 'The limit: platform, app or customer, endpoint';
comment on column call_log.log is 'Calls with the times up to which they were made, in milliseconds since 1970';

alter table call_log enable row level security;
alter table call_log force row level security;
create policy everybodys on call_log to placard_system using (true) with check (true);
grant select, insert, update, delete on call_log to placard_system;
