drop table document_analytics;
