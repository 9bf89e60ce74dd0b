create table campaign_section (
    tenant_id uuid not null,
    campaign_id uuid not null,
    section text not null,
    revision integer not null,
    document jsonb not null,
    valid boolean not null,
    diagnostics jsonb not null default '[]',
    author_id uuid,
    created_at timestamptz not null default now(),
    constraint campaign_section_pkey primary key (tenant_id, campaign_id, section, revision),
    constraint campaign_section_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id) on delete cascade,
    constraint campaign_section_author_fkey foreign key (author_id) references users,
    constraint campaign_section_name_valid check (
        section in ('goal', 'locations', 'audience', 'budget', 'schedule', 'copy', 'creatives', 'destination', 'platforms')
    ),
    constraint campaign_section_revision_positive check (revision > 0)
);

comment on table campaign_section is 'What the builder holds, section by section, every save a revision';
comment on column campaign_section.valid is 'Whether the section passes its JSON Schema';
comment on column campaign_section.diagnostics is 'What is wrong with it, with field paths';

select guard_tenant_table('campaign_section', 'select, insert');
