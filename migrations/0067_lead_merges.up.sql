create table lead_merge (
    tenant_id uuid not null,
    id uuid not null,
    winner_id uuid not null,
    loser_id uuid not null,
    winner_status text not null,
    merged_status text not null,
    merged_by text not null,
    merged_at timestamptz not null default now(),
    undone_by text,
    undone_at timestamptz,
    constraint lead_merge_pkey primary key (tenant_id, id),
    constraint lead_merge_winner_fkey foreign key (tenant_id, winner_id)
        references lead (tenant_id, id) on delete cascade,
    constraint lead_merge_loser_fkey foreign key (tenant_id, loser_id)
        references lead (tenant_id, id) on delete cascade,
    constraint lead_merge_undone_whole check ((undone_at is null) = (undone_by is null)),
    constraint lead_merge_winner_status_valid check (
        winner_status in ('disqualified', 'lost', 'new', 'contacted', 'qualified', 'won')
    ),
    constraint lead_merge_merged_status_valid check (
        merged_status in ('disqualified', 'lost', 'new', 'contacted', 'qualified', 'won')
    )
);

create unique index lead_merge_one_standing on lead_merge (tenant_id, loser_id) where undone_at is null;
create index lead_merge_winner_idx on lead_merge (tenant_id, winner_id);

comment on table lead_merge is 'Two leads that were found to be one person; one that was undone keeps them apart';
comment on column lead_merge.winner_status is 'Where the winner stood before';
comment on column lead_merge.merged_status is 'Where it stood then';

select guard_tenant_table('lead_merge');

create table lead_merge_moved (
    tenant_id uuid not null,
    merge_id uuid not null,
    kind text not null,
    row_id uuid not null,
    constraint lead_merge_moved_pkey primary key (tenant_id, merge_id, kind, row_id),
    constraint lead_merge_moved_merge_fkey foreign key (tenant_id, merge_id)
        references lead_merge (tenant_id, id) on delete cascade,
    constraint lead_merge_moved_kind_valid check (kind in ('touch', 'identity', 'deal', 'activity'))
);

comment on table lead_merge_moved is 'What a merge gave the winner, and its undoing gives back';

select guard_tenant_table('lead_merge_moved', 'select, insert, delete');
