drop table import_file;
