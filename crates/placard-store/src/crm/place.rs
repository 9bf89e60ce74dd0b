//! Where sealed values of this room stand.

use crate::Place;
use placard_domain::{ActivityId, ConversionId, DealId, LeadId, TenantId};
use uuid::Uuid;

pub(super) const fn lead_key(tenant: TenantId) -> Place {
    Place { table: "lead_key", column: "sealed", row: tenant.0 }
}

pub(super) const fn lead(id: LeadId) -> Place {
    Place { table: "lead", column: "sealed", row: id.0 }
}

pub(super) const fn touch(id: Uuid) -> Place {
    Place { table: "lead_touch", column: "sealed", row: id }
}

pub(super) const fn deal(id: DealId) -> Place {
    Place { table: "deal", column: "title", row: id.0 }
}

pub(super) const fn activity(id: ActivityId) -> Place {
    Place { table: "activity", column: "text", row: id.0 }
}

pub(super) const fn conversion(id: ConversionId) -> Place {
    Place { table: "conversion", column: "click", row: id.0 }
}
