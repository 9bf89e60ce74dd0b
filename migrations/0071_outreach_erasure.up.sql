-- A person can be forgotten: what was said to how many stays, to whom goes. What a channel answers may name an address,
-- so the store keeps no word of it that could be one.
alter table enrolment alter column recipient drop not null;
alter table enrolment add column erased_at timestamptz;
alter table enrolment add constraint enrolment_sealed_until_erased check ((recipient is null) = (erased_at is not null));
alter table enrolment drop constraint enrolment_stop_reason_valid;
alter table enrolment add constraint enrolment_stop_reason_valid check (
    stop_reason in (
        'reply', 'bounce', 'unsubscribe', 'complaint', 'suppressed', 'consent_withdrawn', 'refused', 'gave_up',
        'manual', 'erased'
    )
);
create index enrolment_ended_idx on enrolment (tenant_id, updated_at)
    where status in ('rejected', 'stopped', 'finished');

comment on column enrolment.recipient is
    'Address and what is known of the recipient, a document sealed by the vault; null once erased';
comment on column enrolment.address_hash is 'HMAC-SHA256 of the address in lower case; random once erased';
comment on column enrolment.erased_at is 'When the person was forgotten, on request or because it was long ago';
