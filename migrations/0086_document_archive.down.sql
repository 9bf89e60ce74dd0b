drop index enrolment_profile_idx;
drop table document_archive;
