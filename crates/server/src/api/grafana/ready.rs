//! Dashboards that come with Oriel, under fixed uids.

/// Uid and JSON of each.
const READY: [(&str, &str); 5] = [
    ("oriel-host", include_str!("ready/host.json")),
    ("oriel-self", include_str!("ready/self.json")),
    ("oriel-logs", include_str!("ready/logs.json")),
    ("oriel-red", include_str!("ready/red.json")),
    ("oriel-load", include_str!("ready/load.json")),
];

/// The JSON of one.
pub(super) fn text(uid: &str) -> Option<&'static str> {
    READY.iter().find(|(known, _)| *known == uid).map(|(_, text)| *text)
}

/// All uids.
pub(super) fn uids() -> impl Iterator<Item = &'static str> {
    READY.iter().map(|(uid, _)| *uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_dashboard_under_its_own_uid() {
        for uid in uids() {
            let json: serde_json::Value = serde_json::from_str(text(uid).unwrap()).unwrap();
            assert_eq!(json["uid"], uid);
            assert!(json["title"].as_str().is_some_and(|title| !title.is_empty()));
            let panels = json["panels"].as_array().unwrap();
            let ids: std::collections::BTreeSet<_> =
                panels.iter().map(|panel| panel["id"].as_u64()).collect();
            assert_eq!(ids.len(), panels.len(), "{uid} has two panels of one id");
        }
        assert_eq!(text("gone"), None);
    }
}
