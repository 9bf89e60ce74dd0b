drop function open_document_search(regclass);
drop function guard_document_table(regclass);
drop function document_pass(text);
drop table document_placement;
