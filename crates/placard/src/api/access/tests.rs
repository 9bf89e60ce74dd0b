use super::*;

#[test]
fn a_viewer_changes_nothing_whatever_is_granted() {
    let everything: Vec<String> = Permission::ALL.iter().map(|one| one.as_str().to_owned()).collect();
    let viewer = Permissions::of(Role::Viewer, &everything);
    assert!(viewer.iter().all(|permission| permission.as_str().ends_with(":read")));
    assert!(viewer.allow(Permission::AuditRead));
}

#[test]
fn an_unknown_name_grants_nothing() {
    assert_eq!(Permissions::named(["campaigns:everything", ""]), Permissions::default());
}

#[test]
fn reading_is_all_that_viewers_can_reach() {
    let viewer = Permissions::of(Role::Viewer, &[]);
    for (method, path, rule) in ROUTES {
        if let Rule::May(permission) = rule {
            assert!(!viewer.allow(*permission) || *method == "GET", "{method} {path}");
        }
    }
}

#[test]
fn names_and_permissions_are_one_to_one() {
    for permission in Permission::ALL {
        assert_eq!(Permission::named(permission.as_str()), Some(permission));
        assert_eq!(serde_json::to_value(permission).unwrap(), permission.as_str());
    }
}
