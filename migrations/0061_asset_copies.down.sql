drop view asset_copy;

drop index platform_object_image_idx;
