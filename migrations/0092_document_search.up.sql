-- A search that asked for documents with any of its words ranked every one of them. Those that hold all words come first
-- anyhow, and they are few: the others are ranked only if there are too few of these. The tenant is compared in a way
-- that no index serves, because the words' index knows it already.
create or replace function open_document_search(target regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    mine constant text :=
        '(tenant_id = (select nullif(current_setting(''placard.tenant'', true), '''')::uuid)) is true';
begin
    execute format(
        'create function %1$s_having(wanted text) returns setof uuid
            language sql stable security definer set search_path = pg_catalog, pg_temp
            as %2$L',
        target, format('select id from %s where terms @@ wanted::tsquery and %s', target, mine)
    );
    execute format(
        'create function %1$s_found(every text, any_of text, words text, most bigint) returns setof uuid
            language plpgsql stable security definer rows 50 set search_path = pg_catalog, pg_temp
            as %2$L',
        target,
        format(
            'declare
                so_far bigint;
            begin
                return query
                    select id from %1$s where terms @@ every::tsquery and %2$s
                    order by updated_at desc, id desc limit most;
                get diagnostics so_far = row_count;
                if so_far < most and any_of <> every then
                    return query
                        select id from %1$s where terms @@ any_of::tsquery and not terms @@ every::tsquery and %2$s
                        order by ts_rank(terms, words::tsquery) desc, updated_at desc, id desc limit most - so_far;
                end if;
            end',
            target, mine
        )
    );
    execute format('revoke all on function %s_having(text) from public', target);
    execute format('revoke all on function %s_found(text, text, text, bigint) from public', target);
    execute format('grant execute on function %s_having(text) to placard_app', target);
    execute format('grant execute on function %s_found(text, text, text, bigint) to placard_app', target);
    -- Under this role alone the policies show every tenant, so that the index is used. It may make nothing of its own.
    grant create on schema public to placard_system;
    execute format('alter function %s_having(text) owner to placard_system', target);
    execute format('alter function %s_found(text, text, text, bigint) owner to placard_system', target);
    revoke create on schema public from placard_system;
end
$$;

drop function document_profiles_having(text);
drop function document_profiles_found(text, text, bigint);
select open_document_search('document_profiles');

drop function document_content_assets_having(text);
drop function document_content_assets_found(text, text, bigint);
select open_document_search('document_content_assets');

drop function document_prompt_history_having(text);
drop function document_prompt_history_found(text, text, bigint);
select open_document_search('document_prompt_history');

drop function document_generated_copy_having(text);
drop function document_generated_copy_found(text, text, bigint);
select open_document_search('document_generated_copy');

drop function document_website_audits_having(text);
drop function document_website_audits_found(text, text, bigint);
select open_document_search('document_website_audits');
