//! Ad groups (Google, `platforms/google.md` §4).

use super::{Mapper, fields, names};
use crate::google::words;
use placard_domain::{
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind, reference},
    spec::{AdGroup, Diagnostic, Target},
};

impl Mapper<'_> {
    /// Adds the ad group and gives its key.
    pub(super) fn ad_group_object(
        &mut self,
        index: usize,
        group: &AdGroup,
        campaign_key: &ObjectKey,
    ) -> ObjectKey {
        let key = ObjectKey::new(ObjectKind::AdGroup, group.key.clone());
        self.name(&format!("{}.name", self.paths.group(index)), &group.name);
        let mut fields = fields([
            ("name", group.name.clone().into()),
            ("campaign", reference(campaign_key)),
            ("type", words::ad_group_type(self.own.channel).into()),
        ]);
        let exclusions = self.exclusions(index, group);
        fields.extend(exclusions.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self.object(DesiredObject {
            name: group.name.clone(),
            fields,
            run: Some(group.run),
            rules: FieldRules { create_only: names(&["campaign", "type"]), ..FieldRules::default() },
            upload: None,
            daily_cost: None,
            key: key.clone(),
        });
        key
    }

    /// The website that an ad leads to. Forms and calls need assets that are not built.
    pub(super) fn website(&mut self, path: &str, target: &Target) -> Option<placard_domain::spec::Website> {
        let (field, what) = match target {
            Target::Website(website) => return Some(website.clone()),
            Target::Form(_) => ("form", "forms"),
            Target::Call(_) => ("call", "calls"),
        };
        let finding = Diagnostic::error(
            format!("{path}.{field}"),
            format!("Placard cannot publish {what} to Google yet"),
        );
        self.found(finding.help("Lead to a `website`."));
        None
    }
}
