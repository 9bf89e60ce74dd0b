create or replace function open_document_search(target regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    scope constant text :=
        'tenant_id = (select nullif(current_setting(''placard.tenant'', true), '''')::uuid) and terms @@ wanted::tsquery';
begin
    execute format(
        'create function %1$s_having(wanted text) returns setof uuid
            language sql stable security definer set search_path = pg_catalog, pg_temp
            as %2$L',
        target, format('select id from %s where %s', target, scope)
    );
    execute format(
        'create function %1$s_found(wanted text, words text, most bigint) returns setof uuid
            language sql stable security definer set search_path = pg_catalog, pg_temp
            as %2$L',
        target,
        format(
            'select id from %s where %s order by ts_rank(terms, words::tsquery) desc, updated_at desc, id desc limit most',
            target, scope
        )
    );
    execute format('revoke all on function %s_having(text) from public', target);
    execute format('revoke all on function %s_found(text, text, bigint) from public', target);
    execute format('grant execute on function %s_having(text) to placard_app', target);
    execute format('grant execute on function %s_found(text, text, bigint) to placard_app', target);
    -- Under this role alone the policies show every tenant, so that the index is used. It may make nothing of its own.
    grant create on schema public to placard_system;
    execute format('alter function %s_having(text) owner to placard_system', target);
    execute format('alter function %s_found(text, text, bigint) owner to placard_system', target);
    revoke create on schema public from placard_system;
end
$$;

drop function document_profiles_having(text);
drop function document_profiles_found(text, text, text, bigint);
select open_document_search('document_profiles');

drop function document_content_assets_having(text);
drop function document_content_assets_found(text, text, text, bigint);
select open_document_search('document_content_assets');

drop function document_prompt_history_having(text);
drop function document_prompt_history_found(text, text, text, bigint);
select open_document_search('document_prompt_history');

drop function document_generated_copy_having(text);
drop function document_generated_copy_found(text, text, text, bigint);
select open_document_search('document_generated_copy');

drop function document_website_audits_having(text);
drop function document_website_audits_found(text, text, text, bigint);
select open_document_search('document_website_audits');
