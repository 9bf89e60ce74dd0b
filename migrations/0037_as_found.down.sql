-- Without the marker of its own, what others made is known by its id alone, as before.
update platform_object set marker = '' where marker is null;

alter table platform_object alter column marker set not null;

comment on column platform_object.marker is null;
