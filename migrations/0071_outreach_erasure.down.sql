delete from enrolment where recipient is null;
drop index enrolment_ended_idx;
update enrolment set stop_reason = 'manual' where stop_reason = 'erased';
alter table enrolment drop constraint enrolment_stop_reason_valid;
alter table enrolment add constraint enrolment_stop_reason_valid check (
    stop_reason in (
        'reply', 'bounce', 'unsubscribe', 'complaint', 'suppressed', 'consent_withdrawn', 'refused', 'gave_up',
        'manual'
    )
);
alter table enrolment drop constraint enrolment_sealed_until_erased;
alter table enrolment drop column erased_at;
alter table enrolment alter column recipient set not null;
comment on column enrolment.recipient is 'Address and what is known of the recipient, a document sealed by the vault';
comment on column enrolment.address_hash is 'HMAC-SHA256 of the address in lower case';
