create table pipeline (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    created_at timestamptz not null default now(),
    constraint pipeline_pkey primary key (tenant_id, id),
    constraint pipeline_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint pipeline_name_unique unique (tenant_id, name)
);

comment on table pipeline is 'A way that deals take';

select guard_tenant_table('pipeline');

create table pipeline_stage (
    tenant_id uuid not null,
    id uuid not null,
    pipeline_id uuid not null,
    position smallint not null,
    name text not null,
    kind text not null,
    probability smallint not null,
    constraint pipeline_stage_pkey primary key (tenant_id, id),
    constraint pipeline_stage_pipeline_fkey foreign key (tenant_id, pipeline_id)
        references pipeline (tenant_id, id) on delete cascade,
    constraint pipeline_stage_of_pipeline_unique unique (tenant_id, pipeline_id, id),
    constraint pipeline_stage_position_unique unique (tenant_id, pipeline_id, position),
    constraint pipeline_stage_name_unique unique (tenant_id, pipeline_id, name),
    constraint pipeline_stage_kind_valid check (kind in ('open', 'won', 'lost')),
    constraint pipeline_stage_probability_sensible check (
        case kind when 'won' then probability = 100 when 'lost' then probability = 0
            else probability between 0 and 99 end
    )
);

comment on table pipeline_stage is 'A station on a pipeline';
comment on column pipeline_stage.probability is 'How likely a deal that stands there is won, in percent';

select guard_tenant_table('pipeline_stage');
