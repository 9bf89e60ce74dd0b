drop table document_automation_sessions;
drop table document_messages;
drop function document_profiles_having(text);
drop function document_profiles_found(text, text, bigint);
drop table document_profiles;
