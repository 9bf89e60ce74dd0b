-- What others made keeps its name, and so carries no marker of ours.
alter table platform_object alter column marker drop not null;

comment on column platform_object.marker is 'The code in its name; null where somebody else made it and its name stands as it was found';
