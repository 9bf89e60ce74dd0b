-- One row for each message to somebody. It is committed before the message is handed over, so that none goes out twice.
create table outreach_delivery (
    tenant_id uuid not null,
    id uuid not null,
    campaign_id uuid not null,
    enrolment_id uuid not null,
    step smallint not null,
    status text not null,
    attempts smallint not null default 1,
    intended_at timestamptz not null,
    answered_at timestamptz,
    answer text,
    replied_at timestamptz,
    constraint outreach_delivery_pkey primary key (tenant_id, id),
    constraint outreach_delivery_once unique (tenant_id, campaign_id, enrolment_id, step),
    constraint outreach_delivery_enrolment_fkey foreign key (tenant_id, enrolment_id)
        references enrolment (tenant_id, id) on delete cascade,
    constraint outreach_delivery_status_valid
        check (status in ('intended', 'handed_over', 'deferred', 'refused', 'unknown', 'bounced')),
    constraint outreach_delivery_step_valid check (step between 0 and 9),
    constraint outreach_delivery_attempts_positive check (attempts > 0)
);

create index outreach_delivery_enrolment_idx on outreach_delivery (tenant_id, enrolment_id, status);

comment on table outreach_delivery is 'Messages, each an intent before it is anything else';
comment on column outreach_delivery.id is 'Random; it stands in the Message-ID and in the address for replies';
comment on column outreach_delivery.answer is 'What the channel said last';

select guard_tenant_table('outreach_delivery');

create table outreach_sent (
    tenant_id uuid not null,
    scope uuid not null,
    day date not null,
    sent integer not null default 0,
    constraint outreach_sent_pkey primary key (tenant_id, scope, day),
    constraint outreach_sent_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint outreach_sent_counted check (sent >= 0)
);

comment on table outreach_sent is 'How many messages went out on a day; a row is locked while its cap is looked at';
comment on column outreach_sent.scope is 'A campaign, whose day is that of its zone, or the tenant, whose day is in UTC';

select guard_tenant_table('outreach_sent');
